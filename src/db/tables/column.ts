import type { ColumnType } from 'kysely'

/** What columns are made of, alike on both stores. */
export type Ms = number
export type Flag = 0 | 1
export type Json = string
/** Given once, at insert. */
export type Fixed<T> = ColumnType<T, T, never>
