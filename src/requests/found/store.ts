import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { searchPattern } from '../../db/search.ts'
import type { Tables } from '../../db/tables.ts'
import { type Asked, couldHold } from '../filter.ts'

/** A call's place among all, newest first. */
export type Place = { readonly at: number; readonly place: number }
export type Found = {
  readonly rows: readonly Row[]
  /** Where the search for them ended before the log did; the next page goes on from there. */
  readonly lookedTo: Place | null
}
export type Row = Awaited<ReturnType<typeof rowsOf>>[number]

/** Rows that one page looks at, whatever it finds among them. */
export const seenAtMost = 20_000
/** Beyond that many, calls are looked through and not each owner's. */
const ownersApart = 20

/** Calls of one organization, newest first, behind a place. */
export async function findRequests(
  db: Db,
  organizationId: string,
  asked: Asked,
  before: Place | null,
  limit: number,
): Promise<Found> {
  const roads = roadsOf(asked)
  const seen = Math.floor(seenAtMost / roads.length)
  const parts: Found[] = []
  for (const road of roads) {
    const look = { organizationId, road, asked, before, seen }
    const rows = await rowsOf(db, look, limit)
    parts.push({ rows, lookedTo: rows.length < limit ? await lastSeen(db, look) : null })
  }
  const [only] = parts
  if (only && parts.length === 1) return only
  const [lookedTo = null] = parts.flatMap((part) => part.lookedTo ?? []).toSorted(newestFirst)
  const rows = parts
    .flatMap((part) => part.rows)
    // Behind that place one road has calls which nobody has looked at yet.
    .filter((row) => lookedTo === null || newestFirst(row, lookedTo) <= 0)
    .toSorted(newestFirst)
  return { rows: rows.slice(0, limit), lookedTo }
}

const newestFirst = (one: Place, other: Place): number => other.at - one.at || other.place - one.place

/** What an index finds in this order: all calls, those of a key, or those of an owner. */
type Road = { readonly key?: string; readonly owner?: string }

function roadsOf({ key, owners }: Asked): Road[] {
  if (key !== null) return [{ key }]
  return owners !== null && owners.length > 0 && owners.length <= ownersApart
    ? owners.map((owner) => ({ owner }))
    : [{}]
}

type Look = {
  readonly organizationId: string
  readonly road: Road
  readonly asked: Asked
  readonly before: Place | null
  /** Rows that are looked at. */
  readonly seen: number
}

const along = (db: Db, { organizationId, road: { key, owner }, asked: { from, to }, before }: Look) =>
  db
    .selectFrom('requests')
    .where('organization_id', '=', organizationId)
    .$if(key !== undefined, (query) => query.where('key_id', '=', key ?? ''))
    .$if(owner !== undefined, (query) => query.where('owner_id', '=', owner ?? ''))
    .$if(from !== null, (query) => query.where('at', '>=', from ?? 0))
    .$if(to !== null, (query) => query.where('at', '<', to ?? 0))
    .$if(before !== null, (query) =>
      query.where(sql<boolean>`(at, place) < (cast(${before?.at} as bigint), cast(${before?.place} as bigint))`),
    )
    .orderBy('at', 'desc')
    .orderBy('place', 'desc')

const columns = [
  'id',
  'at',
  'place',
  'kind',
  'gateway_id',
  'key_id',
  'key_name',
  'version',
  'child',
  'owner_type',
  'owner_id',
  'project_id',
  'server_id',
  'tool',
  'provider_id',
  'model',
  'method',
  'admitted',
  'status',
  'code',
  'rule',
  'input',
  'output',
  'cached',
  'cache_write',
  'reasoning',
  'estimated',
  'cost',
  'latency_ms',
  'first_byte_ms',
  'address',
  'client',
  'metadata',
] as const

const rowsOf = (db: Db, look: Look, limit: number) =>
  db
    .selectFrom(along(db, look).select(columns).limit(look.seen).as('requests'))
    .select(columns)
    .where((row) => row.and(conditionsOf(row, look.asked)))
    .orderBy('at', 'desc')
    .orderBy('place', 'desc')
    .limit(limit)
    .execute()

/** Null: there are no more than were looked at. */
async function lastSeen(db: Db, look: Look): Promise<Place | null> {
  const last = await along(db, look)
    .select(['at', 'place'])
    .offset(look.seen - 1)
    .limit(1)
    .executeTakeFirst()
  return last ?? null
}

type Looked = ExpressionBuilder<Tables, 'requests'>

const conditionsOf = (row: Looked, asked: Asked): Expression<SqlBool>[] => [
  ...(asked.owners === null ? [] : [ownedBy(row, asked.owners)]),
  ...(asked.project === null ? [] : [row('project_id', '=', asked.project)]),
  ...(asked.server === null ? [] : [row('server_id', '=', asked.server)]),
  ...(asked.provider === null ? [] : [row('provider_id', '=', asked.provider)]),
  ...(asked.kind === null ? [] : [row('kind', '=', asked.kind)]),
  ...(asked.tool === null ? [] : [row('tool', '=', asked.tool)]),
  ...(asked.model === null ? [] : [row('model', '=', asked.model)]),
  ...(asked.status === null ? [] : [row('status', '=', asked.status)]),
  ...(asked.code === null ? [] : [row('code', '=', asked.code)]),
  ...(asked.admitted === null ? [] : [row('admitted', '=', asked.admitted ? 1 : 0)]),
  ...(asked.address === null ? [] : [calledFrom(row, asked.address)]),
  ...(asked.client === null ? [] : [sql<boolean>`lower(client) like ${searchPattern(asked.client)} escape '\\'`]),
  // Members are told apart for certain when the text is read; here most of what has them not is left out.
  ...asked.metadata.map((member) =>
    row.or(couldHold(member).map((pattern) => sql<boolean>`metadata like ${pattern} escape '\\'`)),
  ),
]

/** Addresses hold no character that is wild. */
const calledFrom = (row: Looked, address: string): Expression<SqlBool> =>
  address.endsWith('.') ? row('address', 'like', `${address}%`) : row('address', '=', address)

/** One statement takes so many parameters on every store. */
const ownersAtOnce = 10_000

const ownedBy = (row: Looked, owners: readonly string[]): Expression<SqlBool> => {
  if (owners.length === 0) return sql<boolean>`1 = 0`
  const parts = Array.from({ length: Math.ceil(owners.length / ownersAtOnce) }, (_, n) =>
    owners.slice(n * ownersAtOnce, (n + 1) * ownersAtOnce),
  )
  return row.or(parts.map((part) => row('owner_id', 'in', part)))
}
