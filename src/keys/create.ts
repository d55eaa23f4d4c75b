import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { Claim, OfferClaim } from './claims/offer.ts'
import type { LiveOwner } from './directory.ts'
import { holdOwner } from './leaving/away.ts'
import { isRevealedTo, ownerFor, refuseAbove } from './owner.ts'
import { refusalOfRoom } from './policies/room.ts'
import { type DraftedKey, draftKey, type PrepareDeps, prepareKey } from './prepare.ts'
import type { NewKey } from './schema.ts'
import { renameOwnerOfKeys, type StoredKey } from './store.ts'

export type CreateDeps = PrepareDeps & {
  readonly transaction: Database['transaction']
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
  readonly offerClaim: OfferClaim
}

/** The secret for whoever makes his own key; for another person's a link, with which that one reveals it. */
export type Created = { readonly key: StoredKey } & ({ readonly secret: Secret } | { readonly claim: Claim })
export type CreateKey = (actor: Actor, input: NewKey, requestId: string, copied?: StoredKey) => Promise<Result<Created>>

export const createKey = (deps: CreateDeps): CreateKey => {
  const ready = readyKey(deps)
  return async (actor, input, requestId, copied) => {
    const { organizationId } = actor
    const made = await ready(actor, input, requestId, copied)
    if (!made.ok) return made
    const written = await deps.transaction(organizationId, made.value.write)
    if (!written.ok) return written
    const { created, rowId } = written.value
    made.value.share()
    // For a link nothing waits for the gateways: nobody can call with it yet.
    if ('secret' in created) await deps.effectOf(organizationId, rowId, settleMs)
    return ok(created)
  }
}

/** A key that is checked and hashed, and not yet written. */
export type ReadyKey = {
  readonly key: StoredKey
  /** Inside a unit of work; a refusal has written nothing. */
  readonly write: (db: Db) => Promise<Result<Written<Created>>>
  /** After the commit. */
  readonly share: () => void
}
/** With the row of its news. */
type Written<T> = { readonly created: T; readonly rowId: number }
export type ReadyDeps = Omit<CreateDeps, 'transaction' | 'effectOf'>

/** `directory`: what is looked up before the unit of work, where that is asked again. */
export const readyKey = (deps: ReadyDeps, directory: ReadyDeps['directory'] = deps.directory) => {
  const prepare = prepareKey({ ...deps, directory })
  const draft = draftKey({ ...deps, directory })
  const write = writeFor(deps)
  return async (actor: Actor, input: NewKey, requestId: string, copied?: StoredKey): Promise<Result<ReadyKey>> => {
    const { organizationId } = actor
    const owner = await deps.read(organizationId, (db) => ownerFor(directory, db, actor, input.owner))
    if (!owner.ok) return owner
    // Where a schedule takes the secret, somebody reads it.
    const above = input.rotation?.deliverTo ? refuseAbove(actor, owner.value) : null
    if (above) return above
    if (isRevealedTo(actor, owner.value)) {
      const prepared = await prepare(actor, input, owner.value, requestId, copied)
      if (!prepared.ok) return prepared
      const { key, secret, share } = prepared.value
      return ok({
        key,
        share,
        write: write(actor, input, owner.value, prepared.value, async (): Promise<Created> => ({ key, secret })),
      })
    }
    const drafted = await draft(actor, input, owner.value, requestId, copied)
    if (!drafted.ok) return drafted
    const { key } = drafted.value
    if (key.record.honey)
      return refuse('invalid', { detail: noClaim, errors: [{ pointer: '/honey', detail: noClaim }] })
    const offer = { organizationId, keyId: key.record.id, actor, requestId }
    const offered = async (db: Db): Promise<Created> => ({ key, claim: await deps.offerClaim(db, offer) })
    return ok({ key, share: () => {}, write: write(actor, input, owner.value, drafted.value, offered) })
  }
}

const noClaim = 'a honey key is made by whoever lays it out, and for himself'

/** In a unit of work: the key, and what must be written with it. */
export const writeFor =
  (deps: Pick<ReadyDeps, 'directory' | 'now'>) =>
  <T>(actor: Actor, input: NewKey, owner: LiveOwner, drafted: DraftedKey, created: (db: Db) => Promise<T>) =>
  async (db: Db): Promise<Result<Written<T>>> => {
    const { organizationId } = actor
    const left = await holdOwner(db, organizationId, owner)
    // Asked again: Argon2 took its time, and who is gone gets no key.
    const still = await ownerFor(deps.directory, db, actor, input.owner)
    if (!still.ok) return still
    if (left) return left
    const full = await refusalOfRoom(deps, db, actor, drafted.key.record.scope.projects)
    if (full) return full
    const row = await writeTaking(deps, db, drafted)
    if (!row.ok) return row
    const { id, name } = still.value
    if (name !== owner.name) await renameOwnerOfKeys(db, organizationId, id, name)
    return ok({ created: await created(db), rowId: row.value })
  }

/** An app has one key: it is taken before anything is written, so that a refusal leaves nothing behind. */
async function writeTaking(
  { directory, now }: Pick<CreateDeps, 'directory' | 'now'>,
  db: Db,
  drafted: DraftedKey,
): Promise<Result<number>> {
  const { organization, id, owner } = drafted.key.record
  if (owner.type !== 'app') return ok(await drafted.write(db))
  const taken = await directory.takeApp(db, organization, owner.id, id, now())
  return taken.ok ? ok(await drafted.write(db, { app: { id: owner.id, ...taken.value } })) : taken
}
