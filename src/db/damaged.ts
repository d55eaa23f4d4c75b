/** The file is no database of SQLite, or not a whole one (SQLITE_CORRUPT, SQLITE_NOTADB, also in their extended forms). */
export const isDamaged = (error: unknown): boolean => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : null
  return typeof code === 'number' && [11, 26].includes(code & 0xff)
}
