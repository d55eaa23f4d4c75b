import type { Db } from '../db/database.ts'
import { membersAfter, type Place } from './members/store.ts'
import type { MemberRecord, TeamRecord } from './schema.ts'
import { findMember, type Member } from './store.ts'
import { findTeam, membersOf, type Team, teamsAfter } from './teams/store.ts'

/** People as gateways know them. Null: he was removed, or the team was deleted. */

export async function memberRecord(db: Db, organizationId: string, id: string): Promise<MemberRecord | null> {
  const member = await findMember(db, organizationId, id)
  return member && recordOfMember(organizationId, member)
}

/** In pages by organization and id; of one organization, or of all (as system) when it is null. */
export async function memberRecords(
  db: Db,
  organizationId: string | null,
  after: Place | null,
  limit: number,
): Promise<MemberRecord[]> {
  const rows = await membersAfter(db, organizationId, after, limit)
  return rows.map((row) => recordOfMember(row.organizationId, row.member))
}

export async function teamRecord(db: Db, organizationId: string, id: string): Promise<TeamRecord | null> {
  const team = await findTeam(db, organizationId, id)
  if (!team) return null
  const members = await membersOf(db, [{ organizationId, id: team.id }])
  return recordOfTeam(organizationId, team, members.get(team.id) ?? [])
}

export async function teamRecords(
  db: Db,
  organizationId: string | null,
  after: Place | null,
  limit: number,
): Promise<TeamRecord[]> {
  const teams = await teamsAfter(db, organizationId, after, limit)
  const members = await membersOf(db, teams)
  return teams.map((team) => recordOfTeam(team.organizationId, team, members.get(team.id) ?? []))
}

const recordOfMember = (organization: string, { id, revision, name }: Member): MemberRecord => ({
  kind: 'member',
  organization,
  id,
  revision,
  name,
})

const recordOfTeam = (organization: string, { id, revision, name }: Team, members: string[]): TeamRecord => ({
  kind: 'team',
  organization,
  id,
  revision,
  name,
  members,
})
