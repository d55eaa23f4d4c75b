import type { MyCatalog } from '../../src/access/schema.ts'
import { useOne } from '../ui/useCalls.ts'
import type { Fields } from './question.ts'

/** Names to choose from; any other may be typed, since what was refused may be a name that there is not. */
export function useNamed({ server, provider }: Fields) {
  const { data } = useOne<MyCatalog>('/me/catalog', { limit: 200 })
  const servers = data?.items ?? []
  const providers = data?.providers ?? []
  const offering = providers.filter(({ slug }) => provider === '' || slug === provider)
  return {
    slugs: servers.map(({ slug }) => slug),
    tools: servers.find(({ slug }) => slug === server)?.tools?.map(({ name }) => name) ?? [],
    providers: providers.map(({ slug }) => slug),
    models: [...new Set(offering.flatMap(({ models }) => models.map(({ id }) => id)))],
  }
}
