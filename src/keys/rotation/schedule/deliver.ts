import { untilCurrent } from '../../../db/contended.ts'
import type { Database, Db } from '../../../db/database.ts'
import type { Effect } from '../../../fleet/schema.ts'
import type { Result } from '../../../problems.ts'
import { Secret } from '../../../secret.ts'
import { type AnswerDeps, revealed } from '../../answer.ts'
import type { PrepareDeps } from '../../prepare.ts'
import { findKey } from '../../store.ts'
import { isTaken } from '../plan.ts'
import { firstUses, type Rotation } from '../store.ts'
import type { WriteDeps } from '../write.ts'
import { abandon, confirm, isWanted, type Pending, retire, writePending } from './pending.ts'

export type DeliverDeps = WriteDeps &
  Pick<PrepareDeps, 'read' | 'hash' | 'shareProof'> &
  Pick<AnswerDeps, 'gatewayUrl'> & {
    readonly transaction: Database['transaction']
    readonly mintFor: (kind: 'k' | 'u', id16: string) => Secret
    readonly effectOf: (
      organizationId: string,
      changeRowId: number,
      waitMs: number,
      maxStalenessSeconds?: number | null,
    ) => Promise<Effect>
    /** One attempt, signed; neither the message nor the answer is kept. A `Secret` is revealed in what leaves only. */
    readonly deliverNow: (
      organizationId: string,
      webhookId: string,
      message: { readonly type: string; readonly timestamp: string; readonly data: unknown },
    ) => Promise<Result<unknown>>
  }

/**
 * A secret is made, delivered, and confirmed. Whatever ends this on its way leaves the old secret in force and a lease:
 * when that is over, the next control begins again with another secret.
 */
export const deliverRotation =
  (deps: DeliverDeps) =>
  async (taken: Rotation): Promise<void> => {
    const { organizationId, keyId, webhookId } = taken
    const step = (work: (db: Db) => Promise<Result<unknown>>) =>
      untilCurrent<unknown>(null, () => deps.transaction(organizationId, work))
    const { key, isUsed } = await deps.read(organizationId, (db) => look(deps, db, taken))
    if (taken.attempts > attemptsAtMost) {
      return void (await step((db) => retire(deps, db, taken, { error: 'No attempt came to an end.', retryAt: null })))
    }
    if (!isWanted(key, taken, deps.now()) || webhookId === null)
      return void (await step((db) => abandon(deps, db, taken)))
    // Somebody calls with it, so it has arrived: a process ended between its delivery and the note of it.
    if (isUsed) return void (await step((db) => confirm(deps, db, taken)))
    const secret = deps.mintFor(key.record.tokenKind, keyId.slice('key_'.length))
    const stored = await deps.hash(organizationId, keyId, secret)
    if (!stored.ok)
      return void (await step((db) => retire(deps, db, taken, failure(deps, taken, stored.problem.detail))))
    const made = await untilCurrent(null, () =>
      deps.transaction(organizationId, (db) => writePending(deps, db, taken, stored.value)),
    )
    if (!made.ok) return
    deps.shareProof(organizationId, keyId, made.value.rotation.to, secret)
    // A receiver may use it at once.
    await deps.effectOf(organizationId, made.value.rowId, knownMs, key.record.maxStalenessSeconds)
    const delivered = await deps.deliverNow(organizationId, webhookId, messageOf(deps, made.value, secret))
    if (delivered.ok) return void (await step((db) => confirm(deps, db, taken)))
    await step((db) => retire(deps, db, taken, failure(deps, taken, delivered.problem.detail)))
  }

const knownMs = 5000

async function look({ now }: WriteDeps, db: Db, { organizationId, keyId, from, to, attempts }: Rotation) {
  const key = await findKey(db, organizationId, keyId)
  const isTried = key !== null && attempts > 1 && to !== from && isTaken(key, to, now())
  return { key, isUsed: isTried && (await firstUses(db, organizationId, keyId)).has(to) }
}

/** As an event, and with the one thing that no event has. */
function messageOf(deps: DeliverDeps, { key, rotation }: Pending, secret: Secret) {
  const { url } = revealed(deps, key, secret)
  return {
    type: 'key.rotated',
    timestamp: new Date(deps.now()).toISOString(),
    data: {
      organization: rotation.organizationId,
      key: { id: key.record.id, name: key.record.name },
      rotation: rotation.id,
      version: rotation.to,
      secret,
      ...(url === undefined ? {} : { url: new Secret(url, 'address of a URL key') }),
      previous: rotation.from === null ? null : { version: rotation.from },
    },
  }
}

const minuteMs = 60_000
/** Before the next attempt; when there is none left, the schedule asks again the next day. */
const pausesMs = [minuteMs, 5 * minuteMs, 15 * minuteMs, 60 * minuteMs, 180 * minuteMs]

/** An accident on our side leaves no answer to count by. */
const attemptsAtMost = 10

const failure = ({ now }: WriteDeps, { attempts }: Rotation, error: string) => {
  const pause = pausesMs[attempts - 1]
  return { error, retryAt: pause === undefined ? null : now() + pause }
}
