import type { Db } from '../../db/database.ts'
import { defaultKeyPolicies, KeyPolicies } from '../../people/policies/schema.ts'

/** One statement takes so many parameters on every store. */
const atOnce = 5000

/** Of the main store, what the log of requests has to know. */

const Policy = KeyPolicies.pick({ requestsKeptDays: true }).partial().loose()

/** How many days each organization keeps its calls. As system. */
export async function keptDays(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom('organizations').select(['id', 'policies']).execute()
  return new Map(
    rows.map(({ id, policies }) => {
      const { requestsKeptDays = defaultKeyPolicies.requestsKeptDays } = Policy.parse(JSON.parse(policies))
      return [id, requestsKeptDays]
    }),
  )
}

/** In which teams these owners are now. A team is its own; a member's are all of his, an app's its owner's. */
export async function teamsOfOwners(
  db: Db,
  organizationId: string,
  ownerIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  const add = (owner: string, team: string): void => void found.set(owner, [...(found.get(owner) ?? []), team])
  for (let at = 0; at < ownerIds.length; at += atOnce) {
    const some = ownerIds.slice(at, at + atOnce)
    const members = await db
      .selectFrom('team_members')
      .select(['member_id', 'team_id'])
      .where('organization_id', '=', organizationId)
      .where('member_id', 'in', some)
      .orderBy('team_id')
      .execute()
    for (const { member_id, team_id } of members) add(member_id, team_id)
    const apps = await db
      .selectFrom('apps')
      .select(['id', 'owner_id'])
      .where('organization_id', '=', organizationId)
      .where('owner_type', '=', 'team')
      .where('id', 'in', some)
      .execute()
    for (const { id, owner_id } of apps) add(id, owner_id)
  }
  return found
}

/** Those of these keys that are there, and their names. */
export async function liveKeys(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let at = 0; at < ids.length; at += atOnce) {
    const rows = await db
      .selectFrom('keys')
      .select(['id', 'name'])
      .where('organization_id', '=', organizationId)
      .where('state', '<>', 'deleted')
      .where('id', 'in', ids.slice(at, at + atOnce))
      .execute()
    for (const { id, name } of rows) found.set(id, name)
  }
  return found
}
