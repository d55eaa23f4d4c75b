import { useInfiniteQuery } from '@tanstack/react-query'
import type { RequestView } from '../../src/requests/schema.ts'
import { ask, type PageOf, queryOf, type Refs } from '../api.ts'
import { fits, isNarrow, type Narrowing } from './call.ts'

type Query = Readonly<Record<string, string>>
const perPage = 50
/** Where most of a page may not fit, larger ones are looked through. */
const perLook = 200

/** The log, page behind page: each goes on behind the last call that was seen, whatever has come meanwhile. */
export function useCallLog(query: Query, narrowing: Narrowing, isOn: boolean) {
  const limit = isNarrow(narrowing) ? perLook : perPage
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['requests', '/requests', { ...query, limit }],
    queryFn: ({ pageParam, signal }) =>
      ask<PageOf<RequestView>>(`GET /requests${queryOf({ ...query, limit, cursor: pageParam })}`, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: isOn,
    // All pages would be read again, and what somebody is reading would move.
    refetchOnWindowFocus: false,
  })
  const pages = data?.pages ?? []
  const seen = pages.flatMap(({ items }) => items)
  const refs: Refs = Object.assign({}, ...pages.map((page) => page.refs))
  return {
    calls: seen.filter(fits(narrowing)),
    seen: seen.length,
    refs,
    error,
    isLoading: isPending && isOn,
    isLoadingMore: isFetchingNextPage,
    more: hasNextPage ? () => void fetchNextPage() : null,
    retry: refetch,
  }
}
