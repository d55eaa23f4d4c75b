import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { Scope } from '../keys/schema.ts'
import type { Tier } from '../projects/schema.ts'
import type { FindingKind } from './schema.ts'

/** What is looked at; instants in ms. */
export type Look = {
  readonly organizationId: string
  /** Keys of these owners; null: of everybody. */
  readonly ownerIds: readonly string[] | null
  /** One key; null: all. */
  readonly keyId: string | null
  readonly now: number
  /** Not used since then is unused. */
  readonly unusedSince: number
  /** A secret made by then is to be rotated, by the tier of a project; null: no policy says so. */
  readonly madeBefore: Readonly<Record<Tier | 'otherwise', number | null>>
}

export type FoundKey = {
  readonly id: string
  readonly name: string
  readonly scope: Scope
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly secretMadeAt: number | null
  readonly rotationDueAt: number | null
  readonly seenInBrowserAt: number | null
}

const dayMs = 86_400_000
/** Who shares a key is of interest as long as both still do. */
const sharedForMs = 30 * dayMs
const assignedForMs = 30 * dayMs

const columns = [
  'keys.id',
  'keys.name',
  'keys.scope',
  'keys.created_at',
  'keys.last_used_at',
  'keys.secret_made_at',
  'keys.rotation_due_at',
  'keys.seen_in_browser_at',
] as const

/** Far below the parameters that one statement takes on either store. */
const ownersAtOnce = 10_000

/** Keys of which that is true, by id behind `after`. */
export async function keysFound(
  db: Db,
  kind: FindingKind,
  look: Look,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<FoundKey[]> {
  const found: FoundKey[] = []
  for (const part of partsOf(look)) {
    const rows = await matching(db, kind, part)
      .select(columns)
      .where('keys.id', '>', after)
      .orderBy('keys.id')
      .limit(limit)
      .execute()
    for (const row of rows) {
      found.push({
        id: row.id,
        name: row.name,
        scope: Scope.parse(JSON.parse(row.scope)),
        createdAt: row.created_at,
        lastUsedAt: row.last_used_at,
        secretMadeAt: row.secret_made_at,
        rotationDueAt: row.rotation_due_at,
        seenInBrowserAt: row.seen_in_browser_at,
      })
    }
  }
  return found.sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, limit)
}

export async function countFound(db: Db, kind: FindingKind, look: Look): Promise<number> {
  let total = 0
  for (const part of partsOf(look)) {
    const { count } = await matching(db, kind, part)
      .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
      .executeTakeFirstOrThrow()
    total += Number(count)
  }
  return total
}

function partsOf(look: Look): Look[] {
  const { ownerIds } = look
  if (ownerIds === null || ownerIds.length <= ownersAtOnce) return [look]
  const starts = Array.from({ length: Math.ceil(ownerIds.length / ownersAtOnce) }, (_, n) => n * ownersAtOnce)
  return starts.map((at) => ({ ...look, ownerIds: ownerIds.slice(at, at + ownersAtOnce) }))
}

/** Keys that could be used now; decoys and keys of one token are not, and have no owner who should do something. */
const matching = (db: Db, kind: FindingKind, look: Look) =>
  db
    .selectFrom('keys')
    .where('keys.organization_id', '=', look.organizationId)
    .where('keys.state', '=', 'active')
    .where('keys.honey', '=', 0)
    .where('keys.ephemeral', '=', 0)
    .where((is) => is.or([is('keys.expires_at', 'is', null), is('keys.expires_at', '>', look.now)]))
    .$if(look.ownerIds !== null, (query) =>
      // An empty list is nobody's keys.
      look.ownerIds?.length === 0
        ? query.where(sql<SqlBool>`1 = 0`)
        : query.where('keys.owner_id', 'in', look.ownerIds ?? []),
    )
    .$if(look.keyId !== null, (query) => query.where('keys.id', '=', look.keyId ?? ''))
    .where(conditions[kind](look))

type Condition = (look: Look) => RawBuilder<SqlBool>

/** A row of the key, of this table. */
const ofKey = (table: string): RawBuilder<SqlBool> => {
  const [organization, key] = [sql.ref(`${table}.organization_id`), sql.ref(`${table}.key_id`)]
  return sql<SqlBool>`${organization} = keys.organization_id and ${key} = keys.id`
}

/** By its name alone: a program that was updated is the same one, and so is a browser. */
const identity = sql`case when client like 'Mozilla/%' then 'Mozilla' when client like '%/%'
  then rtrim(client, replace(client, '/', '')) else client end`

/** The calls of a key that lead into the project. */
const usesOf = (project: RawBuilder<unknown>, since: number): RawBuilder<unknown> => sql`select 1 from key_calls
  where ${ofKey('key_calls')} and key_calls.last_seen_at >= ${since} and (key_calls.server_id = ''
    or exists (select 1 from servers where servers.organization_id = keys.organization_id
      and servers.id = key_calls.server_id and servers.project_id = ${project})
    or exists (select 1 from providers where providers.organization_id = keys.organization_id
      and providers.id = key_calls.server_id and providers.project_id = ${project}))`

/** The projects of the key that are there. */
const livesIn = sql`select 1 from key_projects join projects on projects.organization_id = key_projects.organization_id
  and projects.id = key_projects.project_id and projects.state = 'active' where ${ofKey('key_projects')}`
const instant = (at: number | null) => sql`cast(${at ?? -1} as bigint)`

const capped = (table: string): RawBuilder<unknown> => sql`select 1 from ${sql.table(table)} as cap
  where cap.organization_id = keys.organization_id and cap.target_type = 'key' and cap.target_id = keys.id
  and cap.state = 'active'`

const conditions: Readonly<Record<FindingKind, Condition>> = {
  // With the secret that it has now, or with the one before, which is on its way out.
  key_seen_in_browser: () =>
    sql`keys.seen_in_browser_at is not null and keys.seen_in_browser_at >= coalesce(keys.secret_made_at, 0)`,
  old_secret_in_use: ({ now }) => sql`exists (select 1 from secret_versions as old
    where ${ofKey('old')} and (old.valid_until is null or old.valid_until > ${now})
    and exists (select 1 from secret_versions as fresh where ${ofKey('fresh')} and fresh.version > old.version
      and fresh.created_at <= old.last_used_at)
    and exists (select 1 from rotations where ${ofKey('rotations')} and rotations.state = 'draining'
      and rotations.from_version = old.version))`,
  rotation_due: ({ now, madeBefore }) => sql`(keys.rotation_due_at <= ${now}
    or exists (${livesIn} and keys.secret_made_at <= case projects.tier
      when 'production' then ${instant(madeBefore.production)} when 'staging' then ${instant(madeBefore.staging)}
      else ${instant(madeBefore.development)} end)
    or (keys.secret_made_at <= ${instant(madeBefore.otherwise)} and not exists (${livesIn})))`,
  many_clients: ({ now }) => sql`(select count(distinct ${identity}) from key_clients
    where ${ofKey('key_clients')} and client <> '' and last_seen_at >= ${now - sharedForMs}) >= 2`,
  unused_key: ({ unusedSince }) => sql`coalesce(keys.last_used_at, keys.created_at) < ${unusedSince}`,
  // Of a key that nobody uses the other finding speaks. Where calls are not kept apart any more, nobody can tell.
  unused_project: ({ now }) => sql`keys.created_at < ${now - assignedForMs}
    and keys.last_used_at >= ${now - assignedForMs} and exists (select 1 from key_projects
      where ${ofKey('key_projects')} and not exists (${usesOf(sql.ref('key_projects.project_id'), now - assignedForMs)}))`,
  all_servers: () => sql`keys.mcp_servers = 'all'`,
  // Streams alone bound nothing that could cost money.
  no_cap:
    () => sql`not exists (${capped('limits')} and coalesce(cap.requests_per_minute, cap.tokens_per_minute, cap.concurrent)
    is not null) and not exists (${capped('budgets')})`,
  never_expires: () => sql`keys.expires_at is null`,
}

/** By key: what calls itself how, within the time that counts. */
export async function clientsFound(db: Db, look: Look, keys: readonly string[]): Promise<Map<string, string[]>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ key_id: string; client: string }>`select key_id, max(client) as client from key_clients
    where organization_id = ${look.organizationId} and key_id in (${sql.join(keys)}) and client <> ''
    and last_seen_at >= ${look.now - sharedForMs} group by key_id, ${identity} order by key_id, client`.execute(db)
  return grouped(rows.map(({ key_id, client }) => [key_id, client]))
}

/** By key: its live projects into which it has not called. */
export async function projectsFound(db: Db, look: Look, keys: readonly string[]): Promise<Map<string, string[]>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ key_id: string; project_id: string }>`select key_projects.key_id, key_projects.project_id
    from key_projects join keys on keys.organization_id = key_projects.organization_id and keys.id = key_projects.key_id
    where key_projects.organization_id = ${look.organizationId} and key_projects.key_id in (${sql.join(keys)})
    and not exists (${usesOf(sql.ref('key_projects.project_id'), look.now - assignedForMs)})
    order by key_projects.key_id, key_projects.project_id`.execute(db)
  return grouped(rows.map(({ key_id, project_id }) => [key_id, project_id]))
}

/** By key: tiers of its projects that are there. */
export async function tiersFound(db: Db, look: Look, keys: readonly string[]): Promise<Map<string, Tier[]>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('key_projects')
    .innerJoin('projects', (join) =>
      join
        .onRef('projects.organization_id', '=', 'key_projects.organization_id')
        .onRef('projects.id', '=', 'key_projects.project_id')
        .on('projects.state', '=', 'active'),
    )
    .select(['key_projects.key_id', 'projects.tier'])
    .where('key_projects.organization_id', '=', look.organizationId)
    .where('key_projects.key_id', 'in', [...keys])
    .execute()
  return grouped(rows.map(({ key_id, tier }) => [key_id, tier]))
}

/** By key: live servers that it has called, as long as that is kept. */
export async function serversFound(db: Db, look: Look, keys: readonly string[]): Promise<Map<string, string[]>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('key_calls')
    .innerJoin('servers', (join) =>
      join
        .onRef('servers.organization_id', '=', 'key_calls.organization_id')
        .onRef('servers.id', '=', 'key_calls.server_id')
        .on('servers.state', '=', 'active'),
    )
    .select(['key_calls.key_id', 'servers.id'])
    .distinct()
    .where('key_calls.organization_id', '=', look.organizationId)
    .where('key_calls.key_id', 'in', [...keys])
    .orderBy('key_calls.key_id')
    .orderBy('servers.id')
    .execute()
  return grouped(rows.map(({ key_id, id }) => [key_id, id]))
}

export type HeldLimit = { readonly streams: number | null; readonly detached: 'share' | 'closed' }

/** By key: what its own limit says besides. */
export async function limitsFound(db: Db, look: Look, keys: readonly string[]): Promise<Map<string, HeldLimit>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('limits')
    .select(['target_id', 'streams', 'detached'])
    .where('organization_id', '=', look.organizationId)
    .where('target_type', '=', 'key')
    .where('target_id', 'in', [...keys])
    .where('state', '=', 'active')
    .execute()
  return new Map(rows.map(({ target_id, streams, detached }) => [target_id, { streams, detached }]))
}

function grouped<T>(pairs: readonly (readonly [string, T])[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}
