import type { Db } from '../../db/database.ts'
import type { Target } from '../../limits/schema.ts'

const tables = {
  project: 'projects',
  member: 'members',
  team: 'teams',
  app: 'apps',
  key: 'keys',
} as const

/** Of what a budget is about, also of what is no more; its id where it has no name. */
export async function nameOfTarget(db: Db, organizationId: string, { type, id }: Target): Promise<string> {
  if (type === 'organization') return (await nameOfOrganization(db, organizationId)) ?? id
  if (type !== 'project' && type !== 'member' && type !== 'team' && type !== 'app' && type !== 'key') return id
  const row = await db
    .selectFrom(tables[type])
    .select('name')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.name ?? id
}

const nameOfOrganization = async (db: Db, id: string): Promise<string | null> =>
  (await db.selectFrom('organizations').select('name').where('id', '=', id).executeTakeFirst())?.name ?? null
