import { keepPreviousData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, type PageOf, queryOf, type Refs } from '../api.ts'

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>
type Path = `/${string}`

/** The first word of a path names what a change of it makes old: `refresh(client, ['keys'])`. */
const keyOf = (path: Path, query: Query = {}) => [path.split('/')[1] ?? '', path, query] as const

export const refresh = (client: QueryClient, resources: readonly string[]): Promise<unknown> =>
  Promise.all(resources.map((resource) => client.invalidateQueries({ queryKey: [resource] })))

const noRefs: Refs = {}

/** One thing. Never use it for an answer that holds a secret: what is read here is kept for minutes. */
export function useOne<T>(path: Path | null, query: Query = {}, every?: { readonly ms: number }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keyOf(path ?? '/', query),
    queryFn: ({ signal }) => ask<T>(`GET ${path ?? '/'}${queryOf(query)}`, { signal }),
    enabled: path !== null,
    ...(every ? { refetchInterval: every.ms } : {}),
  })
  return { data, error, isLoading: isPending && path !== null, retry: refetch }
}

export type List<T> = ReturnType<typeof useList<T>>

/** A list in pages, with the filters that the query names; another filter begins at its first page. */
export function useList<T>(path: Path, query: Query = {}, every?: { readonly ms: number }) {
  const client = useQueryClient()
  const asked = JSON.stringify(query)
  const [at, setAt] = useState<{ asked: string; cursors: readonly string[] }>({ asked, cursors: [] })
  const cursors = at.asked === asked ? at.cursors : []
  const pageAt = (cursor: string | undefined) => ({
    queryKey: keyOf(path, { ...query, cursor }),
    queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
      ask<PageOf<T>>(`GET ${path}${queryOf({ ...query, cursor })}`, { signal }),
  })
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery({
    ...pageAt(cursors.at(-1)),
    // Else the table is empty for a moment at every page.
    placeholderData: keepPreviousData,
    ...(every ? { refetchInterval: every.ms } : {}),
  })
  const next = isPlaceholderData ? null : (data?.nextCursor ?? null)
  return {
    items: data?.items ?? [],
    total: data?.total ?? null,
    /** Names of what the items name by id. */
    refs: data?.refs ?? noRefs,
    page: cursors.length,
    error,
    isLoading: isPending,
    /** What is shown is still the page before. */
    isStale: isPlaceholderData,
    retry: refetch,
    next: next === null ? null : () => setAt({ asked, cursors: [...cursors, next] }),
    /** Reads the next page before somebody asks for it. */
    lookAhead: next === null ? null : () => void client.prefetchQuery(pageAt(next)),
    previous: cursors.length === 0 ? null : () => setAt({ asked, cursors: cursors.slice(0, -1) }),
  }
}

export const useRefresh = () => {
  const client = useQueryClient()
  return (resources: readonly string[]) => refresh(client, resources)
}
