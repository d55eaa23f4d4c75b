import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/database.ts'
import {
  type Bounds,
  following,
  type Ids,
  idsOf,
  keysNamed,
  type Matches,
  searchPattern,
  wanted,
} from '../../../db/search.ts'
import type { KeyStatus } from '../../schema.ts'
import type { SortName } from '../order.ts'

export type Filter = {
  readonly search?: string | undefined
  readonly status?: KeyStatus | undefined
  /** One of these must be the owner; null: whoever it is. */
  readonly ownerIds: readonly string[] | null
  readonly projectId?: string | undefined
  /** Its own choice admits this server, and one of its projects holds it. */
  readonly server?: { readonly id: string; readonly project: string } | undefined
  readonly tag?: string | undefined
  /** Not ended yet, and will have by then. */
  readonly expiresBy?: number | undefined
  /** Neither used since then nor made since then. */
  readonly unusedSince?: number | undefined
}

/** One thing that a row must be, said in two ways. */
export type Condition = {
  /** Of a row of `keys`; in a form that no index answers, so that a list in order stays one in order. */
  readonly isMet: RawBuilder<SqlBool>
  /** `select id` of the live keys that meet it (at least of those), from an index; a search has its own. */
  readonly select: RawBuilder<unknown> | null
  /** Whether `select` finds these and no others. */
  readonly isExact: boolean
  /** Where in these orders they stand, in the words of the indexes: who walks there need not come from the far end. */
  readonly within?: { readonly [S in SortName]?: RawBuilder<SqlBool> }
}

export const live = sql<SqlBool>`keys.state <> 'deleted'`
/** All that conditions and orders speak of: chosen first and looked at then, where a plan must not mix the two. */
export const plainColumns: RawBuilder<unknown> = sql.join(
  [
    'organization_id',
    'id',
    'token_kind',
    'name',
    'owner_id',
    'owner_name',
    'state',
    'created_at',
    'expiry_order',
    'last_used_at',
    'use_order',
    'requests',
    'mcp_servers',
  ].map((column) => sql.ref(`keys.${column}`)),
)
/** The rows of these ids, and only then what is asked of them: else a plan may begin with the questions. */
export const rowsAmong = (db: Db, organizationId: string, ids: Ids): RawBuilder<unknown> =>
  sql`(select ${plainColumns} from ${wanted(db, ids)} cross join keys
    where keys.organization_id = ${organizationId} and keys.id = wanted.value and ${live})`
const expiry = sql.ref('keys.expiry_order')
/** In the words of its index. */
const lastSeen = sql`coalesce(keys.last_used_at, keys.created_at)`

/** What costs least is asked first of a row. */
export function conditionsOf(organizationId: string, filter: Filter, now: number): Condition[] {
  const { ownerIds, tag, search, projectId, server, expiresBy, status, unusedSince } = filter
  const ofKeys = (isMet: RawBuilder<SqlBool>): RawBuilder<unknown> =>
    sql`select id from keys where organization_id = ${organizationId} and ${live} and ${isMet}`
  return [
    ...(ownerIds === null ? [] : [ownedBy(ofKeys, ownerIds)]),
    ...(expiresBy === undefined ? [] : [expiringBy(ofKeys, expiresBy, now)]),
    ...(status === undefined ? [] : [standing(ofKeys, status, now)]),
    ...(unusedSince === undefined ? [] : [unused(ofKeys, unusedSince)]),
    ...(search === undefined ? [] : [{ isMet: matching(search), select: null, isExact: true }]),
    ...(tag === undefined ? [] : [listed('key_tags', 'tag', tag, organizationId)]),
    ...(projectId === undefined ? [] : [listed('key_projects', 'project_id', projectId, organizationId)]),
    ...(server === undefined ? [] : [admitting(server, organizationId)]),
  ]
}

type OfKeys = (isMet: RawBuilder<SqlBool>) => RawBuilder<unknown>

function ownedBy(ofKeys: OfKeys, ownerIds: readonly string[]): Condition {
  if (ownerIds.length === 0) return { isMet: sql`1 = 0`, select: ofKeys(sql`1 = 0`), isExact: true }
  const ids = sql.join(ownerIds)
  return {
    isMet: sql`coalesce(keys.owner_id, '') in (${ids})`,
    select: ofKeys(sql`keys.state in ('active', 'suspended', 'revoked') and keys.owner_id in (${ids})`),
    isExact: true,
  }
}

/** Counted and not asked whether it is there: that would be made a join, which has no order. */
const has = (table: string, column: string, value: string): RawBuilder<SqlBool> =>
  sql`(select count(*) from ${sql.table(table)} as other where other.organization_id = keys.organization_id
    and other.key_id = keys.id and other.${sql.raw(column)} = ${value}) > 0`

/** Of a tombstone there is nothing in these tables. */
const listed = (
  table: 'key_tags' | 'key_projects',
  column: string,
  value: string,
  organizationId: string,
): Condition => ({
  isMet: has(table, column, value),
  select: sql`select key_id as id from ${sql.table(table)}
    where organization_id = ${organizationId} and ${sql.ref(column)} = ${value}`,
  isExact: true,
})

/** As access/decide.ts reads the same choice: a list and a call must not disagree. */
function admitting({ id, project }: NonNullable<Filter['server']>, organizationId: string): Condition {
  const inside = listed('key_projects', 'project_id', project, organizationId)
  const isNamed = has('key_servers', 'server_id', id)
  return {
    isMet: sql`${inside.isMet} and (keys.mcp_servers = 'all' or (keys.mcp_servers = 'only' and ${isNamed})
      or (keys.mcp_servers = 'except' and not ${isNamed}))`,
    select: inside.select,
    isExact: false,
  }
}

function expiringBy(ofKeys: OfKeys, by: number, now: number): Condition {
  const isSoon = sql<SqlBool>`${expiry} > ${now} and ${expiry} <= ${by}`
  return {
    isMet: sql`coalesce(keys.state, '') in ('active', 'suspended') and ${unindexed(isSoon)}`,
    select: ofKeys(sql`keys.state in ('active', 'suspended') and ${isSoon}`),
    isExact: true,
    within: { expiresAt: isSoon },
  }
}

function standing(ofKeys: OfKeys, status: KeyStatus, now: number): Condition {
  const state = status === 'inactive' ? 'suspended' : status === 'revoked' ? 'revoked' : 'active'
  const isOver = status === 'expired' ? sql<SqlBool>`${expiry} <= ${now}` : sql<SqlBool>`${expiry} > ${now}`
  const isInTime = state === 'active' ? isOver : sql<SqlBool>`1 = 1`
  return {
    isMet: sql`coalesce(keys.state, '') = ${state} and ${unindexed(isInTime)}`,
    select: ofKeys(sql`keys.state = ${state} and ${isInTime}`),
    isExact: true,
    within: { status: sql`keys.state = ${state} and ${isInTime}`, expiresAt: isInTime },
  }
}

function unused(ofKeys: OfKeys, since: number): Condition {
  const isStale = sql<SqlBool>`${lastSeen} < ${since}`
  const within = {
    createdAt: sql<SqlBool>`keys.created_at < ${since}`,
    lastUsedAt: sql<SqlBool>`keys.use_order < ${since}`,
  }
  return { isMet: unindexed(isStale), select: ofKeys(isStale), isExact: true, within }
}

const unindexed = (isMet: RawBuilder<unknown>): RawBuilder<SqlBool> => sql`case when ${isMet} then 1 else 0 end = 1`

/** Three characters or more: anywhere in the name; fewer: at its start. Always: at the start of the preview, exactly. */
function matching(search: string): RawBuilder<SqlBool> {
  const isNamed = sql<SqlBool>`lower(keys.name) like ${searchPattern(search)} escape '\\'`
  if (idsPreviewed(search) === null) return isNamed
  const preview = sql`'ost' || keys.token_kind || '_' || substr(keys.id, 5)`
  return sql`(${isNamed} or substr(${preview}, 1, ${sql.lit([...search].length)}) = ${search})`
}

/** What ids begin with, of keys whose preview begins so: null where that is no preview, `all` where too many have it. */
export function idsPreviewed(search: string): string | 'all' | null {
  if (['ostk_', 'ostu_'].some((preview) => preview.startsWith(search))) return 'all'
  const [, id16 = ''] = /^ost[ku]_([0-9A-Za-z]+)$/.exec(search) ?? []
  if (id16 === '') return null
  return id16.length === 1 ? 'all' : `key_${id16}`
}

/** Live keys that match a search, by name or by preview; null: nearly all of them, and nobody has counted. */
export async function searched(
  db: Db,
  organizationId: string,
  search: string,
  bounds: Bounds,
): Promise<Matches | null> {
  const start = idsPreviewed(search)
  if (start === 'all') return null
  const named = await keysNamed(db, organizationId, search, bounds)
  if (start === null) return named
  const shown = sql`select id from keys where organization_id = ${organizationId} and ${live}
    and id >= ${start} and id < ${following(start)} and ${matching(search)}`
  const previewed = await idsOf(db, shown, bounds)
  if (named.ids === null || previewed.ids === null) return { ids: null, count: previewed.count, isAll: false }
  const both = [...named.ids.text.split(' '), ...previewed.ids.text.split(' ')]
  const all = [...new Set(both)].filter((id) => id !== '')
  const ids = all.length > bounds.collected ? null : { text: all.join(' '), count: all.length }
  return { ids, count: all.length, isAll: true }
}
