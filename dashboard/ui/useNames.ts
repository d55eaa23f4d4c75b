import { useList } from './useCalls.ts'

type Named = { readonly id: string; readonly name?: string; readonly slug?: string; readonly email?: string }
type Path = `/${string}`

/** Everything that a list names, by id, for pickers and for showing names instead of ids: the first 200. */
export function useNames(path: Path, query: Readonly<Record<string, string>> = {}) {
  const { items, isLoading, error } = useList<Named>(path, { limit: 200, ...query })
  const labelOf = ({ id, name, slug, email }: Named): string => {
    const said = name ?? slug ?? email ?? id
    return slug !== undefined && slug !== said ? `${said} (${slug})` : said
  }
  const options = items.map((item) => ({ value: item.id, label: labelOf(item) }))
  const nameOf = (id: string): string => items.find((item) => item.id === id)?.name ?? id
  return { options, nameOf, items, isLoading, error }
}
