import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { liveNamed } from '../../db/named.ts'
import { namedLike } from '../../db/search.ts'
import { countedTo } from '../../http/lists.ts'

export type Team = {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** The configuration that manages it. */
  readonly managedBy: string | null
  readonly createdAt: number
  readonly revision: number
}
const columns = ['id', 'slug', 'name', 'managed_by', 'created_at', 'revision'] as const

export async function insertTeam(db: Db, organizationId: string, team: Team): Promise<void> {
  const { id, slug, name, managedBy, createdAt, revision } = team
  const row = { id, slug, name, state: 'active', managed_by: managedBy, created_at: createdAt, revision } as const
  await db
    .insertInto('teams')
    .values({ organization_id: organizationId, ...row })
    .execute()
}

/** False when somebody else has changed it since `team.revision - 1` was read, or has deleted it. */
export async function updateTeamRow(
  db: Db,
  organizationId: string,
  team: Team,
  state: 'active' | 'deleted' = 'active',
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('teams')
    .set({ slug: team.slug, name: team.name, state, managed_by: team.managedBy, revision: team.revision })
    .where('organization_id', '=', organizationId)
    .where('id', '=', team.id)
    .where('state', '=', 'active')
    .where('revision', '=', team.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const atOnce = 500

export async function addToTeam(db: Db, organizationId: string, teamId: string, members: readonly string[]) {
  for (let at = 0; at < members.length; at += atOnce) {
    const rows = members.slice(at, at + atOnce).map((id) => ({ team_id: teamId, member_id: id }))
    await db
      .insertInto('team_members')
      .values(rows.map((row) => ({ organization_id: organizationId, ...row })))
      .execute()
  }
}

export async function takeFromTeam(db: Db, organizationId: string, teamId: string, members: readonly string[]) {
  for (let at = 0; at < members.length; at += atOnce)
    await db
      .deleteFrom('team_members')
      .where('organization_id', '=', organizationId)
      .where('team_id', '=', teamId)
      .where('member_id', 'in', members.slice(at, at + atOnce))
      .execute()
}

/** Takes a member out of every team; answers which those were. Each is another state of the team, with its revision. */
export async function leaveTeams(db: Db, organizationId: string, memberId: string): Promise<string[]> {
  const ids = await teamIdsOf(db, organizationId, memberId)
  await db
    .deleteFrom('team_members')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .execute()
  for (let at = 0; at < ids.length; at += atOnce)
    await db
      .updateTable('teams')
      .set((is) => ({ revision: is('revision', '+', 1) }))
      .where('organization_id', '=', organizationId)
      .where('id', 'in', ids.slice(at, at + atOnce))
      .execute()
  return ids
}

/** Ids of the teams that the member is in now; a deleted team has nobody. */
export async function teamIdsOf(db: Db, organizationId: string, memberId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('team_members')
    .select('team_id')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .orderBy('team_id')
    .execute()
  return rows.map(({ team_id }) => team_id)
}

/** A live team by id or slug. */
export async function findTeam(db: Db, organizationId: string, idOrSlug: string): Promise<Team | null> {
  return (await findTeams(db, organizationId, [idOrSlug])).get(idOrSlug) ?? null
}

/** Live teams, by what they were asked for. */
export async function findTeams(
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
): Promise<Map<string, Team>> {
  const found = new Map<string, Team>()
  for (let at = 0; at < idsOrSlugs.length; at += atOnce) {
    const some = idsOrSlugs.slice(at, at + atOnce)
    const rows = await db.selectFrom('teams').select(columns).where(liveNamed(organizationId, some)).execute()
    for (const row of rows) found.set(row.id, teamOf(row)).set(row.slug, teamOf(row))
  }
  return found
}

/** Ids of the members of each, in order. */
export async function membersOf(
  db: Db,
  teams: readonly { readonly organizationId: string; readonly id: string }[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>(teams.map(({ id }) => [id, []]))
  for (let at = 0; at < teams.length; at += atOnce) {
    const some = teams.slice(at, at + atOnce)
    const rows = await db
      .selectFrom('team_members')
      .select(['team_id', 'member_id'])
      .where('organization_id', 'in', [...new Set(some.map(({ organizationId }) => organizationId))])
      .where(
        'team_id',
        'in',
        some.map(({ id }) => id),
      )
      .orderBy('member_id')
      .execute()
    for (const { team_id, member_id } of rows) found.get(team_id)?.push(member_id)
  }
  return found
}

/** How many members each has. */
export async function teamSizes(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('team_members')
    .select(({ fn }) => ['team_id', fn.countAll<number | string | bigint>().as('size')])
    .where('organization_id', '=', organizationId)
    .where('team_id', 'in', ids)
    .groupBy('team_id')
    .execute()
  return new Map(rows.map(({ team_id, size }) => [team_id, Number(size)]))
}

export type TeamFilter = {
  /** Only those that this member is in; null: all. */
  readonly memberId: string | null
  readonly search: string | undefined
}

/** By slug. */
export async function listTeams(
  db: Db,
  organizationId: string,
  page: TeamFilter & { readonly after: string | null; readonly limit: number },
): Promise<Team[]> {
  const { after } = page
  const rows = await db
    .selectFrom('teams')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where(matching(organizationId, page))
    .$if(after !== null, (query) => query.where('slug', '>', after ?? ''))
    .orderBy('slug')
    .limit(page.limit)
    .execute()
  return rows.map(teamOf)
}

export async function countTeams(db: Db, organizationId: string, filter: TeamFilter): Promise<number> {
  const rows = db
    .selectFrom('teams')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(matching(organizationId, filter))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching(organizationId: string, { memberId, search }: TeamFilter): RawBuilder<SqlBool> {
  const parts = [sql`state = 'active'`]
  if (memberId !== null)
    parts.push(
      sql`id in (select team_id from team_members where organization_id = ${organizationId} and member_id = ${memberId})`,
    )
  if (search !== undefined) parts.push(namedLike(search))
  return sql<SqlBool>`${sql.join(parts, sql` and `)}`
}

/** Live ones in the order of the primary key; of one organization, or of all (as system) when it is null. */
export async function teamsAfter(
  db: Db,
  organizationId: string | null,
  after: { readonly organization: string; readonly id: string } | null,
  limit: number,
): Promise<(Team & { readonly organizationId: string })[]> {
  const rows = await db
    .selectFrom('teams')
    .select(['organization_id', ...columns])
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, ...teamOf(row) }))
}

type Row = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly managed_by: string | null
  readonly created_at: number
  readonly revision: number
}
const teamOf = ({ id, slug, name, managed_by, created_at, revision }: Row): Team => ({
  id,
  slug,
  name,
  managedBy: managed_by,
  createdAt: created_at,
  revision,
})
