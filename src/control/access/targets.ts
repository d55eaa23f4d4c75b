import type { Db } from '../../db/database.ts'
import { listProviders, type Provider } from '../../providers/store.ts'
import { type Health, healthOf } from '../../servers/health/store.ts'
import type { ServerHealth } from '../../servers/schema.ts'
import { listServers, type Server } from '../../servers/store.ts'
import { viewOf } from '../../servers/view.ts'

const atOnce = 500

/** Every live server, by slug. */
export const everyServer = (db: Db, organizationId: string): Promise<Server[]> =>
  bySlug((after) => listServers(db, organizationId, { after, limit: atOnce }))

export const everyProvider = (db: Db, organizationId: string): Promise<Provider[]> =>
  bySlug((after) => listProviders(db, organizationId, { after, limit: atOnce }))

async function bySlug<T extends { readonly slug: string }>(read: (after: string | null) => Promise<T[]>): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const page = await read(all.at(-1)?.slug ?? null)
    all.push(...page)
    if (page.length < atOnce) return all
  }
}

export type Seen = Pick<ServerHealth, 'state'> & { readonly tools: NonNullable<ServerHealth['tools']> | null }

/** What gateways last saw of each, of its definition as it is now. */
export async function seenOf(db: Db, organizationId: string, servers: readonly Server[]): Promise<Map<string, Seen>> {
  const health = new Map<string, Health>()
  for (let at = 0; at < servers.length; at += atOnce) {
    const ids = servers.slice(at, at + atOnce).map(({ id }) => id)
    for (const [id, said] of await healthOf(db, organizationId, ids)) health.set(id, said)
  }
  return new Map(
    servers.map((server) => {
      const { state, tools = null } = viewOf(server, health.get(server.id) ?? null)
      return [server.id, { state, tools }]
    }),
  )
}
