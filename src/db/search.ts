import { type RawBuilder, type SqlBool, SqliteAdapter, sql } from 'kysely'
import type { Db } from './database.ts'

/** The one place with two dialects: SQLite looks names up in FTS5 (trigrams), PostgreSQL in a GIN index (pg_trgm). */

/** Slug or name: three characters or more anywhere in one, fewer at the start of one. */
export function namedLike(search: string): RawBuilder<SqlBool> {
  const pattern = searchPattern(search)
  return sql<SqlBool>`(slug like ${pattern} escape '\\' or lower(name) like ${pattern} escape '\\')`
}

/** Three characters or more: anywhere; fewer: at the beginning. For `like … escape '\'` on text folded with lower(). */
export function searchPattern(search: string): string {
  const escaped = folded(search).replace(/[\\%_]/g, '\\$&')
  return isShort(search) ? `${escaped}%` : `%${escaped}%`
}

/** Both stores fold A–Z only (binary collation), so what is looked for is folded the same way. */
const folded = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
const isShort = (search: string): boolean => [...search].length < 3

/** Ids in one text: thousands go to the database and back as one value. */
export type Ids = { readonly text: string; readonly count: number }
/** How far a search for ids goes: so many are counted, and so many collected. */
export type Bounds = { readonly counted: number; readonly collected: number }
export type Matches = {
  /** Null: more than are collected. */
  readonly ids: Ids | null
  /** At most one more than are counted. */
  readonly count: number
  /** False where there may be more of them than that. */
  readonly isAll: boolean
}

/** Of a `select id` without an end. */
export async function idsOf(db: Db, select: RawBuilder<unknown>, { counted, collected }: Bounds): Promise<Matches> {
  const { rows } = await sql<{ count: number; text: string | null }>`select count(*) as count,
    case when count(*) <= ${collected} then string_agg(id, ' ') end as text
    from (${select} limit ${counted + 1}) as found`.execute(db)
  const { count = 0, text = null } = rows[0] ?? {}
  const all = Number(count)
  return { ids: all <= collected ? { text: text ?? '', count: all } : null, count: all, isAll: true }
}

/** A row for each of them, to begin a join with: `wanted.value`. */
export const wanted = (db: Db, { text }: Ids): RawBuilder<unknown> =>
  isSqlite(db)
    ? sql`json_each('["' || replace(${text}, ' ', '","') || '"]') as wanted`
    : sql`unnest(string_to_array(${text}, ' ')) as wanted(value)`

const isSqlite = (db: Db): boolean => db.getExecutor().adapter instanceof SqliteAdapter

/** Keys that are not deleted and whose name matches. */
export function keysNamed(db: Db, organizationId: string, search: string, bounds: Bounds): Promise<Matches> {
  if (isShort(search)) return idsOf(db, namesFrom(organizationId, search), bounds)
  return isSqlite(db)
    ? namesInFts(db, organizationId, search, bounds)
    : namesInTrigrams(db, organizationId, search, bounds)
}

function namesFrom(organizationId: string, search: string): RawBuilder<unknown> {
  const from = folded(search)
  const to = following(from)
  return sql`select key_id as id from key_names where organization_id = ${organizationId} and name >= ${from}
    and ${to === null ? sql`1 = 1` : sql`name < ${to}`}`
}

/** The smallest text behind all that begin so, in the order of code points, which is that of both stores; null: none is. */
export function following(start: string): string | null {
  const points = Array.from(start, (point) => point.codePointAt(0) ?? 0)
  while (points.length > 0) {
    const last = points.pop() ?? 0
    // Between the two lie surrogates, which are no characters.
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return null
}

async function namesInFts(db: Db, organizationId: string, search: string, bounds: Bounds): Promise<Matches> {
  // In quotes nothing of FTS5's language has a meaning.
  const phrase = `"${folded(search).replaceAll('"', '""')}"`
  // Numbers of one organization stand together.
  const first = sql`(select number << 32 from organization_numbers where organization_id = ${organizationId})`
  const numbers = sql`select rowid as id from key_name_parts where key_name_parts match ${phrase}
    and rowid between ${first} and ${first} + 4294967295`
  const found = await idsOf(db, numbers, bounds)
  if (found.ids === null || found.count === 0) return found
  const { rows } = await sql<{ text: string }>`select string_agg(key_names.key_id, ' ') as text
    from ${wanted(db, found.ids)} cross join key_names
    where key_names.number = cast(wanted.value as integer) and key_names.organization_id = ${organizationId}`.execute(
    db,
  )
  return { ...found, ids: { text: rows[0]?.text ?? '', count: found.count } }
}

/** Looked at before the index is asked: what is found so often there is found soon enough in any order. */
const sampled = 1000

/** The index of trigrams finds all or nothing, so it is asked for what is rare; the rest is counted among the first. */
async function namesInTrigrams(db: Db, organizationId: string, search: string, bounds: Bounds): Promise<Matches> {
  const sample = await lookThrough(db, organizationId, search, { ...bounds, counted: sampled })
  // More than a half per cent: to collect them all would cost more than to walk until a page is full.
  const isRare = sample.count <= sampled / 200
  if (sample.isAll) return sample
  if (!isRare || !(await hasTrigrams(db, search))) return lookThrough(db, organizationId, search, bounds)
  // All of them, and not until there are enough: so the plan is the index, and not a scan that hopes for an early end.
  const all = sql`select id from (with named as materialized (select key_id as id from key_names
    where organization_id = ${organizationId} and name like ${searchPattern(search)} escape '\\')
    select id from named) as all_named`
  return pastPolicies(db, () => idsOf(db, all, bounds))
}

/** So many names, whatever is in them. Ids are random, so that the first by id are as any others. */
async function lookThrough(
  db: Db,
  organizationId: string,
  search: string,
  { counted, collected }: Bounds,
): Promise<Matches> {
  const first = sql`select key_id, name from key_names where organization_id = ${organizationId}
    order by key_id limit ${counted + 1}`
  const { rows } = await sql<{ seen: number; count: number; text: string | null }>`select count(*) as seen,
    count(id) as count, string_agg(id, ' ') as text from (select case when name like ${searchPattern(search)} escape '\\'
      then key_id end as id from (${first}) as first) as looked_at`.execute(db)
  const { seen = 0, count = 0, text = null } = rows[0] ?? {}
  const isAll = Number(seen) <= counted
  const ids = isAll && Number(count) <= collected ? { text: text ?? '', count: Number(count) } : null
  return { ids, count: Number(count), isAll }
}

/**
 * PostgreSQL does not ask an index for `like` before a row's policy has let it through, and so never for trigrams. Here
 * the organization stands in the query alone; what is found is read again as everything else is, under the policies.
 */
async function pastPolicies<T>(db: Db, ask: () => Promise<T>): Promise<T> {
  await sql`savepoint search`.execute(db)
  await sql`set local role ostiary_system`.execute(db)
  const found = await ask()
  await sql`rollback to savepoint search`.execute(db)
  return found
}

/** Of signs alone there are no trigrams, nor of letters which the database's locale takes for signs. */
async function hasTrigrams(db: Db, search: string): Promise<boolean> {
  if (/[a-z0-9]{3}/i.test(search)) return true
  const [word] = (search.match(/[\p{L}\p{N}]{3,}/gu) ?? []).toSorted((one, other) => other.length - one.length)
  if (word === undefined) return false
  const { rows } = await sql<{ parts: number }>`select cardinality(show_trgm(${word})) as parts`.execute(db)
  return Number(rows[0]?.parts ?? 0) > 3
}
