import type { SubscriptionFilter } from '@modelcontextprotocol/client'
import type { ServerEvent } from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Said, UpstreamClient } from './client.ts'
import type { Exchange } from './exchange.ts'
import type { Leases } from './leases.ts'
import { uriFor } from './uris.ts'

type Deps = { readonly leases: Pick<Leases, 'open'> }

/** After a server was away: not at once, it may be gone for a while. */
const againMs = 10_000

/** Hears one server's changes until it is stopped, however often the way to it breaks. */
export async function hearServer(
  deps: Deps,
  { gate, call }: Exchange,
  server: ServerRecord,
  wanted: SubscriptionFilter,
  publish: (event: ServerEvent) => void,
  stop: AbortSignal,
  begun: () => void,
): Promise<void> {
  const errand = { caller: gate.caller, server, via: call.request.headers.via }
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const ended = Promise.withResolvers<void>()
    const client = await deps.leases.open(errand, {}, 'modern').catch(() => null)
    if (client === null) {
      begun()
      await pause(againMs, stop)
      continue
    }
    client.hear({
      notice: (notice) => {
        if (gate.may(server, 'initialize')) for (const event of eventsOf(server, notice)) publish(event)
      },
      question: () => Promise.reject(noQuestions),
    })
    const end = () => ended.resolve()
    stop.addEventListener('abort', end)
    const heard = stop.aborted ? false : await subscribe(client, wanted, ended.resolve).catch(() => false)
    begun()
    // Nobody knows what was missed meanwhile.
    if (heard && !isFirst) for (const event of missed) publish(event)
    if (heard) await ended.promise
    stop.removeEventListener('abort', end)
    await client.close()
    if (!stop.aborted) await pause(againMs, stop)
  }
}

async function subscribe(client: UpstreamClient, wanted: SubscriptionFilter, ended: () => void): Promise<true> {
  if (client.era === 'modern') {
    await client.listen(wanted, ended)
    return true
  }
  // Servers of older eras tell of their lists without being asked, and the SDK opens a stream that has ended anew.
  for (const uri of wanted.resourceSubscriptions ?? []) await client.ask('resources/subscribe', { uri }).catch(() => {})
  return true
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const goOn = () => resolve()
  const timer = setTimeout(goOn, ms).unref()
  stop.addEventListener('abort', goOn)
  if (stop.aborted) goOn()
  return promise.finally(() => {
    clearTimeout(timer)
    stop.removeEventListener('abort', goOn)
  })
}

const noQuestions = Object.assign(new Error('No call is running that could ask.'), { code: -32601 })

const missed: readonly ServerEvent[] = [
  { kind: 'tools_list_changed' },
  { kind: 'prompts_list_changed' },
  { kind: 'resources_list_changed' },
]

/** A resource may be watched under a name that its server had before. */
function eventsOf({ slug, formerSlugs }: ServerRecord, { method, params }: Said): readonly ServerEvent[] {
  const { uri } = params
  switch (method) {
    case 'notifications/tools/list_changed':
      return [{ kind: 'tools_list_changed' }]
    case 'notifications/prompts/list_changed':
      return [{ kind: 'prompts_list_changed' }]
    case 'notifications/resources/list_changed':
      return [{ kind: 'resources_list_changed' }]
    case 'notifications/resources/updated': {
      if (typeof uri !== 'string') return []
      const slugs = [slug, ...formerSlugs.map((former) => former.slug)]
      return slugs.map((each) => ({ kind: 'resource_updated', uri: uriFor(each, uri) }))
    }
    default:
      return []
  }
}
