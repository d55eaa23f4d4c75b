import type { Db } from '../db/database.ts'

export type Project = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly tier: 'development' | 'staging' | 'production'
}

const columns = ['id', 'slug', 'name', 'tier'] as const

export async function insertProject(
  db: Db,
  organizationId: string,
  project: Project & { readonly isDefault: boolean; readonly createdAt: number },
): Promise<void> {
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
      created_at: project.createdAt,
    })
    .execute()
}

/** By id or slug, as everywhere in REST. */
export async function findProject(db: Db, organizationId: string, idOrSlug: string): Promise<Project | null> {
  const row = await db
    .selectFrom('projects')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where((is) => is.or([is('id', '=', idOrSlug), is('slug', '=', idOrSlug)]))
    .executeTakeFirst()
  return row ?? null
}

export async function findProjects(db: Db, organizationId: string, ids: readonly string[]): Promise<Project[]> {
  if (ids.length === 0) return []
  const ours = db.selectFrom('projects').select(columns).where('organization_id', '=', organizationId)
  return ours.where('id', 'in', ids).execute()
}

/** Where what names no project belongs. */
export async function defaultProject(db: Db, organizationId: string): Promise<Project> {
  return db
    .selectFrom('projects')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('is_default', '=', 1)
    .executeTakeFirstOrThrow()
}
