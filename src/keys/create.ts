import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { settleMs } from '../http/lists.ts'
import { holdPeople } from '../people/organizations/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { ownerFor } from './owner.ts'
import { type PrepareDeps, type PreparedKey, prepareKey } from './prepare.ts'
import type { NewKey } from './schema.ts'
import { renameOwnerOfKeys, type StoredKey } from './store.ts'

export type CreateDeps = PrepareDeps & {
  readonly transaction: Database['transaction']
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
}

export const createKey = (deps: CreateDeps) => {
  const prepare = prepareKey(deps)
  return async (
    actor: Actor,
    input: NewKey,
    requestId: string,
  ): Promise<Result<{ key: StoredKey; secret: Secret }>> => {
    const { organizationId } = actor
    const findOwner = (db: Db) => ownerFor(deps.directory, db, actor, input.owner)
    const owner = await deps.read(organizationId, findOwner)
    if (!owner.ok) return owner
    const prepared = await prepare(actor, input, owner.value, requestId)
    if (!prepared.ok) return prepared
    const written = await deps.transaction(organizationId, async (db) => {
      // A team that is deleted meanwhile would leave a key without an owner.
      if (owner.value.type === 'team') await holdPeople(db, organizationId)
      // Asked again: Argon2 took its time, and who is gone gets no key.
      const still = await findOwner(db)
      if (!still.ok) return still
      const row = await writeFor(deps, db, prepared.value)
      const { id, name } = still.value
      if (row.ok && name !== owner.value.name) await renameOwnerOfKeys(db, organizationId, id, name)
      return row
    })
    if (!written.ok) return written
    const { key, secret, share } = prepared.value
    share()
    await deps.effectOf(organizationId, written.value, settleMs)
    return ok({ key, secret })
  }
}

/** An app has one key: it is taken before anything is written, so that a refusal leaves nothing behind. */
async function writeFor({ directory, now }: CreateDeps, db: Db, prepared: PreparedKey): Promise<Result<number>> {
  const { organization, id, owner } = prepared.key.record
  if (owner.type !== 'app') return ok(await prepared.write(db))
  const taken = await directory.takeApp(db, organization, owner.id, id, now())
  return taken.ok ? ok(await prepared.write(db, { app: { id: owner.id, ...taken.value } })) : taken
}
