import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import type { LiveOwner } from '../keys/directory.ts'
import { ownersWithin, refuseAbove } from '../keys/owner.ts'
import { reachOf } from '../people/may.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { type AppDeps, invalid } from './deps.ts'
import type { AppOwner } from './schema.ts'
import { type App, findApp } from './store.ts'

type Owners = AppDeps['directory']

/** Whose an app is: a member or a team that is there. A team that a member is not in is not there for him. */
export async function ownerFor(
  directory: Owners,
  db: Db,
  actor: Actor,
  asked: AppOwner = { type: 'member', id: actor.memberId },
): Promise<Result<App['owner']>> {
  const { organizationId, memberId, role } = actor
  const isForEverybody = reachOf(role, 'apps:write') === 'all'
  const isOther = asked.type === 'member' && asked.id !== memberId
  if (isOther && !isForEverybody) return refuse('not_permitted', { detail: forOthers })
  const id = knownForm(asked.id)
  const owner = id === '' ? null : await directory.owner(db, organizationId, { type: asked.type, id })
  if (!owner) return unknown(asked.type)
  const refused = refuseAbove(actor, owner)
  if (refused) return refused
  if (asked.type === 'member' || isForEverybody) return ok(named(asked.type, owner))
  const teams = await directory.ownersOf(db, organizationId, memberId)
  return teams.includes(owner.id) ? ok(named(asked.type, owner)) : unknown(asked.type)
}

const unknown = (type: AppOwner['type']) => invalid('/owner/id', `there is no such ${type}`)
const named = (type: AppOwner['type'], { id, name }: LiveOwner): App['owner'] => ({ type, id, name })
const forOthers =
  'An app for another member is made by an owner or admin; yours, and those of your teams, you make yourself.'

/** Whose apps there are for the actor; null: everybody's. Apps own no apps. */
export async function appOwnersWithin(
  directory: Owners,
  db: Db,
  actor: Actor,
  permission: Permission,
): Promise<readonly string[] | null> {
  const owners = await ownersWithin(directory, db, actor, permission)
  return owners?.filter((id) => !id.startsWith('app_')) ?? null
}

/** By id or slug; to a member, somebody else's app does not exist. */
export async function appWithinReach(
  directory: Owners,
  db: Db,
  actor: Actor,
  permission: Permission,
  idOrSlug: string,
): Promise<App | null> {
  const app = await findApp(db, actor.organizationId, knownForm(idOrSlug))
  if (!app) return null
  const owners = await appOwnersWithin(directory, db, actor, permission)
  return owners === null || owners.includes(app.owner.id) ? app : null
}
