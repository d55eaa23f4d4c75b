import type { SubscriptionFilter } from '@modelcontextprotocol/client'
import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Change } from '../../snapshot.ts'
import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import type { Said, UpstreamClient } from './client.ts'
import type { Exchange } from './exchange.ts'
import type { Leases } from './leases.ts'
import { paramsOf } from './modern.ts'
import { splitUri, uriFor } from './uris.ts'

/** Open `subscriptions/listen` of 2026-07-28: what servers tell of their changes, and what we tell of the key's. */
export type Listens = {
  /** Until the exchange is over. `body`: the message without what this key may not hear of. */
  readonly begin: (exchange: Exchange) => { readonly bus: ServerEventBus; readonly body: unknown }
  readonly changed: (change: Change) => void
  readonly size: () => number
}

type Deps = { readonly leases: Pick<Leases, 'open'> }
type Open = { readonly exchange: Exchange; readonly bus: ServerEventBus; word: string }

const changes = ['tools', 'prompts', 'resources'] as const

export function createListens(deps: Deps): Listens {
  const open = new Set<Open>()
  return {
    begin: (exchange) => {
      const filter = membersOf(paramsOf(exchange)['notifications'])
      const uris = admittedUris(exchange, filter)
      const one: Open = { exchange, bus: new InMemoryServerEventBus(), word: exchange.gate.word() }
      open.add(one)
      exchange.over.addEventListener('abort', () => open.delete(one), { once: true })
      for (const server of exchange.gate.servers()) {
        if (!exchange.gate.may(server, 'subscriptions/listen')) continue
        exchange.count(server, null)
        void hearServer(deps, one, server, wantedOf(filter, uris, server)).catch(() => {})
      }
      return { bus: one.bus, body: bodyWith(exchange, filter, uris) }
    },
    changed: (change) => {
      for (const one of open) {
        if (change.kind !== 'all' && change.organization !== one.exchange.gate.caller.key.organization) continue
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
  (Array.isArray(asked) ? asked : []).filter((uri): uri is string => {
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

async function hearServer(deps: Deps, one: Open, server: ServerRecord, wanted: SubscriptionFilter): Promise<void> {
  if (Object.keys(wanted).length === 0) return
  const { gate, call, over } = one.exchange
  const errand = { caller: gate.caller, server, via: call.request.headers.via }
  const client = await deps.leases.open(errand, {})
  if (over.aborted) return client.close()
  over.addEventListener('abort', () => void client.close(), { once: true })
  client.hear({
    notice: (notice) => {
      const event = gate.may(server, 'initialize') ? eventOf(server, notice) : null
      if (event !== null) one.bus.publish(event)
    },
    question: () => Promise.reject(noQuestions),
  })
  await subscribe(client, wanted)
}

async function subscribe(client: UpstreamClient, wanted: SubscriptionFilter): Promise<void> {
  if (client.era === 'modern') {
    await client.listen(wanted, () => {})
    return
  }
  // Servers of older eras tell of their lists without being asked.
  for (const uri of wanted.resourceSubscriptions ?? []) await client.ask('resources/subscribe', { uri }).catch(() => {})
}

const noQuestions = Object.assign(new Error('No call is running that could ask.'), { code: -32601 })

function eventOf({ slug }: ServerRecord, { method, params }: Said): ServerEvent | null {
  switch (method) {
    case 'notifications/tools/list_changed':
      return { kind: 'tools_list_changed' }
    case 'notifications/prompts/list_changed':
      return { kind: 'prompts_list_changed' }
    case 'notifications/resources/list_changed':
      return { kind: 'resources_list_changed' }
    case 'notifications/resources/updated':
      return typeof params['uri'] === 'string' ? { kind: 'resource_updated', uri: uriFor(slug, params['uri']) } : null
    default:
      return null
  }
}
