import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { RequestView } from '../../src/requests/schema.ts'
import { ask, type PageOf, queryOf, type Refs } from '../api.ts'
import { callId } from './call.ts'

type Query = Readonly<Record<string, string>>
/** The newest calls, and those of them that the last look has brought. */
type Tail = {
  readonly calls: readonly RequestView[]
  readonly refs: Refs
  readonly fresh: readonly RequestView[]
  readonly look: number
}

export const tailAtMost = 200
const everyMs = 2000
const perPage = 50

/**
 * Calls as they come. Each look reads the newest page and follows the cursor until it meets what is known, so a burst
 * between two looks is not lost; gateways report each on its own, so what comes is put in by its time. A page that is
 * not full ends a look: else one for what never comes would go through all of the log. While the page is out of sight
 * nobody looks.
 */
export function useLiveTail(query: Query, isOn: boolean) {
  const client = useQueryClient()
  const queryKey = ['requests-live', query]
  const { data, error, isPending, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => look(query, client.getQueryData<Tail>(queryKey), signal),
    enabled: isOn,
    refetchInterval: everyMs,
    refetchIntervalInBackground: false,
    gcTime: 0,
    staleTime: 0,
  })
  return {
    calls: data?.calls ?? [],
    refs: data?.refs ?? {},
    fresh: data?.fresh.length ?? 0,
    look: data?.look ?? 0,
    error,
    isLoading: isPending && isOn,
    retry: refetch,
  }
}

async function look(query: Query, before: Tail | undefined, signal: AbortSignal): Promise<Tail> {
  const known = new Set(before?.calls.map(callId))
  const found = new Map<string, RequestView>()
  let refs: Refs = before?.refs ?? {}
  for (let cursor: string | null = ''; cursor !== null && found.size < tailAtMost; ) {
    const page: PageOf<RequestView> = await ask(`GET /requests${queryOf({ ...query, limit: perPage, cursor })}`, {
      signal,
    })
    for (const call of page.items) found.set(callId(call), call)
    refs = { ...refs, ...page.refs }
    const meets = page.items.some((call) => known.has(callId(call)))
    cursor = before === undefined || meets || page.items.length < perPage ? null : page.nextCursor
  }
  const fresh = before === undefined ? [] : [...found.values()].filter((call) => !known.has(callId(call)))
  for (const call of before?.calls ?? []) found.set(callId(call), call)
  const calls = [...found.values()].sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
  return { calls: calls.slice(0, tailAtMost), refs, fresh, look: (before?.look ?? 0) + 1 }
}
