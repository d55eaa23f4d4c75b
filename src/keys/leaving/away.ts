import type { Db } from '../../db/database.ts'
import { holdMember } from '../../people/members/store.ts'
import { holdPeople } from '../../people/organizations/store.ts'
import { refuse } from '../../problems.ts'
import type { Owner } from '../schema.ts'
import type { StoredKey } from '../store.ts'
import { memberBehind, ownerAway } from './store.ts'

type Refusal = ReturnType<typeof refuse>

/**
 * For whatever would bring a key back into use: its old secret is in the hands of somebody who has left, and a new one
 * would be nobody's. Null: its owner is there.
 */
export const refuseOwnerLeft = (db: Db, { record }: Pick<StoredKey, 'record'>): Promise<Refusal | null> =>
  refuseLeft(db, record.organization, record.owner)

export async function refuseLeft(
  db: Db,
  organizationId: string,
  owner: Pick<Owner, 'type' | 'id'>,
): Promise<Refusal | null> {
  const away = await ownerAway(db, organizationId, owner)
  return away && ownerLeft(away)
}

/** Names the ways out. */
const ownerLeft = ({ id, name }: { readonly id: string; readonly name: string }): Refusal =>
  refuse('owner_left', {
    detail: `${name} has left. POST /members/${id}/transfer hands the keys and apps to somebody else, who gets new secrets; while this person is only deactivated, POST /members/${id}/activate brings everything back as it was.`,
  })

/**
 * Whoever writes something for an owner holds him first: a team that is deleted, or a member who is deactivated or removed
 * meanwhile, would leave it without one. Answers a refusal where he has left already.
 */
export async function holdOwner(
  db: Db,
  organizationId: string,
  owner: Pick<Owner, 'type' | 'id'>,
): Promise<Refusal | null> {
  if (owner.type === 'team') await holdPeople(db, organizationId)
  const member = await memberBehind(db, organizationId, owner)
  if (member === null || (await holdMember(db, organizationId, member))) return null
  return refuseLeft(db, organizationId, owner)
}
