import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { findKey } from '../store.ts'
import { drainingFrom, endingAt, endOf, isTaken } from './plan.ts'
import { next } from './steer.ts'
import { firstUses, openRotation, type Rotation, updateRotation } from './store.ts'
import { bySystem, isoOrNull, type WriteDeps, writeTurn } from './write.ts'

export type FirstUseDeps = WriteDeps & { readonly transaction: Database['transaction'] }
/** After the report of a gateway has been counted; asked again it changes nothing. */
export type OnFirstUse = (organizationId: string, keyId: string, version: number) => Promise<void>

/** From the first call with the new secret on the grace of the old one runs, where the rotation waited for that. */
export const noteFirstUse =
  (deps: FirstUseDeps): OnFirstUse =>
  async (organizationId, keyId, version) => {
    await untilCurrent(null, () =>
      deps.transaction(organizationId, (db) => note(deps, db, organizationId, keyId, version)),
    )
  }

async function note(
  deps: FirstUseDeps,
  db: Db,
  organizationId: string,
  keyId: string,
  version: number,
): Promise<Result<null>> {
  const rotation = await openRotation(db, organizationId, keyId)
  if (rotation?.state !== 'draining' || rotation.to !== version || rotation.firstUsedAt !== null) return ok(null)
  const key = await findKey(db, organizationId, keyId)
  const at = deps.now()
  const firstUsedAt = Math.min(at, (await firstUses(db, organizationId, keyId)).get(version) ?? at)
  const used = { ...next(rotation), firstUsedAt }
  // Of a key that was revoked meanwhile nothing changes any more.
  if (!key || key.record.state === 'revoked' || key.record.state === 'deleted') return written(db, used)
  if (rotation.mode !== 'on-first-use' || !isTaken(key, rotation.from, at)) return written(db, used)
  const endsAt = graceEnd(used, endOf(key, rotation.from), at)
  const turned = await writeTurn(deps, db, bySystem(deps.newId), {
    before: key,
    after: endingAt(key, rotation.from, endsAt),
    told: {
      action: 'key.rotation-used',
      before: { version: rotation.from },
      after: { version, rotation: rotation.id, previousEndsAt: isoOrNull(endsAt) },
    },
  })
  return turned.ok ? written(db, drainingFrom(used, endsAt, at)) : turned
}

/** Never later than the deadline. A report that comes late must not end a secret in the past. */
const graceEnd = ({ firstUsedAt, graceSeconds }: Rotation, deadlineAt: number | null, at: number): number =>
  Math.max(at, Math.min(deadlineAt ?? Number.MAX_SAFE_INTEGER, (firstUsedAt ?? at) + graceSeconds * 1000))

const written = async (db: Db, rotation: Rotation): Promise<Result<null>> =>
  (await updateRotation(db, rotation)) ? ok(null) : refuse('stale')
