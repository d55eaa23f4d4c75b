import type { Product } from '../product.ts'
import { type Program, startNode } from '../programs.ts'
import type { Target } from './suite.ts'

/** The four addresses at which one server is to be had. */
export const routes = ['single', 'single-url', 'aggregated', 'aggregated-url'] as const
export type Route = (typeof routes)[number]
export const isRoute = (text: string): text is Route => routes.some((route) => route === text)

const slug = 'fixture'

export type Placed = { readonly targetOf: (route: Route) => Promise<Target>; readonly stop: () => Promise<unknown> }

/** A product in front of the server at `url`, with one key for headers and one for URLs. */
export async function placeBehind(product: Product, url: string): Promise<Placed> {
  await product.addServer({ slug, transport: { type: 'http', url } })
  const { secret } = await product.createKey('conformance', slug)
  const made = await product.rest('POST', '/keys', {
    name: 'conformance by URL',
    kind: 'url',
    mcp: { servers: { mode: 'only', items: [slug] } },
  })
  const proxies: Program[] = []
  const named = async (address: string): Promise<string> => {
    const proxy = startNode(['test/conformance/naming-proxy.ts'], { NAMING_TARGET: address, NAMING_SLUG: slug })
    proxies.push(proxy)
    const [own] = await proxy.says(/http:\S+/)
    return own
  }
  const byUrl = `${product.gatewayUrl}/mcp/${made.body?.secret}`
  return {
    targetOf: async (route) => {
      switch (route) {
        case 'single':
          return { url: `${product.gatewayUrl}/mcp-connect/${slug}`, key: secret }
        case 'single-url':
          return { url: `${byUrl}/${slug}` }
        case 'aggregated':
          return { url: await named(`${product.gatewayUrl}/mcp`), key: secret }
        case 'aggregated-url':
          return { url: await named(byUrl) }
      }
    },
    stop: () => Promise.all(proxies.map((proxy) => proxy.stop(1000))),
  }
}
