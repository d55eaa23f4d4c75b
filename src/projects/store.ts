import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { liveNamed } from '../db/named.ts'
import { namedLike } from '../db/search.ts'
import type { ProjectRecord, Tier } from './schema.ts'

export type Project = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly tier: Tier
  readonly isDefault: boolean
  /** The configuration that manages it. */
  readonly managedBy: string | null
  readonly createdAt: number
  readonly revision: number
}

const columns = ['id', 'slug', 'name', 'tier', 'is_default', 'managed_by', 'created_at', 'revision'] as const

type NewProject = Omit<Project, 'revision' | 'managedBy'> & { readonly managedBy?: string | null }

export async function insertProject(db: Db, organizationId: string, project: NewProject): Promise<void> {
  const { id, slug, name, tier } = project
  await db
    .insertInto('projects')
    .values({
      organization_id: organizationId,
      id,
      slug,
      name,
      tier,
      is_default: project.isDefault ? 1 : 0,
      managed_by: project.managedBy ?? null,
      created_at: project.createdAt,
    })
    .execute()
}

/** False when somebody else has changed it since `project.revision - 1` was read. */
export async function writeProject(db: Db, organizationId: string, project: Project): Promise<boolean> {
  const { slug, name, tier, isDefault, managedBy, revision } = project
  const { numUpdatedRows } = await db
    .updateTable('projects')
    .set({ slug, name, tier, is_default: isDefault ? 1 : 0, managed_by: managedBy, revision })
    .where('organization_id', '=', organizationId)
    .where('id', '=', project.id)
    .where('state', '=', 'active')
    .where('revision', '=', revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The row stays, so that its id is never another project and its name is known; the slug is free. Never the default one. */
export async function buryProject(db: Db, organizationId: string, project: Project): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('projects')
    .set({ state: 'deleted', slug: project.id, revision: project.revision + 1 })
    .where('organization_id', '=', organizationId)
    .where('id', '=', project.id)
    .where('state', '=', 'active')
    .where('is_default', '=', 0)
    .where('revision', '=', project.revision)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const live = (db: Db, organizationId: string) =>
  db.selectFrom('projects').select(columns).where('organization_id', '=', organizationId).where('state', '=', 'active')

/** A live one by id or slug, as everywhere in REST. */
export async function findProject(db: Db, organizationId: string, idOrSlug: string): Promise<Project | null> {
  return (await projectsNamed(db, organizationId, [idOrSlug])).get(idOrSlug) ?? null
}

/** Live ones, by what they were asked for; who is not there is missing. */
export async function projectsNamed(
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
): Promise<ReadonlyMap<string, Project>> {
  const found = new Map<string, Project>()
  for (let at = 0; at < idsOrSlugs.length; at += 500) {
    const some = idsOrSlugs.slice(at, at + 500)
    const rows = await db.selectFrom('projects').select(columns).where(liveNamed(organizationId, some)).execute()
    for (const row of rows) found.set(row.id, projectOf(row)).set(row.slug, projectOf(row))
  }
  return found
}

/** For names in answers, which outlive what they name: those that were deleted, too. */
export async function findProjects(db: Db, organizationId: string, ids: readonly string[]): Promise<Project[]> {
  if (ids.length === 0) return []
  const ours = db.selectFrom('projects').select(columns).where('organization_id', '=', organizationId)
  return (await ours.where('id', 'in', ids).execute()).map(projectOf)
}

/** Where what names no project belongs. */
export async function defaultProject(db: Db, organizationId: string): Promise<Project> {
  return projectOf(await live(db, organizationId).where('is_default', '=', 1).executeTakeFirstOrThrow())
}

export type Page = {
  readonly after: { readonly name: string; readonly id: string } | null
  readonly limit: number
  readonly search: string | undefined
}

export async function listProjects(db: Db, organizationId: string, page: Page): Promise<Project[]> {
  const { after, search } = page
  const rows = await live(db, organizationId)
    .$if(after !== null, (query) => query.where(sql<SqlBool>`(name, id) > (${after?.name ?? ''}, ${after?.id ?? ''})`))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .orderBy('name')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(projectOf)
}

export async function countProjects(db: Db, organizationId: string, search: string | undefined): Promise<number> {
  const { count } = await db
    .selectFrom('projects')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** As gateways hold it; null: there is none, or it was deleted. */
export async function projectRecord(db: Db, organizationId: string, id: string): Promise<ProjectRecord | null> {
  const row = await db
    .selectFrom('projects')
    .select(recordColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row ? recordOf(row) : null
}

/** In pages, by organization and id; of one organization, or of all (as `ostiary_system`) when it is null. */
export async function projectRecords(
  db: Db,
  organizationId: string | null,
  after: { readonly organization: string; readonly id: string } | null,
  limit: number,
): Promise<ProjectRecord[]> {
  const rows = await db
    .selectFrom('projects')
    .select(recordColumns)
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(recordOf)
}

const recordColumns = ['organization_id', 'id', 'slug', 'tier', 'revision'] as const
type RecordRow = { organization_id: string; id: string; slug: string; tier: Tier; revision: number }

const recordOf = ({ organization_id: organization, ...row }: RecordRow): ProjectRecord => ({
  kind: 'project',
  organization,
  ...row,
})

type Row = {
  id: string
  slug: string
  name: string
  tier: Tier
  is_default: number
  managed_by: string | null
  created_at: number
  revision: number
}

export const projectColumns = columns
export const projectOf = ({ is_default, managed_by, created_at, ...row }: Row): Project => ({
  ...row,
  isDefault: is_default === 1,
  managedBy: managed_by,
  createdAt: created_at,
})
