import type { SubscriptionFilter } from '@modelcontextprotocol/client'
import { InMemoryServerEventBus, type ServerEventBus } from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Change } from '../../snapshot.ts'
import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import type { Exchange } from './exchange.ts'
import { hearServer } from './hearing.ts'
import { type Leases, upstreamName } from './leases.ts'
import { within } from './lists.ts'
import { paramsOf } from './modern.ts'
import { concerns } from './sessions.ts'
import { splitUri } from './uris.ts'

/** Open `subscriptions/listen` of 2026-07-28: what servers tell of their changes, and what we tell of the key's. */
export type Listens = {
  /** Until the exchange is over. `body`: the message without what this key may not hear of. */
  readonly begin: (exchange: Exchange) => Promise<{ readonly bus: ServerEventBus; readonly body: unknown }>
  readonly changed: (change: Change) => void
  readonly size: () => number
}

type Deps = { readonly leases: Pick<Leases, 'open'> }
type Open = {
  readonly exchange: Exchange
  readonly bus: ServerEventBus
  /** What is wanted of each server. */
  readonly wantedOf: (server: ServerRecord) => SubscriptionFilter
  /** Servers that are heard, by id. */
  readonly heard: Map<string, { readonly name: string; readonly stop: AbortController }>
  word: string
}

const begunMs = 2000
/** Each costs a call to its server; the client is told which are heard (2026-07-28, `subscriptions/acknowledged`). */
const mostUris = 1000
const changes = ['tools', 'prompts', 'resources'] as const

export function createListens(deps: Deps): Listens {
  const open = new Set<Open>()
  const close = (one: Open) => {
    open.delete(one)
    for (const { stop } of one.heard.values()) stop.abort()
  }
  /** Those that are reached by now, where they lead now. */
  const hearAll = ({ exchange, bus, heard, wantedOf: wanted }: Open): Promise<void>[] => {
    const { gate } = exchange
    const reached = gate.servers().filter((server) => gate.may(server, 'subscriptions/listen'))
    const names = new Map(reached.map((server) => [server.id, upstreamName({ server, caller: gate.caller })]))
    for (const [id, { name, stop }] of heard) {
      if (names.get(id) === name) continue
      heard.delete(id)
      stop.abort()
    }
    return reached.flatMap((server) => {
      const filter = wanted(server)
      if (heard.has(server.id) || Object.keys(filter).length === 0) return []
      const stop = new AbortController()
      heard.set(server.id, { name: names.get(server.id) ?? '', stop })
      const begun = Promise.withResolvers<void>()
      void hearServer(deps, exchange, server, filter, bus.publish.bind(bus), stop.signal, begun.resolve)
      return [begun.promise]
    })
  }
  return {
    begin: async (exchange) => {
      const filter = membersOf(paramsOf(exchange)['notifications'])
      const uris = admittedUris(exchange, filter)
      const one: Open = {
        exchange,
        bus: new InMemoryServerEventBus(),
        wantedOf: (server) => wantedOf(filter, uris, server),
        heard: new Map(),
        word: exchange.gate.word(),
      }
      open.add(one)
      exchange.over.addEventListener('abort', () => close(one), { once: true })
      // The client is told that it is heard when it is; by a server that is away it is not kept waiting.
      await within(begunMs, Promise.all(hearAll(one))).catch(() => {})
      return { bus: one.bus, body: bodyWith(exchange, filter, uris) }
    },
    changed: (change) => {
      for (const one of open) {
        const { key } = one.exchange.gate.caller
        if (!concerns(change, { organization: key.organization, keyId: key.id })) continue
        void hearAll(one)
        const word = one.exchange.gate.word()
        if (word === one.word) continue
        one.word = word
        for (const list of changes) one.bus.publish({ kind: `${list}_list_changed` })
      }
    },
    size: () => open.size,
  }
}

const admittedUris = ({ gate }: Exchange, { resourceSubscriptions: asked }: Members): string[] =>
  (Array.isArray(asked) ? asked : []).slice(0, mostUris).filter((uri): uri is string => {
    const place = typeof uri === 'string' ? splitUri(uri) : null
    const server = place && gate.find(place.slug)
    return server !== null && gate.may(server, 'resources/subscribe')
  })

function bodyWith({ message }: Exchange, filter: Members, uris: readonly string[]): unknown {
  if (!isMembers(message.json) || !('resourceSubscriptions' in filter)) return message.json
  const params = membersOf(message.json['params'])
  return { ...message.json, params: { ...params, notifications: { ...filter, resourceSubscriptions: uris } } }
}

/** Of what is wanted, what that server can tell. */
function wantedOf(filter: Members, uris: readonly string[], { slug, formerSlugs }: ServerRecord): SubscriptionFilter {
  const slugs = new Set([slug, ...formerSlugs.map((former) => former.slug)])
  const own = uris.flatMap((uri) => {
    const place = splitUri(uri)
    return place !== null && slugs.has(place.slug) ? [place.uri] : []
  })
  return {
    ...(filter['toolsListChanged'] === true ? { toolsListChanged: true } : {}),
    ...(filter['promptsListChanged'] === true ? { promptsListChanged: true } : {}),
    ...(filter['resourcesListChanged'] === true ? { resourcesListChanged: true } : {}),
    ...(own.length > 0 ? { resourceSubscriptions: own } : {}),
  }
}
