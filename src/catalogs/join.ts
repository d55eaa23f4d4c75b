import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import { refusalOfManaged } from '../people/managed.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { addTo } from './content/store.ts'
import { catalogsNamed, growRevision, joinedByNew } from './store.ts'

export type Joining = {
  readonly kind: 'server' | 'provider'
  readonly id: string
  /** Ids or slugs; undefined: the one that new ones join. Empty is none. */
  readonly catalogs: readonly string[] | undefined
  readonly at: number
  /** On whose behalf it was made: into a managed catalog nobody else puts something by its name. */
  readonly configuration?: string | undefined
}
/** Ids of the catalogs, and the row of the last news; null: there was none. */
export type Joined = { readonly catalogs: readonly string[]; readonly rowId: number | null }

/** In the unit of work that makes it. A refusal takes back what that unit has written so far. */
export async function joinCatalogs(db: Db, organizationId: string, joining: Joining): Promise<Result<Joined>> {
  const named = await idsOf(db, organizationId, joining)
  if (!named.ok) return named
  let rowId: number | null = null
  for (const id of named.value) {
    if (!(await growRevision(db, organizationId, id))) return refuse('invalid', vanished)
    await addTo(db, organizationId, id, `${joining.kind}s`, [joining.id])
    rowId = await announce(db, organizationId, { kind: 'catalog', id, at: joining.at })
  }
  return ok({ catalogs: named.value, rowId })
}

const vanished = {
  detail: 'A catalog that it was to join was deleted at this moment.',
  errors: [{ pointer: '/catalogs', detail: 'names a catalog that was deleted at this moment' }],
}

/** In the order of ids: whoever locks several catalogs does it in the same one. */
const idsOf = async (
  db: Db,
  organizationId: string,
  { catalogs, configuration }: Joining,
): Promise<Result<string[]>> => {
  if (catalogs === undefined) {
    const joined = await joinedByNew(db, organizationId)
    return ok(joined ? [joined.id] : [])
  }
  const names = catalogs.map(knownForm)
  const found = await catalogsNamed(db, organizationId, names.filter(Boolean))
  for (const catalog of found.values()) {
    const managed = refusalOfManaged(configuration === undefined ? {} : { configuration }, catalog)
    if (managed) return managed
  }
  const ids = names.map((name) => found.get(name)?.id)
  const errors = ids.flatMap((id, i) =>
    id === undefined ? [{ pointer: `/catalogs/${i}`, detail: 'names no catalog' }] : [],
  )
  if (errors.length > 0) return refuse('invalid', { detail: 'It cannot join what is not there; see errors.', errors })
  return ok([...new Set(ids.filter((id) => id !== undefined))].toSorted())
}
