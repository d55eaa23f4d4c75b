/**
 * What a constraint said no to, alike on both stores. Catch it around the unit of work, not inside: after a failed
 * statement the unit only rolls back.
 */
export const isUniqueViolation = (error: unknown): boolean =>
  has(error, 'code', ['23505']) || has(error, 'errcode', [2067, 1555])

export const isForeignKeyViolation = (error: unknown): boolean =>
  has(error, 'code', ['23503', '23001']) || has(error, 'errcode', [787])

/** PostgreSQL has ended one of two units that waited for each other; it may run again. SQLite knows no such thing. */
export const isDeadlock = (error: unknown): boolean => has(error, 'code', ['40P01'])

const has = (error: unknown, name: string, values: readonly unknown[]): boolean =>
  error instanceof Error && values.includes(Reflect.get(error, name))
