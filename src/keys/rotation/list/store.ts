import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/database.ts'
import { countedTo } from '../../../http/lists.ts'
import type { RotationState } from '../schema.ts'
import { type Rotation, rotationColumns, rotationOf } from '../store.ts'

export type Filter = {
  readonly key?: string | undefined
  readonly state?: RotationState | undefined
  /** Of keys of these owners only; null: of whichever. */
  readonly ownerIds: readonly string[] | null
}
export type Place = { readonly after: readonly [startedAt: number, id: string] | null; readonly limit: number }

/** The last one first. Keys that were deleted have none for anybody. */
export async function listRotations(
  db: Db,
  organizationId: string,
  filter: Filter,
  { after, limit }: Place,
): Promise<Rotation[]> {
  const found: Rotation[] = []
  for (const part of partsOf(filter)) {
    const rows = await within(db, organizationId, part)
      .select(rotationColumns)
      .$if(after !== null, (query) =>
        query.where(sql<SqlBool>`(started_at, id) < (cast(${after?.[0] ?? 0} as bigint), ${after?.[1] ?? ''})`),
      )
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    found.push(...rows.map(rotationOf))
  }
  return found.toSorted(lastFirst).slice(0, limit)
}

/** Up to one more than totals are exact to. */
export async function countRotations(db: Db, organizationId: string, filter: Filter): Promise<number> {
  let total = 0
  for (const part of partsOf(filter)) {
    const counted = within(db, organizationId, part)
      .select('id')
      .limit(countedTo + 1)
    const { count } = await db
      .selectFrom(counted.as('counted'))
      .select((is) => is.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    total += Number(count)
  }
  return total
}

const within = (db: Db, organizationId: string, { key, state, ownerIds }: Filter) =>
  db
    .selectFrom('rotations')
    .where('organization_id', '=', organizationId)
    .$if(key !== undefined, (query) => query.where('key_id', '=', key ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .where((is) =>
      is.exists(
        is
          .selectFrom('keys')
          .select('keys.id')
          .whereRef('keys.organization_id', '=', 'rotations.organization_id')
          .whereRef('keys.id', '=', 'rotations.key_id')
          .where('keys.state', '!=', 'deleted')
          .$if(ownerIds !== null, (query) => query.where('keys.owner_id', 'in', ownerIds ?? [])),
      ),
    )

/** Far below the parameters that one statement takes on either store. */
const ownersAtOnce = 5000

function partsOf(filter: Filter): Filter[] {
  const { ownerIds } = filter
  if (ownerIds === null) return [filter]
  const starts = Array.from({ length: Math.ceil(ownerIds.length / ownersAtOnce) }, (_, n) => n * ownersAtOnce)
  return starts.map((at) => ({ ...filter, ownerIds: ownerIds.slice(at, at + ownersAtOnce) }))
}

const lastFirst = (one: Rotation, other: Rotation): number =>
  other.startedAt - one.startedAt || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)

/** By id: what a page shows beside its rotations. */
export async function namesOfKeys(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
