import type { Health } from './health/store.ts'
import { hiddenValue, type ServerView } from './schema.ts'
import type { Server } from './store.ts'

/** The server as REST shows it: no value of a credential or variable, ever. */
export const viewOf = (server: Server, health: Health | null): ServerView => ({
  id: server.id,
  slug: server.slug,
  name: server.name,
  project: server.projectId,
  transport: transportOf(server),
  credential: server.credentialId === null || server.slot === null ? null : { id: server.credentialId, ...server.slot },
  timeouts: server.timeouts,
  perGateway: server.perGateway,
  toolPrices: server.toolPrices,
  managedBy: server.managedBy,
  ...healthView(server, health),
  createdAt: iso(server.createdAt),
  revision: server.revision,
})

const transportOf = ({ transport }: Server): ServerView['transport'] => {
  if (transport.type !== 'stdio') return { type: transport.type, url: transport.url }
  const { command, args, variables } = transport
  const env = Object.fromEntries(variables.map((name) => [name, hiddenValue]))
  return { type: 'stdio', command, args, ...(variables.length === 0 ? {} : { env }) }
}

/** What was said about an older revision may be about another address: nothing is known then. */
const healthView = (server: Server, health: Health | null) => {
  if (health === null || health.revision !== server.revision) return { state: 'starting' as const, checkedAt: null }
  return {
    state: health.state,
    ...(health.tools === null ? {} : { tools: health.tools }),
    ...(health.lastError === null ? {} : { lastError: health.lastError }),
    checkedAt: iso(health.checkedAt),
  }
}

const iso = (at: number): string => new Date(at).toISOString()

/** For the audit log: the definition without what gateways say about it. */
export const auditedServer = (server: Server): object => {
  const {
    state: _state,
    tools: _tools,
    lastError: _lastError,
    checkedAt: _checkedAt,
    ...definition
  } = viewOf(server, null)
  return definition
}
