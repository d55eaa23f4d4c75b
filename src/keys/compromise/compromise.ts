import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { freezeKeyBudgets } from '../../budgets/of-key/of-key.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Problem, type Result, refuse } from '../../problems.ts'
import { withdrawClaims } from '../claims/store.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import type { DraftedKey } from '../prepare.ts'
import type { EndDeps } from '../revoke.ts'
import { findKey, type StoredKey } from '../store.ts'
import { evidenceOf, type Found, mayReadEvents } from './evidence.ts'
import { draftReplacement, type ReplaceDeps, type Replaced, writeReplacement } from './replacement.ts'
import { exposeAndRevoke } from './store.ts'

export type CompromiseDeps = ReplaceDeps &
  EndDeps & {
    readonly read: Database['read']
    /** Who has read of the audit log, for the log itself. */
    readonly wasRead: (actor: Actor, requestId: string, asked: Readonly<Record<string, string>>) => Promise<void>
  }
export type Asked = {
  readonly id: string
  readonly dryRun: boolean
  readonly reason?: string | undefined
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly requestId: string
}
export type Outcome = Found & {
  readonly key: StoredKey
  readonly replacement: Replaced | null
  readonly refused: Problem | null
  readonly effect: Effect | null
}

/**
 * Others have its secret: in one unit of work the key ends with all its versions, children and links, and another key
 * with its settings waits for its owner. Ending comes first: that a replacement cannot be made keeps nothing alive.
 */
export const compromiseKey = (deps: CompromiseDeps) => {
  const draft = draftReplacement(deps)
  return async (actor: Actor, asked: Asked): Promise<Result<Outcome>> => {
    const { organizationId } = actor
    const found = await deps.read(organizationId, async (db) => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', asked.id)
      return key && isThere(key.record) ? { key, ...(await evidenceOf(deps, db, actor, key)) } : null
    })
    if (!found) return refuse('not_found')
    const { id, state } = found.key.record
    if (mayReadEvents(actor)) await deps.wasRead(actor, asked.requestId, { subject: id })
    const drafted = state === 'revoked' ? endedBefore(id) : await draft(actor, found.key, asked.requestId)
    if (asked.dryRun) {
      if (!matchesEtag(asked.ifMatch, found.key.record)) return refuse('stale')
      return ok({ ...found, replacement: null, refused: drafted.ok ? null : drafted.problem, effect: null })
    }
    const work = (db: Db) => cut(deps, db, actor, asked, { drafted, found, revision: found.key.record.revision })
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, work))
    if (!done.ok) return done
    const { key, replacement, refused, rowId } = done.value
    const effect = await deps.effectOf(organizationId, rowId, asked.waitMs, key.record.maxStalenessSeconds)
    return ok({ ...found, key, replacement, refused, effect })
  }
}

const endedBefore = (id: string): ReturnType<typeof refuse> =>
  refuse('key_is_revoked', {
    detail: `The key was revoked before. POST /keys/${id}/replacement makes a key with its settings.`,
  })

/** Its settings are those of now, and what was prepared is of then. */
const changedMeanwhile = (id: string): ReturnType<typeof refuse> =>
  refuse('stale', {
    detail: `The key was changed while it was looked at. POST /keys/${id}/replacement makes a key with its settings.`,
  })

type Prepared = { readonly drafted: Result<DraftedKey>; readonly found: Found; readonly revision: number }
type Cut = Pick<Outcome, 'replacement' | 'refused'> & { readonly key: StoredKey; readonly rowId: number }

/** Asked again of a key that has been through this it changes nothing, and tells where it bites. */
async function cut(
  deps: CompromiseDeps,
  db: Db,
  actor: Actor,
  { id: asked, reason, ifMatch, requestId }: Asked,
  { drafted, found, revision: draftedAt }: Prepared,
): Promise<Result<Cut>> {
  const held = await keyWithinReach(deps.directory, db, actor, 'keys:write', asked)
  if (!held || !isThere(held.record)) return refuse('not_found')
  if (!matchesEtag(ifMatch, held.record)) return refuse('stale')
  const { organization, id, revision, state } = held.record
  const at = deps.now()
  const wasLive = state !== 'revoked'
  let made: Result<Replaced> = endedBefore(id)
  if (wasLive || held.exposedAt === null) {
    const why = reason?.trim() ? reason : null
    if (!(await exposeAndRevoke(db, organization, id, { at, reason: why, revision }))) return refuse('stale')
    await withdrawClaims(db, organization, id, at)
    // What the key may still spend ends with it: gateways give back what they have in hand of its budgets.
    await freezeKeyBudgets(db, organization, [id], { at, newId: deps.newId })
    const ready = revision === draftedAt ? drafted : changedMeanwhile(id)
    if (wasLive) made = ready.ok ? await writeReplacement(deps, db, actor, ready.value, requestId) : ready
    await record(deps, db, actor, requestId, { held, why, found, made, at })
  }
  const rowId = await announce(db, organization, { kind: 'key', id, at })
  const key = (await findKey(db, organization, id)) ?? held
  return ok({ key, rowId, replacement: made.ok ? made.value : null, refused: made.ok ? null : made.problem })
}

type Recorded = {
  readonly held: StoredKey
  readonly why: string | null
  readonly found: Found
  readonly made: Result<Replaced>
  readonly at: number
}

async function record(
  { newId }: CompromiseDeps,
  db: Db,
  actor: Actor,
  requestId: string,
  { held, why, found, made, at }: Recorded,
): Promise<void> {
  const { organization, id, name, state, owner } = held.record
  const { clients, calls, children } = found.evidence
  const about = { at, requestId, actor: audited(actor), subject: { kind: 'key', id, name } }
  const reason = why === null ? {} : { reason: why }
  await insertEvent(db, organization, {
    ...about,
    id: newId('evt'),
    action: 'key.compromised',
    before: { state, owner },
    after: {
      state: 'revoked',
      ...reason,
      replacement: made.ok ? made.value.key.record.id : null,
      seen: { clients: clients.length, calls: calls.length, children: children.length },
    },
  })
  if (state === 'revoked') return
  await insertEvent(db, organization, {
    ...about,
    id: newId('evt'),
    action: 'key.revoked',
    before: { state, owner },
    after: { state: 'revoked', ...reason },
  })
}
