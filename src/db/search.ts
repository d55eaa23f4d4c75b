import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** Slug or name: three characters or more anywhere in one, fewer at the start of one. */
export function namedLike(search: string): RawBuilder<SqlBool> {
  const pattern = searchPattern(search)
  return sql<SqlBool>`(slug like ${pattern} escape '\\' or lower(name) like ${pattern} escape '\\')`
}

/** Three characters or more: anywhere; fewer: at the beginning. For `like … escape '\'` on text folded with lower(). */
export function searchPattern(search: string): string {
  // Both stores fold A–Z only (binary collation), so the pattern is folded the same way.
  const folded = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\\%_]/g, '\\$&')
  return [...search].length < 3 ? `${folded}%` : `%${folded}%`
}
