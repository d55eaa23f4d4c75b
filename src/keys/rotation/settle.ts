import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { findKey, type StoredKey } from '../store.ts'
import { noteFirstUse } from './first-use.ts'
import { cut, endingAt, isTaken, nextLook } from './plan.ts'
import { drainedBy, unnoticedUses } from './schedule/store.ts'
import { next, over, toldOf } from './steer.ts'
import { findRotation, type Rotation, updateRotation } from './store.ts'
import { bySystem, isoOrNull, tell, type WriteDeps, writeTurn } from './write.ts'

export type SettleDeps = WriteDeps & {
  readonly transaction: Database['transaction']
  readonly system: Pick<Database['system'], 'read'>
}

/**
 * Rotations whose old secret has ended by time, and those whose old secret has been silent for long enough. The secret
 * itself ends without this: gateways hold the instant.
 */
export const settleRotations = (deps: SettleDeps) => {
  const noteUse = noteFirstUse(deps)
  return async (isStopping: () => boolean): Promise<void> => {
    // A control that was killed between counting a report and telling of it leaves these.
    for (const { organizationId, keyId, to } of await deps.system.read((db) => unnoticedUses(db, perRound))) {
      if (!isStopping()) await noteUse(organizationId, keyId, to)
    }
    for (const { organizationId, id } of await deps.system.read((db) => drainedBy(db, deps.now(), perRound))) {
      if (isStopping()) return
      await untilCurrent(null, () => deps.transaction(organizationId, (db) => settle(deps, db, organizationId, id)))
    }
  }
}

const perRound = 200

async function settle(deps: SettleDeps, db: Db, organizationId: string, id: string): Promise<Result<null>> {
  const rotation = await findRotation(db, organizationId, id)
  const at = deps.now()
  if (rotation?.state !== 'draining' || (rotation.nextAt ?? at) > at) return ok(null)
  const key = await findKey(db, organizationId, rotation.keyId)
  if (!key) return ok(null)
  if (!isTaken(key, rotation.from, at)) return finish(deps, db, key, rotation, at)
  if (key.record.state === 'revoked' || key.record.state === 'deleted')
    return update(db, over(rotation, 'finished', at))
  const quietSince = Math.max(rotation.startedAt, lastUse(key, rotation))
  const isSilent = rotation.silentSeconds !== null && quietSince + rotation.silentSeconds * 1000 <= at
  if (isSilent && rotation.firstUsedAt !== null) return endSilent(deps, db, key, rotation, at)
  // As long as nobody uses the new secret, silence says nothing.
  const nextAt = Math.min(rotation.deadlineAt ?? at, Math.max(nextLook(rotation, quietSince), at + againMs))
  return update(db, { ...next(rotation), nextAt })
}

const againMs = 60_000

const lastUse = ({ versionTimes }: StoredKey, { from }: Rotation): number =>
  (from === null ? null : versionTimes.get(from)?.lastUsedAt) ?? 0

/** The event says when the old secret was last used: whoever reads it learns whether somebody was cut off. */
async function finish(deps: SettleDeps, db: Db, key: StoredKey, rotation: Rotation, at: number): Promise<Result<null>> {
  const endedAt = Math.min(at, rotation.deadlineAt ?? at)
  const written = await update(db, over(rotation, 'finished', endedAt))
  if (!written.ok) return written
  const told = toldOf(rotation, endedAt)
  const previousLastUsedAt = isoOrNull(lastUse(key, rotation) || null)
  await tell(deps, db, bySystem(deps.newId), key, { ...told, after: { ...told.after, previousLastUsedAt } })
  return ok(null)
}

async function endSilent(deps: SettleDeps, db: Db, key: StoredKey, rotation: Rotation, at: number) {
  const told = toldOf(rotation, at)
  const turned = await writeTurn(deps, db, bySystem(deps.newId), {
    before: key,
    after: cut(endingAt(key, rotation.from, at)),
    told: { ...told, after: { ...told.after, previousLastUsedAt: isoOrNull(lastUse(key, rotation) || null) } },
  })
  return turned.ok ? update(db, over(rotation, 'finished', at)) : turned
}

const update = async (db: Db, rotation: Rotation): Promise<Result<null>> =>
  (await updateRotation(db, rotation)) ? ok(null) : refuse('stale')
