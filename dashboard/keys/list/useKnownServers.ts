import { useQuery } from '@tanstack/react-query'
import { ask, type PageOf, queryOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import type { KnownServers } from './serverCount.ts'

type Listed = { readonly id: string; readonly project: string }
/** Beyond so many pages of 200 nobody waits for the count, and it is not said. */
const pagesAtMost = 25

/** Read once for the whole list, beside it: a row never asks. Who may not list servers counts those that he reaches. */
export function useKnownServers(): KnownServers | null {
  const may = useMay()
  const path = may('servers:read') === 'all' ? '/servers' : '/me/catalog'
  const { data } = useQuery({
    queryKey: ['servers', 'projects', path],
    queryFn: ({ signal }) => readAll(path, signal),
    staleTime: 30_000,
  })
  return data ?? null
}

async function readAll(path: '/servers' | '/me/catalog', signal: AbortSignal): Promise<KnownServers | null> {
  const known = new Map<string, string>()
  let cursor: string | null = null
  for (let page = 0; page < pagesAtMost; page += 1) {
    const answer: PageOf<Listed> = await ask(`GET ${path}${queryOf({ limit: 200, cursor })}`, { signal })
    for (const { id, project } of answer.items) known.set(id, project)
    cursor = answer.nextCursor
    if (cursor === null) return known
  }
  return null
}
