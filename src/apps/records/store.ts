import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { AppRecord } from '../schema.ts'
import { type App, appColumns, appOf } from '../store.ts'

/** An app as gateways hold it; null: there is none, or it was deleted. */
export async function appRecord(db: Db, organizationId: string, id: string): Promise<AppRecord | null> {
  const row = await db
    .selectFrom('apps')
    .select(appColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row ? recordOf(appOf(row)) : null
}

/** In pages, by organization and id; of one organization, or of all (as `ostiary_system`) when it is null. */
export async function appRecords(
  db: Db,
  organizationId: string | null,
  after: { readonly organization: string; readonly id: string } | null,
  limit: number,
): Promise<AppRecord[]> {
  const rows = await db
    .selectFrom('apps')
    .select(appColumns)
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => recordOf(appOf(row)))
}

const recordOf = (app: App): AppRecord => ({
  kind: 'app',
  organization: app.organizationId,
  id: app.id,
  revision: app.revision,
  name: app.name,
  project: app.projectId,
  owner: { type: app.owner.type, id: app.owner.id },
  tools: app.tools,
  toolsDefault: app.toolsDefault,
  key: app.keyId,
})
