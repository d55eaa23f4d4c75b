import type { Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { capsAgain, capsOfKey } from '../caps.ts'
import type { Claim, OfferClaim } from '../claims/offer.ts'
import { inputOf } from '../copies/input.ts'
import { holdOwner } from '../leaving/away.ts'
import { type DraftDeps, type DraftedKey, draftKey } from '../prepare.ts'
import { renameOwnerOfKeys, type StoredKey } from '../store.ts'

export type ReplaceDeps = DraftDeps & { readonly offerClaim: OfferClaim }
export type Replaced = { readonly key: StoredKey; readonly claim: Claim }

/**
 * A key with every setting of the one that others have, without a secret: its owner reveals that himself, so nobody on
 * the way sees it, whoever asks for it here. Checked before the unit of work in which it is written.
 */
export const draftReplacement = (deps: ReplaceDeps) => {
  const draft = draftKey(deps)
  return async (actor: Actor, key: StoredKey, requestId: string): Promise<Result<DraftedKey>> => {
    const { organization, owner: was, scope, honey } = key.record
    if (key.ephemeral) return refuse('invalid', { detail: 'An ephemeral key is one token: ask for another one.' })
    if (honey)
      return refuse('invalid', { detail: 'A honey key is no key: lay out another one where this one was found.' })
    const { owner, projects, caps } = await deps.read(organization, async (db) => {
      const live =
        scope.projects.length === 0 ? new Map() : await deps.directory.projects(db, organization, scope.projects)
      return {
        owner: await deps.directory.owner(db, organization, was),
        projects: scope.projects.filter((id) => live.has(id)),
        caps: await capsOfKey(db, organization, key.record.id, deps.now()),
      }
    })
    if (!owner) return ownerIsGone
    const input = { ...inputOf(key, projects, deps.now()), ...capsAgain(caps) }
    return draft(actor, input, owner, requestId, key)
  }
}

/** In the unit of work in which the old key has ended. A refusal has written nothing, and takes nothing back. */
export async function writeReplacement(
  deps: ReplaceDeps,
  db: Db,
  actor: Actor,
  { key, write }: DraftedKey,
  requestId: string,
): Promise<Result<Replaced>> {
  const { organization, id, owner } = key.record
  const live = await deps.directory.owner(db, organization, owner)
  const left = await holdOwner(db, organization, owner)
  if (left) return left
  if (!live) return ownerIsGone
  if (owner.type === 'app') {
    const taken = await deps.directory.takeApp(db, organization, owner.id, id, deps.now())
    if (!taken.ok) return taken
    await write(db, { app: { id: owner.id, ...taken.value } })
  } else await write(db)
  if (live.name !== owner.name) await renameOwnerOfKeys(db, organization, owner.id, live.name)
  return ok({ key, claim: await deps.offerClaim(db, { organizationId: organization, keyId: id, actor, requestId }) })
}

const ownerIsGone = refuse('invalid', { detail: 'The owner of this key is gone; make a new key for somebody else.' })
