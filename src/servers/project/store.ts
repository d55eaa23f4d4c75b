import { sql } from 'kysely'
import type { Db } from '../../db/database.ts'

/** The live servers of a project by slug, at most `limit`, and how many there are. */
export async function serversOfProject(
  db: Db,
  organizationId: string,
  projectId: string,
  limit: number,
): Promise<{ items: { id: string; slug: string; name: string }[]; total: number }> {
  const items = await liveIn(db, organizationId, projectId)
    .select(['id', 'slug', 'name'])
    .orderBy('slug')
    .limit(limit)
    .execute()
  const { count } = await liveIn(db, organizationId, projectId)
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return { items, total: Number(count) }
}

/** All live servers of these projects, of which a key names at most 100. */
export async function liveServersIn(
  db: Db,
  organizationId: string,
  projectIds: readonly string[],
): Promise<{ id: string; slug: string; name: string; project: string }[]> {
  if (projectIds.length === 0) return []
  return db
    .selectFrom('servers')
    .select(['id', 'slug', 'name', 'project_id as project'])
    .where('organization_id', '=', organizationId)
    .where('project_id', 'in', projectIds)
    .where('state', '=', 'active')
    .orderBy('slug')
    .execute()
}

const liveIn = (db: Db, organizationId: string, projectId: string) =>
  db
    .selectFrom('servers')
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('state', '=', 'active')

export type EncryptedEnv = { readonly id: string; readonly blob: string }

/** Of the live servers of the project that have variables, in pages by id. */
export async function envsOfProject(
  db: Db,
  organizationId: string,
  projectId: string,
  after: string,
  limit: number,
): Promise<EncryptedEnv[]> {
  return liveIn(db, organizationId, projectId)
    .select(['id', 'env_blob as blob'])
    .where('env_blob', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .$narrowType<{ blob: string }>()
    .execute()
}

/** The revision stays: what gateways hold of the server is the same. In one statement, as there may be many. */
export async function replaceEnvs(db: Db, organizationId: string, envs: readonly EncryptedEnv[]): Promise<void> {
  if (envs.length === 0) return
  const values = envs.map(({ id, blob }) => sql`(${id}, ${blob})`)
  await sql`update servers set env_blob = moved.column2 from (values ${sql.join(values)}) as moved
    where organization_id = ${organizationId} and id = moved.column1 and state = 'active'`.execute(db)
}
