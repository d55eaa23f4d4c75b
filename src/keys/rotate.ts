import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { keyWithinReach } from './owner.ts'
import type { PrepareDeps } from './prepare.ts'
import type { StoredSecret } from './schema.ts'
import { insertVersion, retireVersions, type StoredKey, updateKey } from './store.ts'

export type RotateDeps = Pick<PrepareDeps, 'read' | 'directory' | 'hash' | 'shareProof' | 'newId' | 'now'> & {
  /** A fresh secret under an id that there is. */
  readonly mintFor: (kind: 'k' | 'u', id16: string) => Secret
}

/** A next secret that is hashed, and not yet written. */
export type PreparedRotation = {
  readonly secret: Secret
  /** Inside a unit of work; `stale` when the key has changed since: prepare again. */
  readonly write: (db: Db) => Promise<Result<{ readonly key: StoredKey; readonly rowId: number }>>
  /** After the commit. */
  readonly share: () => void
}

export type PrepareRotation = (actor: Actor, keyId: string, requestId: string) => Promise<Result<PreparedRotation>>

/** The key stays, under its id; from the commit on only its new secret is taken. */
export const prepareRotation =
  (deps: RotateDeps): PrepareRotation =>
  async (actor, keyId, requestId) => {
    const { organizationId } = actor
    const find = (db: Db) => keyWithinReach(deps.directory, db, actor, 'keys:write', keyId)
    const before = await deps.read(organizationId, find)
    if (!before) return refuse('not_found')
    const { id, tokenKind, state, versions } = before.record
    if (state === 'revoked' || state === 'deleted') return refuse('key_is_revoked')
    const secret = deps.mintFor(tokenKind, id.slice('key_'.length))
    const stored = await deps.hash(organizationId, id, secret)
    if (!stored.ok) return stored
    const version = Math.max(0, ...versions.map((each) => each.version)) + 1
    return ok({
      secret,
      write: (db) => write(deps, db, { actor, before, requestId, stored: { ...stored.value, version } }),
      share: () => deps.shareProof(organizationId, id, version, secret),
    })
  }

type Rotation = {
  readonly actor: Actor
  readonly before: StoredKey
  readonly requestId: string
  readonly stored: StoredSecret & { readonly version: number }
}

async function write(
  { newId, now }: Pick<RotateDeps, 'newId' | 'now'>,
  db: Db,
  { actor, before, requestId, stored }: Rotation,
): Promise<Result<{ key: StoredKey; rowId: number }>> {
  const { organization, id, name } = before.record
  const at = now()
  const key = rotated(before, stored, at)
  if (!(await updateKey(db, organization, key))) return refuse('stale')
  await retireVersions(db, organization, id, at)
  await insertVersion(db, organization, id, { ...stored, createdAt: at })
  await insertEvent(db, organization, {
    id: newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'key.rotated',
    subject: { kind: 'key', id, name },
    before: { version: stored.version - 1 },
    after: { version: stored.version },
  })
  return ok({ key, rowId: await announce(db, organization, { kind: 'key', id, at }) })
}

/** Versions that were retired to end later end now. */
const rotated = (before: StoredKey, stored: Rotation['stored'], at: number): StoredKey => ({
  ...before,
  record: {
    ...before.record,
    revision: before.record.revision + 1,
    versions: [
      ...before.record.versions.map((each) => ({ ...each, validUntil: Math.min(each.validUntil ?? at, at) })),
      { ...stored, validUntil: null },
    ],
  },
  versionsCreatedAt: new Map([...before.versionsCreatedAt, [stored.version, at]]),
})
