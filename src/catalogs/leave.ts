import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import { catalogsHolding, takeFrom } from './content/store.ts'
import { growRevision } from './store.ts'

export type Leaving = {
  readonly kind: 'server' | 'provider' | 'team' | 'member'
  readonly id: string
  readonly at: number
}

/**
 * Takes what is no more out of every catalog, in the unit of work that ends it; answers which those were and the row of the
 * last news, null when it stood in none. Before the row itself changes its slug: on PostgreSQL that locks out a catalog that is being
 * changed, and each would wait for the other.
 */
export async function leaveCatalogs(
  db: Db,
  organizationId: string,
  { kind, id, at }: Leaving,
): Promise<{ readonly catalogs: string[]; readonly rowId: number | null }> {
  const catalogs: string[] = []
  let rowId: number | null = null
  for (const catalogId of await catalogsHolding(db, organizationId, `${kind}s`, id)) {
    if (!(await growRevision(db, organizationId, catalogId))) continue
    await takeFrom(db, organizationId, catalogId, `${kind}s`, [id])
    catalogs.push(catalogId)
    rowId = await announce(db, organizationId, { kind: 'catalog', id: catalogId, at })
  }
  return { catalogs, rowId }
}
