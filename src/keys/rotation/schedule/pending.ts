import type { Db } from '../../../db/database.ts'
import { ok, type Result, refuse } from '../../../problems.ts'
import type { StoredSecret } from '../../schema.ts'
import { standing } from '../../standing.ts'
import { findKey, type StoredKey } from '../../store.ts'
import { drainingFrom, endingAt, isTaken, leaving, nextVersionOf, trying, withMadeAt } from '../plan.ts'
import { rotationDefaults } from '../schema.ts'
import { next, notAtOnce, over } from '../steer.ts'
import { findRotation, type Rotation, updateRotation } from '../store.ts'
import { bySystem, isoOrNull, type Told, type WriteDeps, type Written, writeTurn } from '../write.ts'

/**
 * The steps of one delivery, each a unit of work. The key and the rotation are read again in each: somebody may have
 * rotated, changed or ended the key, and another control may have taken over what this one took too long for.
 */

/** Not ours any more, whoever has it now. */
const lost = refuse('not_found', { detail: 'The rotation is not in these hands any more.' })

type Held = { readonly rotation: Rotation; readonly key: StoredKey | null; readonly at: number }

export async function held(deps: WriteDeps, db: Db, { organizationId, id, boot }: Rotation): Promise<Held | null> {
  const rotation = await findRotation(db, organizationId, id)
  if (rotation?.state !== 'delivering' || rotation.boot !== boot) return null
  return { rotation, key: await findKey(db, organizationId, rotation.keyId), at: deps.now() }
}

/** Whether the key still asks for it, and in this way. */
export const isWanted = (key: StoredKey | null, { webhookId }: Rotation, at: number): key is StoredKey =>
  key !== null && standing(key.record, at) === 'usable' && key.rotation?.deliverTo === webhookId

export type Pending = Written & { readonly rotation: Rotation }

/**
 * A secret that is taken for as long as a delivery may last, and ends by itself if nobody confirms it. One of an earlier
 * attempt ends now: nobody knows whether it has arrived.
 */
export async function writePending(
  deps: WriteDeps,
  db: Db,
  taken: Rotation,
  stored: StoredSecret,
): Promise<Result<Pending>> {
  const now = await held(deps, db, taken)
  if (!now) return lost
  const { rotation, key: before, at } = now
  if (!isWanted(before, rotation, at)) return refuse('not_found')
  const version = nextVersionOf(before)
  const after = trying(leaving(before, at, rotation.from), { ...stored, version }, at, at + pendingMs)
  const told = {
    action: 'key.rotated',
    before: { version: rotation.from },
    after: { version, mode: rotation.mode, rotation: rotation.id, webhook: rotation.webhookId },
  } as const
  const written = await writeTurn(deps, db, bySystem(deps.newId), { before, after, told })
  if (!written.ok) return written
  const acting = { ...next(rotation), to: version, actedAt: at }
  return (await updateRotation(db, acting)) ? ok({ ...written.value, rotation: acting }) : refuse('stale')
}

const pendingMs = 15 * 60_000

/** It has arrived: from now on it is the key's secret, and the old one has until the deadline. */
export async function confirm(deps: WriteDeps, db: Db, taken: Rotation): Promise<Result<null>> {
  const now = await held(deps, db, taken)
  if (!now) return lost
  const { rotation, key: before, at } = now
  const { from, to } = rotation
  if (!before || !isTaken(before, to, at)) return lost
  const deadlineAt = isTaken(before, from, at) ? at + rotationDefaults.deadlineSeconds * 1000 : null
  const madeAt = before.versionTimes.get(to)?.createdAt ?? at
  const after = withMadeAt(endingAt(endingAt(before, to, null), from, deadlineAt), madeAt)
  const told = {
    action: 'key.rotation-delivered',
    before: { version: from },
    after: { version: to, rotation: rotation.id, webhook: rotation.webhookId, previousEndsAt: isoOrNull(deadlineAt) },
  } as const
  const written = await writeTurn(deps, db, bySystem(deps.newId), { before, after, told })
  if (!written.ok) return written
  return update(db, drainingFrom(next(rotation), deadlineAt, at))
}

export type Failure = { readonly error: string; readonly retryAt: number | null }

/** It has not arrived, as far as we know: what was sent is taken no more, and the old secret stays the key's. */
export async function retire(deps: WriteDeps, db: Db, taken: Rotation, { error, retryAt }: Failure) {
  const now = await held(deps, db, taken)
  if (!now) return lost
  const { rotation, key, at } = now
  const after = { rotation: rotation.id, webhook: rotation.webhookId, attempts: rotation.attempts, error }
  const told = { action: 'key.rotation-failed', after: { ...after, retryAt: isoOrNull(retryAt) } } as const
  const failed: Rotation =
    retryAt === null
      ? { ...over(rotation, 'failed', at), lastError: error }
      : { ...next(rotation), state: 'planned', boot: null, nextAt: retryAt, lastError: error }
  const withNext = (left: StoredKey) =>
    retryAt === null ? { ...left, rotationDueAt: notAtOnce(left.rotationDueAt, at) } : left
  return endPending(deps, db, key, failed, { at, told, withNext })
}

/** The key asks for it no more: it was switched off, has ended, or its schedule is another one. */
export async function abandon(deps: WriteDeps, db: Db, taken: Rotation): Promise<Result<null>> {
  const now = await held(deps, db, taken)
  if (!now) return lost
  const { rotation, key, at } = now
  const undone = { ...over(rotation, 'undone', at), lastError: 'The key asks for it no more.' }
  const told = { action: 'key.rotation-undone', after: { version: rotation.from, rotation: rotation.id } } as const
  return endPending(deps, db, key, undone, { at, told, withNext: (left) => left })
}

type End = { readonly at: number; readonly told: Told; readonly withNext: (key: StoredKey) => StoredKey }

async function endPending(
  deps: WriteDeps,
  db: Db,
  before: StoredKey | null,
  rotation: Rotation,
  { at, told, withNext }: End,
): Promise<Result<null>> {
  const hasEnded = !before || before.record.state === 'revoked' || before.record.state === 'deleted'
  if (hasEnded) return update(db, rotation)
  const after = withNext(leaving(before, at, rotation.from))
  const written = await writeTurn(deps, db, bySystem(deps.newId), { before, after, told })
  return written.ok ? update(db, rotation) : written
}

const update = async (db: Db, rotation: Rotation): Promise<Result<null>> =>
  (await updateRotation(db, rotation)) ? ok(null) : refuse('stale')
