import { audited } from '../../audit/audited.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { withdrawClaims } from '../claims/store.ts'
import type { Directory } from '../directory.ts'
import { revokedIsFinal } from '../final.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import type { StoredKey } from '../store.ts'
import { cut, endingAt, isTaken, restoring } from './plan.ts'
import { latestRotation, type Rotation, updateRotation } from './store.ts'
import { isoOrNull, type Told, type WriteDeps, type Written, writeTurn } from './write.ts'

export type SteerDeps = WriteDeps & {
  readonly transaction: Database['transaction']
  readonly directory: Pick<Directory, 'ownersOf'>
  readonly effectOf: (
    organizationId: string,
    changeRowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
  ) => Promise<Effect>
}
export type SteerRequest = {
  readonly id: string
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly requestId: string
}
type Steered = { readonly key: StoredKey; readonly effect: Effect }
type Turn = { readonly after: StoredKey; readonly rotation: Rotation; readonly told: Told }
/** Pure: what becomes of the key and its rotation; `done`: that has happened already. */
type Steer = (key: StoredKey, rotation: Rotation, at: number) => Result<Turn | 'done'>

/** The old secret ends now, and not at its time. Asked again it answers the same, with the effect as it is then. */
export const finishRotation = (deps: SteerDeps) => steer(deps, finished)
/** The old secret goes on, and the new one ends now. */
export const undoRotation = (deps: SteerDeps) => steer(deps, undone)

const steer =
  (deps: SteerDeps, how: Steer) =>
  async (actor: Actor, request: SteerRequest): Promise<Result<Steered>> => {
    const { organizationId } = actor
    const work = async (db: Db): Promise<Result<Written>> => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', request.id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      if (!matchesEtag(request.ifMatch, key.record)) return refuse('stale')
      if (key.record.state === 'revoked') return revokedIsFinal(key.record.id)
      const rotation = await latestRotation(db, organizationId, key.record.id)
      if (!rotation) return refuse('not_found', { detail: none })
      const at = deps.now()
      const turn = how(key, rotation, at)
      if (!turn.ok) return turn
      const { id } = key.record
      if (turn.value === 'done') return ok({ key, rowId: await announce(db, organizationId, { kind: 'key', id, at }) })
      const by = { actor: audited(actor), requestId: request.requestId }
      const written = await writeTurn(deps, db, by, { before: key, ...turn.value })
      if (!written.ok) return written
      if (!(await updateRotation(db, turn.value.rotation))) return refuse('stale')
      if (turn.value.rotation.state === 'undone') await withdrawClaims(db, organizationId, id, at)
      return written
    }
    const done = await untilCurrent(request.ifMatch, () => deps.transaction(organizationId, work))
    if (!done.ok) return done
    const { key, rowId } = done.value
    const { maxStalenessSeconds } = key.record
    return ok({ key, effect: await deps.effectOf(organizationId, rowId, request.waitMs, maxStalenessSeconds) })
  }

/** A rotation whose next secret waits for its owner waits on: only the old secret ends. */
const finished: Steer = (key, rotation, at) => {
  if (rotation.state === 'finished') return ok('done')
  const isWaiting = rotation.state === 'planned' && rotation.webhookId === null
  if (rotation.state !== 'draining' && !isWaiting) return refuse('not_found', { detail: none })
  if (!isTaken(key, rotation.from, at)) return isWaiting ? ok('done') : ok(closing(key, rotation, at))
  const after = cut(endingAt(key, rotation.from, at))
  if (isWaiting) return ok({ after, rotation: { ...next(rotation), deadlineAt: at }, told: toldOf(rotation, at) })
  return ok({ ...closing(key, rotation, at), after })
}

const closing = (key: StoredKey, rotation: Rotation, at: number): Turn => {
  const endedAt = isTaken(key, rotation.from, at) ? at : Math.min(at, rotation.deadlineAt ?? at)
  return { after: key, rotation: over(rotation, 'finished', endedAt), told: toldOf(rotation, endedAt) }
}

export const toldOf = ({ id, from, to }: Rotation, at: number) =>
  ({
    action: 'key.rotation-finished',
    before: { version: from },
    after: { version: to, rotation: id, previousEndsAt: isoOrNull(at) },
  }) as const satisfies Told

const undone: Steer = (key, rotation, at) => {
  if (rotation.state === 'undone') return ok('done')
  const { from, to, id } = rotation
  if (rotation.endedAt !== null) return refuse('not_found', { detail: none })
  if (from === null || !isTaken(key, from, at)) return refuse('not_found', { detail: tooLate })
  const restored = restoring(key, at, from)
  return ok({
    after: { ...restored, rotationDueAt: notAtOnce(restored.rotationDueAt, at) },
    rotation: over(rotation, 'undone', at),
    told: { action: 'key.rotation-undone', before: { version: to }, after: { version: from, rotation: id } },
  })
}

/** What somebody has undone a schedule does not do again within the minute. */
export const notAtOnce = (dueAt: number | null, at: number): number | null =>
  dueAt === null ? null : Math.max(dueAt, at + 86_400_000)

export const next = (rotation: Rotation): Rotation => ({ ...rotation, revision: rotation.revision + 1 })

export const over = (rotation: Rotation, state: 'finished' | 'undone' | 'failed', at: number): Rotation => ({
  ...next(rotation),
  state,
  endedAt: at,
  nextAt: null,
  boot: null,
})

const none = 'No rotation of this key is under way in which two secrets are taken.'
const tooLate = 'The old secret has ended, so there is nothing to go back to. Rotate again for another one.'
