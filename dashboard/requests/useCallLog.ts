import { useInfiniteQuery } from '@tanstack/react-query'
import type { RequestView } from '../../src/requests/schema.ts'
import { ask, type PageOf, queryOf, type Refs } from '../api.ts'

type Query = Readonly<Record<string, string>>
const perPage = 50

/** The log, page behind page: each goes on behind the last call that was seen, whatever has come meanwhile. */
export function useCallLog(query: Query, isOn: boolean) {
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['requests', '/requests', query],
    queryFn: ({ pageParam, signal }) =>
      ask<PageOf<RequestView>>(`GET /requests${queryOf({ ...query, limit: perPage, cursor: pageParam })}`, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: isOn,
    // All pages would be read again, and what somebody is reading would move.
    refetchOnWindowFocus: false,
  })
  const pages = data?.pages ?? []
  const refs: Refs = Object.assign({}, ...pages.map((page) => page.refs))
  return {
    calls: pages.flatMap(({ items }) => items),
    refs,
    error,
    isLoading: isPending && isOn,
    isLoadingMore: isFetchingNextPage,
    /** Control looks through so many calls for a page, and has come no further. */
    isShort: hasNextPage && (pages.at(-1)?.items.length ?? 0) < perPage,
    more: hasNextPage ? () => void fetchNextPage() : null,
    retry: refetch,
  }
}
