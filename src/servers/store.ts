import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { liveNamed } from '../db/named.ts'
import { namedLike } from '../db/search.ts'
import { Slot, Timeouts, ToolPrices } from './schema.ts'

/** The transport as stored: of stdio variables the names only, their values stand encrypted beside it. */
export const StoredTransport = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('http'), url: z.string() }),
  z.strictObject({ type: z.literal('sse'), url: z.string() }),
  z.strictObject({
    type: z.literal('stdio'),
    command: z.string(),
    args: z.array(z.string()),
    variables: z.array(z.string()),
  }),
])
export type StoredTransport = z.infer<typeof StoredTransport>

export type Server = {
  readonly organizationId: string
  readonly id: string
  readonly projectId: string
  readonly slug: string
  readonly name: string
  readonly state: 'active' | 'deleted'
  readonly transport: StoredTransport
  readonly envBlob: string | null
  readonly credentialId: string | null
  readonly slot: Slot | null
  readonly timeouts: Timeouts
  readonly perGateway: boolean
  readonly toolPrices: ToolPrices
  /** The configuration that manages it. */
  readonly managedBy: string | null
  readonly createdAt: number
  /** As in the audit log. Null where nobody wrote it down yet. */
  readonly createdBy: string | null
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'project_id',
  'slug',
  'name',
  'state',
  'transport',
  'env_blob',
  'credential_id',
  'slot',
  'timeouts',
  'per_gateway',
  'tool_prices',
  'managed_by',
  'created_at',
  'created_by',
  'revision',
] as const

export async function insertServer(db: Db, organizationId: string, server: Server): Promise<void> {
  await db
    .insertInto('servers')
    .values({
      organization_id: organizationId,
      id: server.id,
      created_at: server.createdAt,
      created_by: server.createdBy,
      ...changeable(server),
    })
    .execute()
}

/** False when somebody else has changed it since `server.revision - 1` was read. */
export async function updateServer(db: Db, organizationId: string, server: Server): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('servers')
    .set(changeable(server))
    .where('organization_id', '=', organizationId)
    .where('id', '=', server.id)
    .where('revision', '=', server.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const changeable = (server: Server) => ({
  project_id: server.projectId,
  slug: server.slug,
  name: server.name,
  state: server.state,
  transport: JSON.stringify(server.transport),
  env_blob: server.envBlob,
  credential_id: server.credentialId,
  slot: server.slot && JSON.stringify(server.slot),
  timeouts: JSON.stringify(server.timeouts),
  per_gateway: server.perGateway ? (1 as const) : (0 as const),
  tool_prices: JSON.stringify(server.toolPrices),
  managed_by: server.managedBy,
  revision: server.revision,
})

/** A live server by id, slug or a former slug that still answers. */
export async function findServer(db: Db, organizationId: string, name: string, now: number): Promise<Server | null> {
  return (await findServers(db, organizationId, [name], now)).get(name) ?? null
}

/** By what they were asked for. In one query per 500 names: a key may name a thousand servers. */
export async function findServers(
  db: Db,
  organizationId: string,
  names: readonly string[],
  now: number,
): Promise<Map<string, Server>> {
  const found = new Map<string, Server>()
  for (let at = 0; at < names.length; at += 500) {
    const some = names.slice(at, at + 500)
    const rows = await db.selectFrom('servers').select(columns).where(liveNamed(organizationId, some)).execute()
    for (const row of rows) found.set(row.id, serverOf(row)).set(row.slug, serverOf(row))
    // Only what nothing is called now: a live slug wins over a former one.
    const left = some.filter((name) => !found.has(name))
    for (const { asked, server } of await formerlyNamed(db, organizationId, left, now)) found.set(asked, server)
  }
  return found
}

async function formerlyNamed(
  db: Db,
  organizationId: string,
  slugs: readonly string[],
  now: number,
): Promise<{ asked: string; server: Server }[]> {
  if (slugs.length === 0) return []
  const rows = await db
    .selectFrom('servers')
    .innerJoin('former_server_slugs as former', (join) =>
      join.onRef('former.organization_id', '=', 'servers.organization_id').onRef('former.server_id', '=', 'servers.id'),
    )
    .select(columns.map((column) => `servers.${column}` as const))
    .select('former.slug as asked')
    .where('servers.organization_id', '=', organizationId)
    .where('servers.state', '=', 'active')
    .where('former.slug', 'in', slugs)
    .where('former.ends_at', '>', now)
    .execute()
  return rows.map((row) => ({ asked: row.asked, server: serverOf(row) }))
}

export type Page = { readonly after: string | null; readonly limit: number; readonly search?: string | undefined }

/** By slug, so that a page needs no more than the index of live slugs. */
export async function listServers(db: Db, organizationId: string, page: Page): Promise<Server[]> {
  const { after, search } = page
  const rows = await db
    .selectFrom('servers')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(after !== null, (query) => query.where('slug', '>', after ?? ''))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .orderBy('slug')
    .limit(page.limit)
    .execute()
  return rows.map(serverOf)
}

export async function countServers(db: Db, organizationId: string, search?: string): Promise<number> {
  const { count } = await db
    .selectFrom('servers')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** For the feed: also one that was deleted, with the tier of its project, which its secrets are bound to. */
export async function serverWithTier(
  db: Db,
  organizationId: string,
  id: string,
): Promise<{ server: Server; tier: string } | null> {
  const row = await db
    .selectFrom('servers')
    .innerJoin('projects', (join) =>
      join
        .onRef('projects.organization_id', '=', 'servers.organization_id')
        .onRef('projects.id', '=', 'servers.project_id'),
    )
    .select(columns.map((column) => `servers.${column}` as const))
    .select('projects.tier')
    .where('servers.organization_id', '=', organizationId)
    .where('servers.id', '=', id)
    .executeTakeFirst()
  return row ? { server: serverOf(row), tier: row.tier } : null
}

/** For the snapshot: ids of live servers in the order of the primary key, from all organizations. */
export async function serverIds(
  db: Db,
  after: { readonly organizationId: string; readonly id: string } | null,
  limit: number,
): Promise<{ organizationId: string; id: string }[]> {
  const rows = await db
    .selectFrom('servers')
    .select(['organization_id', 'id'])
    .where('state', '=', 'active')
    .$if(after !== null, (query) =>
      query.where((is) =>
        is.or([
          is('organization_id', '>', after?.organizationId ?? ''),
          is.and([is('organization_id', '=', after?.organizationId ?? ''), is('id', '>', after?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, id: row.id }))
}

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly project_id: string
  readonly slug: string
  readonly name: string
  readonly state: 'active' | 'deleted'
  readonly transport: string
  readonly env_blob: string | null
  readonly credential_id: string | null
  readonly slot: string | null
  readonly timeouts: string
  readonly per_gateway: number
  readonly tool_prices: string
  readonly managed_by: string | null
  readonly created_at: number
  readonly created_by: string | null
  readonly revision: number
}

const serverOf = (row: Row): Server => ({
  organizationId: row.organization_id,
  id: row.id,
  projectId: row.project_id,
  slug: row.slug,
  name: row.name,
  state: row.state,
  transport: StoredTransport.parse(JSON.parse(row.transport)),
  envBlob: row.env_blob,
  credentialId: row.credential_id,
  slot: row.slot === null ? null : Slot.parse(JSON.parse(row.slot)),
  timeouts: Timeouts.parse(JSON.parse(row.timeouts)),
  perGateway: row.per_gateway === 1,
  toolPrices: ToolPrices.parse(JSON.parse(row.tool_prices)),
  managedBy: row.managed_by,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
