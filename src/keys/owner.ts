import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import { mayHold, reachOf } from '../people/may.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Directory, LiveOwner } from './directory.ts'
import type { KeyRecord, Owner } from './schema.ts'
import { findKey, type StoredKey } from './store.ts'

type Owners = Pick<Directory, 'owner' | 'ownersOf'>

/** Whose a new key is: one member, team or app. Others' teams and apps are not there for a member. */
export async function ownerFor(
  directory: Owners,
  db: Db,
  actor: Actor,
  asked: Owner = { type: 'member', id: actor.memberId },
): Promise<Result<LiveOwner>> {
  const unknown = refuse('invalid', {
    detail: `There is no such ${asked.type}.`,
    errors: [{ pointer: '/owner/id', detail: `there is no such ${asked.type}` }],
  })
  // Before anybody is looked for: who may not ask learns of nobody.
  const isOther = asked.type === 'member' && asked.id !== actor.memberId
  if (isOther && reachOf(actor.role, 'keys:write') !== 'all') return refuse('not_permitted', { detail: own })
  const id = knownForm(asked.id)
  const owner = id === '' ? null : await directory.owner(db, actor.organizationId, { type: asked.type, id })
  if (!owner) return unknown
  // Of any rank: who makes a key for a person never sees its secret, so it acts for nobody but that person.
  if (owner.type === 'member') return ok(owner)
  if (!(await isWithinReach(directory, db, actor, 'keys:write', owner.id))) return unknown
  return refuseAbove(actor, owner) ?? ok(owner)
}

/** Whose the secret is to see: a person's key shows it to that person alone; of a team or app to whoever may hold it. */
export const isRevealedTo = ({ memberId }: Pick<Actor, 'memberId'>, owner: Pick<LiveOwner, 'type' | 'id'>): boolean =>
  owner.type !== 'member' || owner.id === memberId

/** For whatever shows a secret: an owner behind it who is above the actor keeps it from him. */
export const refuseAbove = (actor: Actor, { behind }: Pick<LiveOwner, 'behind'>): ReturnType<typeof refuse> | null =>
  mayHold(actor, behind) ? null : refuse('not_permitted', { detail: above })

const above =
  'Whoever holds this secret acts with the rights of its owner, and your role does not act for a member of that role.'

const own = 'A key for another member is made by an owner or admin; your own you make yourself.'

/** Whose keys there are for the actor; null: everybody's. */
export async function ownersWithin(
  directory: Pick<Directory, 'ownersOf'>,
  db: Db,
  actor: Actor,
  permission: Permission,
): Promise<readonly string[] | null> {
  const reach = reachOf(actor.role, permission)
  if (reach === 'all') return null
  return reach === 'own' ? directory.ownersOf(db, actor.organizationId, actor.memberId) : []
}

/** Whom a filter means: `me`, an id, also of one who is gone, or a slug, which a team and an app may share. */
export async function ownersCalled(
  directory: Pick<Directory, 'owner'>,
  db: Db,
  { organizationId, memberId }: Actor,
  name: string,
): Promise<readonly string[]> {
  if (name === 'me') return [memberId]
  // Every id holds an underscore, and no slug does.
  if (name.includes('_')) return [name]
  const team = await directory.owner(db, organizationId, { type: 'team', id: name })
  const app = await directory.owner(db, organizationId, { type: 'app', id: name })
  return [team, app].flatMap((owner) => owner?.id ?? [])
}

async function isWithinReach(
  directory: Pick<Directory, 'ownersOf'>,
  db: Db,
  actor: Actor,
  permission: Permission,
  ownerId: string,
): Promise<boolean> {
  const owners = await ownersWithin(directory, db, actor, permission)
  return owners === null || owners.includes(ownerId)
}

/** B22: to a member, somebody else's key does not exist. Tombstones are among these. */
export async function keyWithinReach(
  directory: Pick<Directory, 'ownersOf'>,
  db: Db,
  actor: Actor,
  permission: Permission,
  id: string,
): Promise<StoredKey | null> {
  const key = await findKey(db, actor.organizationId, knownForm(id))
  return key && (await isWithinReach(directory, db, actor, permission, key.record.owner.id)) ? key : null
}

/** To nobody does a deleted key exist. */
export const isThere = ({ state }: KeyRecord): boolean => state !== 'deleted'
