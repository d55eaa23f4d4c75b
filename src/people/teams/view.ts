import type { Db } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import { memberNames } from '../members/store.ts'
import type { TeamView } from '../schema.ts'
import { membersOf, type Team } from './store.ts'

export const teamView = (team: Team, members: readonly string[]): TeamView => ({
  id: team.id,
  slug: team.slug,
  name: team.name,
  members: [...members],
  managedBy: team.managedBy,
  createdAt: new Date(team.createdAt).toISOString(),
  revision: team.revision,
})

export async function shownTeams(db: Db, organizationId: string, teams: readonly Team[]): Promise<TeamView[]> {
  const members = await membersOf(
    db,
    teams.map(({ id }) => ({ organizationId, id })),
  )
  return teams.map((team) => teamView(team, members.get(team.id) ?? []))
}

/** Names of those whose ids stand in the teams. */
export async function refsOf(db: Db, organizationId: string, teams: readonly TeamView[]): Promise<Refs> {
  const ids = [...new Set(teams.flatMap(({ members }) => members))]
  const names = await memberNames(db, organizationId, ids)
  return Object.fromEntries([...names].map(([id, name]) => [id, { slug: null, name }]))
}
