import type { KeyAccess } from '../../../src/access/schema.ts'
import { useOne } from '../../ui/useCalls.ts'

/** What a key may call now, with names for the ids. */
export function useKeyAccess(keyId: string) {
  const { data, error, isLoading, retry } = useOne<KeyAccess>(`/keys/${keyId}/access`)
  const nameOf = (id: string): string => data?.refs[id]?.name ?? id
  const slugOf = (id: string): string => data?.refs[id]?.slug ?? id
  const servers = (data?.items ?? []).map(({ server, toolNames }) => ({
    id: server,
    slug: slugOf(server),
    label: nameOf(server),
    toolNames: toolNames ?? [],
  }))
  return { access: data, servers, nameOf, slugOf, error, isLoading, retry }
}
