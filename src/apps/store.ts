import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { liveNamed } from '../db/named.ts'
import { namedLike } from '../db/search.ts'
import type { Tables } from '../db/tables.ts'
import { Choice, type KeyState, ToolChoices } from '../keys/schema.ts'
import type { AppOwner } from './schema.ts'

export type App = {
  readonly organizationId: string
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly projectId: string
  readonly owner: AppOwner & { readonly name: string }
  readonly tools: ToolChoices
  readonly toolsDefault: Choice
  readonly state: 'active' | 'deleted'
  readonly keyId: string | null
  readonly createdAt: number
  readonly createdBy: string
  readonly revision: number
}

export const appColumns = [
  'organization_id',
  'id',
  'slug',
  'name',
  'project_id',
  'owner_type',
  'owner_id',
  'owner_name',
  'tools',
  'tools_default',
  'state',
  'key_id',
  'created_at',
  'created_by',
  'revision',
] as const

export async function insertApp(db: Db, organizationId: string, app: App): Promise<void> {
  await db
    .insertInto('apps')
    .values({
      organization_id: organizationId,
      id: app.id,
      project_id: app.projectId,
      key_id: app.keyId,
      created_at: app.createdAt,
      created_by: app.createdBy,
      ...changeable(app),
    })
    .execute()
}

/** All but its key. False when somebody else has changed it since `app.revision - 1` was read. */
export async function writeApp(db: Db, organizationId: string, app: App): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('apps')
    // Who was renamed since it was read keeps his new name: that is no change of the app and guarded by no revision.
    .set((is) => ({
      ...changeable(app),
      owner_name: is.case().when('owner_id', '=', app.owner.id).then(is.ref('owner_name')).else(app.owner.name).end(),
    }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', app.id)
    .where('state', '=', 'active')
    .where('revision', '=', app.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Gives it another key. Guarded by the revision and not by a look at the key inside the statement: on PostgreSQL the
 * second of two would wait for the first, and then still see the keys as they were before it.
 */
export async function writeKeyOf(db: Db, organizationId: string, before: App, keyId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('apps')
    .set({ key_id: keyId, revision: before.revision + 1 })
    .where('organization_id', '=', organizationId)
    .where('id', '=', before.id)
    .where('state', '=', 'active')
    .where('revision', '=', before.revision)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const changeable = (app: App) => ({
  slug: app.slug,
  name: app.name,
  owner_type: app.owner.type,
  owner_id: app.owner.id,
  owner_name: app.owner.name,
  tools: JSON.stringify(app.tools),
  tools_default: JSON.stringify(app.toolsDefault),
  state: app.state,
  revision: app.revision,
})

/** The name that stays when the member or team is gone. No change of an app: no revision grows. */
export async function renameOwnerOfApps(db: Db, organizationId: string, ownerId: string, name: string): Promise<void> {
  await db
    .updateTable('apps')
    .set({ owner_name: name })
    .where('organization_id', '=', organizationId)
    .where('owner_id', '=', ownerId)
    .execute()
}

/** A live app by id or slug. */
export async function findApp(db: Db, organizationId: string, idOrSlug: string): Promise<App | null> {
  return (await findApps(db, organizationId, [idOrSlug])).get(idOrSlug) ?? null
}

/** Live ones, by what they were asked for; who is not there is missing. In one query per 500 names. */
export async function findApps(
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
): Promise<ReadonlyMap<string, App>> {
  const found = new Map<string, App>()
  for (let at = 0; at < idsOrSlugs.length; at += 500) {
    const some = idsOrSlugs.slice(at, at + 500)
    const asked = new Set(some)
    const rows = await db.selectFrom('apps').select(appColumns).where(liveNamed(organizationId, some)).execute()
    for (const row of rows) {
      const app = appOf(row)
      for (const name of [row.id, row.slug]) if (asked.has(name)) found.set(name, app)
    }
  }
  return found
}

const live = (db: Db, organizationId: string) =>
  db.selectFrom('apps').where('organization_id', '=', organizationId).where('state', '=', 'active')

/** Slugs that begin so, to find a free one beside them. */
export async function slugsFrom(db: Db, organizationId: string, beginning: string): Promise<ReadonlySet<string>> {
  // `-` and `~` stand before and after every character of a slug: a range of the index, in both stores' binary order.
  const rows = await live(db, organizationId)
    .select('slug')
    .where('slug', '>=', beginning)
    .where('slug', '<', `${beginning}~`)
    .execute()
  return new Set(rows.map(({ slug }) => slug))
}

export type Filter = {
  readonly search?: string | undefined
  readonly projectId?: string | undefined
  /** Null: everybody's; none: nobody's. */
  readonly ownerIds: readonly string[] | null
}
export type Page = { readonly after: string | null; readonly limit: number }

/** By slug, as servers. */
export async function listApps(db: Db, organizationId: string, filter: Filter, page: Page): Promise<App[]> {
  const { after } = page
  const rows = await live(db, organizationId)
    .select(appColumns)
    .where(within(filter))
    .$if(after !== null, (query) => query.where('slug', '>', after ?? ''))
    .orderBy('slug')
    .limit(page.limit)
    .execute()
  return rows.map(appOf)
}

export async function countApps(db: Db, organizationId: string, filter: Filter): Promise<number> {
  const { count } = await live(db, organizationId)
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where(within(filter))
    .executeTakeFirstOrThrow()
  return Number(count)
}

const within =
  ({ search, projectId, ownerIds }: Filter) =>
  (is: ExpressionBuilder<Tables, 'apps'>) =>
    is.and([
      ...(ownerIds === null ? [] : [ownerIds.length === 0 ? sql<SqlBool>`1 = 0` : is('owner_id', 'in', ownerIds)]),
      ...(projectId === undefined ? [] : [is('project_id', '=', projectId)]),
      ...(search === undefined ? [] : [namedLike(search)]),
    ])

/** Ids of the live apps of these members and teams. */
export async function ownedApps(db: Db, organizationId: string, ownerIds: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (let at = 0; at < ownerIds.length; at += 500) {
    const some = ownerIds.slice(at, at + 500)
    const rows = await live(db, organizationId).select('id').where('owner_id', 'in', some).execute()
    found.push(...rows.map(({ id }) => id))
  }
  return found
}

type Use = Pick<App, 'id' | 'slug' | 'name'>
type SomeUses = { readonly items: readonly Use[]; readonly total: number }

/** Live ones of a project: at most `limit` of them, by slug, and how many there are. */
export const appsOfProject = (db: Db, organizationId: string, projectId: string, limit: number): Promise<SomeUses> =>
  someOf(db, organizationId, { ownerIds: null, projectId }, limit)

/** The same of a team, which would leave them without an owner. */
export const appsOfTeam = (db: Db, organizationId: string, teamId: string, limit: number): Promise<SomeUses> =>
  someOf(db, organizationId, { ownerIds: [teamId] }, limit)

const someOf = async (db: Db, organizationId: string, filter: Filter, limit: number): Promise<SomeUses> => ({
  items: await live(db, organizationId)
    .select(['id', 'slug', 'name'])
    .where(within(filter))
    .orderBy('slug')
    .limit(limit)
    .execute(),
  total: await countApps(db, organizationId, filter),
})

/** What is known of the keys of apps: those that have ended are not the key of anything. */
export async function keysOfApps(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly name: string; readonly state: KeyState }>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'name', 'state'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', keyIds)
    .execute()
  return new Map(rows.map(({ id, name, state }) => [id, { name, state }]))
}

/** How long a gateway without contact may go on with this key; null where its organization says so. */
export async function stalenessOf(db: Db, organizationId: string, keyId: string | null): Promise<number | null> {
  const row = await db
    .selectFrom('keys')
    .select('max_staleness_seconds')
    .where('organization_id', '=', organizationId)
    .where('id', '=', keyId ?? '')
    .executeTakeFirst()
  return row?.max_staleness_seconds ?? null
}

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly project_id: string
  readonly owner_type: 'member' | 'team'
  readonly owner_id: string
  readonly owner_name: string
  readonly tools: string
  readonly tools_default: string
  readonly state: 'active' | 'deleted'
  readonly key_id: string | null
  readonly created_at: number
  readonly created_by: string
  readonly revision: number
}

export const appOf = (row: Row): App => ({
  organizationId: row.organization_id,
  id: row.id,
  slug: row.slug,
  name: row.name,
  projectId: row.project_id,
  owner: { type: row.owner_type, id: row.owner_id, name: row.owner_name },
  tools: ToolChoices.parse(JSON.parse(row.tools)),
  toolsDefault: Choice.parse(JSON.parse(row.tools_default)),
  state: row.state,
  keyId: row.key_id,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
