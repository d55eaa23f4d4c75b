import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import type { CatalogDeps } from './deps.ts'
import type { CatalogView } from './schema.ts'

export type Happened = {
  readonly action: 'catalog.created' | 'catalog.updated' | 'catalog.deleted'
  readonly before?: CatalogView
  readonly after?: CatalogView
}

/** Audit event and news of one change, beside its rows; answers the row of the news. */
export async function recordChange(
  deps: Pick<CatalogDeps, 'newId' | 'now'>,
  db: Db,
  actor: Actor,
  requestId: string,
  { id, name }: Pick<CatalogView, 'id' | 'name'>,
  happened: Happened,
): Promise<number> {
  const at = deps.now()
  await insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    subject: { kind: 'catalog', id, name },
    ...happened,
  })
  return announce(db, actor.organizationId, { kind: 'catalog', id, at })
}
