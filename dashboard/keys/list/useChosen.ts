import { useCallback, useState } from 'react'

/** Keys that were selected, by id, with their names: they stay selected on other pages. */
export type Chosen = ReadonlyMap<string, string>
type Named = { readonly id: string; readonly name: string }

export function useChosen(shown: readonly Named[]) {
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const nameOf = (id: string): string => chosen.get(id) ?? shown.find((key) => key.id === id)?.name ?? id
  const choose = (ids: Iterable<string>) => setChosen(new Map([...ids].map((id) => [id, nameOf(id)])))
  const add = useCallback(
    (keys: readonly Named[]) =>
      setChosen((before) => new Map([...before, ...keys.map(({ id, name }) => [id, name] as const)])),
    [],
  )
  const clear = useCallback(() => setChosen(new Map()), [])
  const drop = (gone: string) => choose([...chosen.keys()].filter((id) => id !== gone))
  return { chosen, choose, add, drop, clear }
}
