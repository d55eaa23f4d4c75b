import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { liveNamed } from '../db/named.ts'
import { namedLike } from '../db/search.ts'
import { resolveModel } from './models.ts'
import { type Dialect, Model, Preset, type ProviderAuth, ProviderTimeouts } from './schema.ts'

/** How it answered; says nothing about another revision. `checkedAt`: ms. */
const Health = z.object({
  revision: z.int(),
  state: z.enum(['ready', 'refused', 'unreachable']),
  checkedAt: z.int(),
  lastError: z.string().nullable(),
})
export type Health = z.infer<typeof Health>

export type Provider = {
  readonly organizationId: string
  readonly id: string
  readonly projectId: string
  readonly slug: string
  readonly name: string
  readonly dialect: Dialect
  readonly baseUrl: string
  readonly models: readonly Model[]
  readonly credentialId: string | null
  readonly preset: Preset | null
  readonly auth: ProviderAuth
  readonly timeouts: Required<z.infer<typeof ProviderTimeouts>>
  readonly retries: number
  readonly health: Health | null
  /** The configuration that manages it. */
  readonly managedBy: string | null
  readonly state: 'active' | 'deleted'
  readonly createdAt: number
  readonly createdBy: string
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'project_id',
  'slug',
  'name',
  'dialect',
  'base_url',
  'models',
  'credential_id',
  'preset',
  'auth',
  'timeouts',
  'retries',
  'health',
  'managed_by',
  'state',
  'created_at',
  'created_by',
  'revision',
] as const

export async function insertProvider(db: Db, organizationId: string, provider: Provider): Promise<void> {
  await db
    .insertInto('providers')
    .values({
      organization_id: organizationId,
      id: provider.id,
      project_id: provider.projectId,
      dialect: provider.dialect,
      preset: provider.preset,
      created_at: provider.createdAt,
      created_by: provider.createdBy,
      ...changeable(provider),
    })
    .execute()
}

/** False when somebody else has changed it since `provider.revision - 1` was read. */
export async function writeProvider(db: Db, organizationId: string, provider: Provider): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('providers')
    .set(changeable(provider))
    .where('organization_id', '=', organizationId)
    .where('id', '=', provider.id)
    .where('revision', '=', provider.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const changeable = (provider: Provider) => ({
  slug: provider.slug,
  name: provider.name,
  base_url: provider.baseUrl,
  models: JSON.stringify(provider.models),
  credential_id: provider.credentialId,
  auth: provider.auth,
  timeouts: JSON.stringify(provider.timeouts),
  retries: provider.retries,
  managed_by: provider.managedBy,
  state: provider.state,
  revision: provider.revision,
})

/** No change of the provider: nobody is told, and a change meanwhile stays. */
export async function writeHealth(db: Db, organizationId: string, id: string, health: Health): Promise<void> {
  await db
    .updateTable('providers')
    .set({ health: JSON.stringify(health) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute()
}

/** Whatever its state, for the feed. */
export async function anyProvider(db: Db, organizationId: string, id: string): Promise<Provider | null> {
  const row = await db
    .selectFrom('providers')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? providerOf(row) : null
}

/** Of every organization, by organization and id; for a snapshot. */
export async function providerIds(
  db: Db,
  after: { readonly organizationId: string; readonly id: string } | null,
  limit: number,
): Promise<{ organizationId: string; id: string }[]> {
  const rows = await db
    .selectFrom('providers')
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

/** A live provider by id or slug. */
export async function findProvider(db: Db, organizationId: string, idOrSlug: string): Promise<Provider | null> {
  return (await findProviders(db, organizationId, [idOrSlug])).get(idOrSlug) ?? null
}

/** Live ones, by what they were asked for; who is not there is missing. In one query per 500 names. */
export async function findProviders(
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
): Promise<ReadonlyMap<string, Provider>> {
  const found = new Map<string, Provider>()
  for (let at = 0; at < idsOrSlugs.length; at += 500) {
    const some = idsOrSlugs.slice(at, at + 500)
    const rows = await db.selectFrom('providers').select(columns).where(liveNamed(organizationId, some)).execute()
    const asked = new Set(some)
    for (const row of rows) {
      const provider = providerOf(row)
      for (const name of [row.id, row.slug]) if (asked.has(name)) found.set(name, provider)
    }
  }
  return found
}

const live = (db: Db, organizationId: string) =>
  db.selectFrom('providers').select(columns).where('organization_id', '=', organizationId).where('state', '=', 'active')

export type Page = { readonly after: string | null; readonly limit: number; readonly search?: string | undefined }

/** By slug, as servers. */
export async function listProviders(db: Db, organizationId: string, page: Page): Promise<Provider[]> {
  const { after, search } = page
  const rows = await live(db, organizationId)
    .$if(after !== null, (query) => query.where('slug', '>', after ?? ''))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .orderBy('slug')
    .limit(page.limit)
    .execute()
  return rows.map(providerOf)
}

export async function countProviders(db: Db, organizationId: string, search?: string): Promise<number> {
  const { count } = await db
    .selectFrom('providers')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .executeTakeFirstOrThrow()
  return Number(count)
}

type Use = Pick<Provider, 'id' | 'slug' | 'name'>

/** Live ones of a project: at most `limit` of them, by slug, and how many there are. */
export async function providersOfProject(
  db: Db,
  organizationId: string,
  projectId: string,
  limit: number,
): Promise<{ readonly items: readonly Use[]; readonly total: number }> {
  const ours = db
    .selectFrom('providers')
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('state', '=', 'active')
  const items = await ours.select(['id', 'slug', 'name']).orderBy('slug').limit(limit).execute()
  const { count } = await ours
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return { items, total: Number(count) }
}

/** The live ones that have a model of that id or alias, by slug. */
export async function providersByModel(db: Db, organizationId: string, model: string): Promise<Provider[]> {
  const found = await withText(db, organizationId, JSON.stringify(model))
  return found.filter((provider) => resolveModel(provider, model) !== null)
}

/** The live ones that name models of the provider with this slug as fallbacks. */
export async function providersFallingBackTo(db: Db, organizationId: string, slug: string): Promise<Provider[]> {
  const found = await withText(db, organizationId, `"${slug}/`)
  const isTo = (name: string): boolean => name.startsWith(`${slug}/`)
  return found.filter(({ models }) => models.some(({ fallbacks = [] }) => fallbacks.some(isTo)))
}

/** The text as it stands in the JSON finds the few that can be meant; their models decide. */
async function withText(db: Db, organizationId: string, text: string): Promise<Provider[]> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await live(db, organizationId)
    .where(sql<SqlBool>`models like ${pattern} escape '\\'`)
    .orderBy('slug')
    .execute()
  return rows.map(providerOf)
}

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly project_id: string
  readonly slug: string
  readonly name: string
  readonly dialect: Dialect
  readonly base_url: string
  readonly models: string
  readonly credential_id: string | null
  readonly preset: string | null
  readonly auth: ProviderAuth
  readonly timeouts: string
  readonly retries: number
  readonly health: string | null
  readonly managed_by: string | null
  readonly state: 'active' | 'deleted'
  readonly created_at: number
  readonly created_by: string
  readonly revision: number
}

const Models = z.array(Model)

const providerOf = (row: Row): Provider => ({
  organizationId: row.organization_id,
  id: row.id,
  projectId: row.project_id,
  slug: row.slug,
  name: row.name,
  dialect: row.dialect,
  baseUrl: row.base_url,
  models: Models.parse(JSON.parse(row.models)),
  credentialId: row.credential_id,
  preset: Preset.nullable().parse(row.preset),
  auth: row.auth,
  timeouts: ProviderTimeouts.parse(JSON.parse(row.timeouts)),
  retries: row.retries,
  health: row.health === null ? null : Health.parse(JSON.parse(row.health)),
  managedBy: row.managed_by,
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
