import { z } from 'zod'
import type { Database, Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { findOrganization } from '../people/store.ts'
import type { ResolveServers } from './create.ts'
import { KeyView } from './schema.ts'
import type { StoredKey } from './store.ts'
import { namedServers, viewOf } from './view.ts'

/** Slug and name of every object whose id stands in the answer. */
export const Refs = z.record(z.string(), z.strictObject({ slug: z.string(), name: z.string() }))
type Refs = z.infer<typeof Refs>
export const One = z.strictObject({ key: KeyView, refs: Refs })

export type ShowDeps = {
  readonly read: Database['read']
  readonly resolveServers: ResolveServers
  readonly now: () => number
}

export const showOne =
  (deps: ShowDeps) =>
  ({ organizationId }: Actor, key: StoredKey): Promise<z.infer<typeof One>> =>
    deps.read(organizationId, async (db) => {
      const { items, refs } = await showAll(deps, db, organizationId, [key])
      const [view] = items
      if (!view) throw new Error('one key has one view')
      return { key: view, refs }
    })

export async function showAll(
  deps: Omit<ShowDeps, 'read'>,
  db: Db,
  organizationId: string,
  keys: readonly StoredKey[],
): Promise<{ items: KeyView[]; refs: Refs }> {
  const organization = await findOrganization(db, organizationId)
  if (!organization) throw new Error('the organization of a key is gone')
  const ids = [...new Set(keys.flatMap(({ record }) => namedServers(record)))]
  const servers = ids.length === 0 ? [] : (await deps.resolveServers(db, organizationId, ids)).values()
  return {
    items: keys.map((key) => viewOf(key, organization.maxStalenessSeconds, deps.now())),
    refs: Object.fromEntries([...servers].map(({ id, slug, name }) => [id, { slug, name }])),
  }
}
