import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'

/** What a catalog holds, and whom it is for. */
export type Kind = 'servers' | 'providers' | 'teams' | 'members'
export const kinds: readonly Kind[] = ['servers', 'providers', 'teams', 'members']

/** Ids, in their order. */
export type Content = Readonly<Record<Kind, readonly string[]>>
export const emptyContent: Content = { servers: [], providers: [], teams: [], members: [] }

/** Each kind has a table of pairs and stands in one of its own, where it is live or not. */
const relations = {
  servers: { pairs: sql.table('catalog_servers'), id: sql.ref('server_id'), of: sql.table('servers') },
  providers: { pairs: sql.table('catalog_providers'), id: sql.ref('provider_id'), of: sql.table('providers') },
  teams: { pairs: sql.table('catalog_teams'), id: sql.ref('team_id'), of: sql.table('teams') },
  members: { pairs: sql.table('catalog_members'), id: sql.ref('member_id'), of: sql.table('members') },
} as const satisfies Record<Kind, unknown>

const isActive = sql<SqlBool>`state = 'active'`
/** Who is deactivated keeps his place, and reaches nothing meanwhile. */
const isLive: Readonly<Record<Kind, RawBuilder<SqlBool>>> = {
  servers: isActive,
  providers: isActive,
  teams: isActive,
  members: sql<SqlBool>`state <> 'removed'`,
}

const atOnce = 500

/** Live ones only: what was deleted while it was put in is not in it. */
export async function contentsOf(
  db: Db,
  organizationIds: readonly string[],
  catalogIds: readonly string[],
): Promise<(catalogId: string) => Content> {
  const found = new Map<string, Record<Kind, string[]>>()
  for (const kind of kinds) {
    for (const { catalog, id } of await pairsOf(db, kind, organizationIds, catalogIds)) {
      const content = found.get(catalog) ?? { servers: [], providers: [], teams: [], members: [] }
      content[kind].push(id)
      found.set(catalog, content)
    }
  }
  return (catalogId) => found.get(catalogId) ?? emptyContent
}

type Pair = { readonly catalog: string; readonly id: string }

/**
 * The pairs, then which of their ids are live: many catalogs hold the same, and a join of the two is slow on PostgreSQL as
 * long as it has no statistics of rows that have just come.
 */
async function pairsOf(
  db: Db,
  kind: Kind,
  organizationIds: readonly string[],
  catalogIds: readonly string[],
): Promise<readonly Pair[]> {
  if (catalogIds.length === 0) return []
  const { pairs, id } = relations[kind]
  const { rows } = await sql<Pair>`select catalog_id as catalog, ${id} as id from ${pairs}
    where organization_id in (${sql.join(organizationIds)}) and catalog_id in (${sql.join(catalogIds)})
    order by catalog_id, ${id}`.execute(db)
  const live = await liveAmong(db, kind, organizationIds, [...new Set(rows.map((pair) => pair.id))])
  return rows.filter((pair) => live.has(pair.id))
}

async function liveAmong(
  db: Db,
  kind: Kind,
  organizationIds: readonly string[],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const live = new Set<string>()
  for (let at = 0; at < ids.length; at += atOnce) {
    const { rows } = await sql<{ id: string }>`select id from ${relations[kind].of}
      where organization_id in (${sql.join(organizationIds)}) and id in (${sql.join(ids.slice(at, at + atOnce))})
        and ${isLive[kind]}`.execute(db)
    for (const { id } of rows) live.add(id)
  }
  return live
}

/** How many ids stand in each, of all kinds together. */
export async function sizesOf(
  db: Db,
  organizationId: string,
  catalogIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  if (catalogIds.length === 0) return sizes
  for (const kind of kinds) {
    const { rows } = await sql<{ catalog: string; size: number | string | bigint }>`
      select catalog_id as catalog, count(*) as size from ${relations[kind].pairs}
      where organization_id = ${organizationId} and catalog_id in (${sql.join(catalogIds)})
      group by catalog_id`.execute(db)
    for (const { catalog, size } of rows) sizes.set(catalog, (sizes.get(catalog) ?? 0) + Number(size))
  }
  return sizes
}

export async function addTo(
  db: Db,
  organizationId: string,
  catalogId: string,
  kind: Kind,
  ids: readonly string[],
): Promise<void> {
  const { pairs, id } = relations[kind]
  for (let at = 0; at < ids.length; at += atOnce) {
    const values = ids.slice(at, at + atOnce).map((each) => sql`(${organizationId}, ${catalogId}, ${each})`)
    await sql`insert into ${pairs} (organization_id, catalog_id, ${id}) values ${sql.join(values)}
      on conflict do nothing`.execute(db)
  }
}

export async function takeFrom(
  db: Db,
  organizationId: string,
  catalogId: string,
  kind: Kind,
  ids: readonly string[],
): Promise<void> {
  const { pairs, id } = relations[kind]
  for (let at = 0; at < ids.length; at += atOnce) {
    await sql`delete from ${pairs} where organization_id = ${organizationId} and catalog_id = ${catalogId}
      and ${id} in (${sql.join(ids.slice(at, at + atOnce))})`.execute(db)
  }
}

/** Ids of the catalogs that it stands in, in their order: whoever locks several does it in the same one. */
export async function catalogsHolding(db: Db, organizationId: string, kind: Kind, id: string): Promise<string[]> {
  const { pairs, id: column } = relations[kind]
  const { rows } = await sql<{ catalog: string }>`select catalog_id as catalog from ${pairs}
    where organization_id = ${organizationId} and ${column} = ${id} order by catalog_id`.execute(db)
  return rows.map(({ catalog }) => catalog)
}

/** Ids of the catalogs that reach a member, directly or through a team, or a team; those for everyone among them. */
export async function catalogsFor(
  db: Db,
  organizationId: string,
  { type, id }: { readonly type: 'member' | 'team'; readonly id: string },
): Promise<string[]> {
  const ofTeams = (teams: RawBuilder<unknown>) =>
    sql`select catalog_id from catalog_teams where organization_id = ${organizationId} and team_id in (${teams})`
  const his = sql`select team_id from team_members where organization_id = ${organizationId} and member_id = ${id}`
  const own = sql`select catalog_id from catalog_members where organization_id = ${organizationId} and member_id = ${id}`
  const reached = type === 'team' ? ofTeams(sql`${id}`) : sql`${own} union ${ofTeams(his)}`
  const { rows } = await sql<{ id: string }>`select id from catalogs
    where organization_id = ${organizationId} and (everyone = 1 or id in (${reached})) order by id`.execute(db)
  return rows.map((row) => row.id)
}

/** What stands in any of these catalogs, each once, whether it is still there or not. */
export async function heldIn(
  db: Db,
  organizationId: string,
  kind: Kind,
  catalogIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (catalogIds.length === 0) return new Set()
  const { pairs, id } = relations[kind]
  const { rows } = await sql<{ id: string }>`select distinct ${id} as id from ${pairs}
    where organization_id = ${organizationId} and catalog_id in (${sql.join(catalogIds)})`.execute(db)
  return new Set(rows.map((row) => row.id))
}
