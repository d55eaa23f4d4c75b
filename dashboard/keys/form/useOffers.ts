import { useQuery } from '@tanstack/react-query'
import type { MyCatalog } from '../../../src/access/schema.ts'
import type { ProviderView } from '../../../src/providers/schema.ts'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ask, type PageOf, queryOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'

/** A server that a key can be given, with its tools as they were last seen; null: nobody has seen them. */
export type Offer = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly project: string
  readonly tools: readonly { readonly name: string; readonly description?: string | undefined }[] | null
}
type OfferedProvider = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly project: string
  readonly models: readonly { readonly id: string }[]
}
export type Offers = {
  readonly servers: readonly Offer[]
  readonly providers: readonly OfferedProvider[]
  /** Ids of the servers that whoever asks may use himself. */
  readonly mine: ReadonlySet<string>
}

/** More than this no form shows; what is beyond can be named all the same. */
const pagesAtMost = 25

async function everyPage<T, Page extends PageOf<T>>(path: `/${string}`, signal: AbortSignal): Promise<Page[]> {
  const pages: Page[] = []
  let cursor: string | null = null
  do {
    const page: Page = await ask<Page>(`GET ${path}${queryOf({ limit: 200, cursor })}`, { signal })
    pages.push(page)
    cursor = page.nextCursor
  } while (cursor !== null && pages.length < pagesAtMost)
  return pages
}

const itemsIn = <T>(pages: readonly PageOf<T>[]): T[] => pages.flatMap(({ items }) => [...items])

/** Who lists servers names any of them; a member those that his catalogs hold. */
async function readOffers(isLister: boolean, signal: AbortSignal): Promise<Offers> {
  const catalog = await everyPage<MyCatalog['items'][number], MyCatalog>('/me/catalog', signal)
  const own = itemsIn(catalog)
  const mine = new Set(own.map(({ id }) => id))
  if (!isLister) return { servers: own, providers: catalog[0]?.providers ?? [], mine }
  const servers = itemsIn(await everyPage<ServerView, PageOf<ServerView>>('/servers', signal))
  const providers = itemsIn(await everyPage<ProviderView, PageOf<ProviderView>>('/providers', signal))
  return { servers: servers.map((server) => ({ ...server, tools: server.tools ?? null })), providers, mine }
}

/** Everything that a key can be given. */
export function useOffers() {
  const may = useMay()
  const isLister = may('servers:read') === 'all' && may('providers:read') === 'all'
  const { data, error, refetch } = useQuery({
    queryKey: ['servers', 'offers', isLister],
    queryFn: ({ signal }) => readOffers(isLister, signal),
  })
  return { offers: data, error, retry: refetch }
}
