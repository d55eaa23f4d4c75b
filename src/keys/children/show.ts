import type { Database, Db } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import type { Directory } from '../directory.ts'
import type { KeyRecord } from '../schema.ts'
import type { ChildView } from './schema.ts'
import { ancestorsOf, isRevokedWith, type StoredChild } from './store.ts'
import { namedBy, viewOf } from './view.ts'

export type ShowChildDeps = {
  readonly read: Database['read']
  readonly directory: Pick<Directory, 'servers' | 'providers'>
  readonly now: () => number
}
export type ShownChildren = { readonly items: ChildView[]; readonly refs: Refs }

/** Inside a unit of work. */
export async function showChildren(
  { directory, now }: Omit<ShowChildDeps, 'read'>,
  db: Db,
  key: KeyRecord,
  children: readonly StoredChild[],
): Promise<ShownChildren> {
  const ancestors = await ancestorsOf(db, key.organization, children)
  const items = children.map((child) =>
    viewOf(child, { key, isRevoked: isRevokedWith(child, ancestors(child)) }, now()),
  )
  const named = children.map(namedBy)
  const refs = new Map<string, { slug: string | null; name: string }>()
  for (const kind of ['servers', 'providers'] as const) {
    const ids = [...new Set(named.flatMap((of) => of[kind]))]
    const found = ids.length === 0 ? new Map() : await directory[kind](db, key.organization, ids)
    for (const { id, slug, name } of found.values()) refs.set(id, { slug, name })
  }
  return { items, refs: Object.fromEntries(refs) }
}

export async function showChild(deps: Omit<ShowChildDeps, 'read'>, db: Db, key: KeyRecord, child: StoredChild) {
  const { items, refs } = await showChildren(deps, db, key, [child])
  const [view] = items
  if (!view) throw new Error('one child has one view')
  return { child: view, refs }
}
