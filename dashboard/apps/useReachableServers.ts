import { useMay } from '../session/session.tsx'
import { useList } from '../ui/useCalls.ts'

type Server = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly tools?: readonly { readonly name: string }[] | null
}

/** Servers that somebody may give to an app, with the tools that were last seen: his catalog, or all of them. */
export function useReachableServers() {
  const path = useMay()('servers:read') === 'all' ? '/servers' : '/me/catalog'
  const { items } = useList<Server>(path, { limit: 200 })
  const find = (id: string) => items.find((server) => server.id === id)
  return {
    servers: items,
    nameOf: (id: string): string => find(id)?.name ?? id,
    toolsOf: (id: string): string[] => (find(id)?.tools ?? []).map(({ name }) => name),
  }
}
