import type { Db } from '../db/database.ts'
import type { GoneRecord } from '../fleet/schema.ts'
import type { Grant } from './grants/schema.ts'
import { grantsIn, grantsOf } from './grants/store.ts'
import { findPerson, membersAfter, type Place } from './members/store.ts'
import type { MemberRecord, TeamRecord } from './schema.ts'
import { findMember, type Member } from './store.ts'
import { findTeam, membersOf, type Team, teamsAfter } from './teams/store.ts'

/** People as gateways know them. Null: he was removed, or the team was deleted. */

export async function memberRecord(db: Db, organizationId: string, id: string): Promise<MemberRecord | null> {
  const member = await findMember(db, organizationId, id)
  if (!member) return null
  const grants = await grantsOf(db, [{ organizationId, id, ownerId: id }])
  return recordOfMember(organizationId, member, grants.get(id))
}

/**
 * For the change log. Of somebody who is deactivated gateways hold nothing, as of one who was removed; but he may come back,
 * so it says as of which revision. Null: for good.
 */
export async function memberNews(
  db: Db,
  organizationId: string,
  id: string,
): Promise<MemberRecord | GoneRecord | null> {
  const record = await memberRecord(db, organizationId, id)
  if (record) return record
  const away = await findPerson(db, organizationId, id)
  if (away?.state !== 'deactivated') return null
  return { kind: 'gone', of: 'member', organization: organizationId, id, revision: away.revision }
}

/** In pages by organization and id; of one organization, or of all (as system) when it is null. */
export async function memberRecords(
  db: Db,
  organizationId: string | null,
  after: Place | null,
  limit: number,
): Promise<MemberRecord[]> {
  const rows = await membersAfter(db, organizationId, after, limit)
  const grants = await grantsOf(
    db,
    rows.map(({ organizationId: of, member: { id } }) => ({ organizationId: of, id, ownerId: id })),
  )
  return rows.map((row) => recordOfMember(row.organizationId, row.member, grants.get(row.member.id)))
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

const recordOfMember = (
  organization: string,
  { id, revision, name }: Member,
  grants: readonly Grant[] | undefined,
): MemberRecord => ({
  kind: 'member',
  organization,
  id,
  revision,
  name,
  ...grantsIn(grants),
})

const recordOfTeam = (organization: string, { id, revision, name }: Team, members: string[]): TeamRecord => ({
  kind: 'team',
  organization,
  id,
  revision,
  name,
  members,
})
