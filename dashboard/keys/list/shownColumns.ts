import type { UrlState } from '../../ui/useUrl.ts'
import { furtherColumns, standardColumns } from './columns.data.ts'

export const allColumns = [...standardColumns, ...furtherColumns] as const
export type ColumnId = (typeof allColumns)[number]

/** `cols=name,key,tags` in the address; without it the standard ones. The name is always there: it opens the key. */
export function shownColumns({ cols }: UrlState): readonly ColumnId[] {
  if (cols === undefined) return standardColumns
  const named = cols.split(',')
  return allColumns.filter((id) => id === 'name' || named.includes(id))
}

/** As it stands in the address; undefined: the standard ones. */
export function columnsText(ids: readonly ColumnId[]): string | undefined {
  const text = allColumns.filter((id) => ids.includes(id)).join(',')
  return text === standardColumns.join(',') ? undefined : text
}
