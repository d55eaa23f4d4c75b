import { audited } from '../audit/audited.ts'
import { settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { type IssueDeps, type Issued, prepareChild } from './children/issue.ts'
import { lifeOf } from './children/life.ts'
import { type CreateDeps, writeFor } from './create.ts'
import { isRevealedTo, ownerFor } from './owner.ts'
import { draftKey } from './prepare.ts'
import type { NewKey } from './schema.ts'
import type { StoredKey } from './store.ts'

export type EphemeralDeps = CreateDeps & IssueDeps
export type Ephemeral = NewKey & { readonly ephemeral: NonNullable<NewKey['ephemeral']> }
type Made = { readonly key: StoredKey; readonly issued: Issued }

export const isEphemeral = (input: NewKey): input is Ephemeral => input.ephemeral !== undefined

/**
 * D28: instead of a secret that lives as long as its key, one token that ends by itself. The key has no secret version,
 * so nothing else is ever admitted for it, and it is over with the token.
 */
export const createEphemeral = (deps: EphemeralDeps) => {
  const draft = draftKey(deps)
  const prepare = prepareChild(deps)
  const write = writeFor(deps)
  return async (actor: Actor, input: Ephemeral, requestId: string): Promise<Result<Made>> => {
    const { organizationId } = actor
    const { owner, policies } = await deps.read(organizationId, async (db) => ({
      owner: await ownerFor(deps.directory, db, actor, input.owner),
      policies: await deps.directory.policies(db, organizationId),
    }))
    if (!owner.ok) return owner
    if (!isRevealedTo(actor, owner.value)) return foreign
    const seconds = lifeOf(input.ephemeral.ttlSeconds, policies, '/ephemeral/ttlSeconds')
    if (!seconds.ok) return seconds
    const told = { ...input, ephemeral: { ttlSeconds: seconds.value } }
    const drafted = await draft(actor, told, owner.value, requestId)
    if (!drafted.ok) return drafted
    const { key } = drafted.value
    const by = audited(actor)
    const making = { key: key.record, parent: null, narrow: {}, seconds: seconds.value, version: 0, by, requestId }
    const prepared = await prepare(making)
    if (!prepared.ok) return prepared
    const writing = write(actor, told, owner.value, drafted.value, prepared.value.write)
    const written = await deps.transaction(organizationId, writing)
    if (!written.ok) return written
    const { rowId, created: issued } = written.value
    if (!issued.ok) throw new Error('a key that has just been made has no tokens yet')
    await deps.effectOf(organizationId, rowId, settleMs)
    return ok({ key, issued: issued.value })
  }
}

const foreign = refuse('not_permitted', {
  detail:
    'The token is shown to whoever makes it, so for another member there is none: make a key, and he reveals its secret.',
})
