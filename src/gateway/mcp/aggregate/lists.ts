import { isSpecType } from '@modelcontextprotocol/server'
import { refuse } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import type { UpstreamClient } from './client.ts'
import type { Channel, Exchange } from './exchange.ts'
import { isMethodUnknown, problemError, problemOf, saidBy } from './failure.ts'
import { promptFor, resourceFor, templateFor, toolFor } from './rewrite.ts'
import { undelivered } from './undelivered.ts'

type Kind = {
  /** Where the entries stand in the result. */
  readonly member: string
  /** The capability without which nothing is asked. */
  readonly capability: string
  readonly entry: (slug: string, entry: Members) => Members
  /** By this an entry is one and the same. */
  readonly name: string
  /** As the protocol has it: one that is not would cost clients the whole list, of all servers. */
  readonly isFit: (entry: unknown) => boolean
}

export type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list'

export const kinds: Readonly<Record<ListMethod, Kind>> = {
  'tools/list': { member: 'tools', capability: 'tools', entry: toolFor, name: 'name', isFit: isSpecType.Tool },
  'prompts/list': {
    member: 'prompts',
    capability: 'prompts',
    entry: promptFor,
    name: 'name',
    isFit: isSpecType.Prompt,
  },
  'resources/list': {
    member: 'resources',
    capability: 'resources',
    entry: resourceFor,
    name: 'uri',
    isFit: isSpecType.Resource,
  },
  'resources/templates/list': {
    member: 'resourceTemplates',
    capability: 'resources',
    entry: templateFor,
    name: 'uriTemplate',
    isFit: isSpecType.ResourceTemplate,
  },
}

export const isList = (method: string): method is ListMethod => Object.hasOwn(kinds, method)

/** So long the other servers wait for one that hangs. */
export const listMs = 5000
const mostPages = 64
const mostEntries = 10_000
/** Of all pages of one server but the first, which is bounded by what one answer may have. */
const mostCharacters = 16 * 1024 * 1024

type Deps = {
  /** What the server lists, by its own names: shortened ones are found again. */
  readonly learn: (exchange: Exchange, server: ServerRecord, method: ListMethod, names: readonly string[]) => void
  readonly listMs?: number
  readonly log: { readonly debug: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

type Part =
  | { readonly server: ServerRecord; readonly entries: readonly Members[]; readonly ttlMs: number }
  | { readonly server: ServerRecord; readonly failed: unknown }

/** One list of all servers that the key reaches: servers by slug, entries in their own order, whole. */
export async function gatherList(
  deps: Deps,
  exchange: Exchange,
  channel: Channel,
  method: ListMethod,
): Promise<Members> {
  const servers = exchange.gate.servers().filter((server) => exchange.gate.may(server, method))
  const parts = await Promise.all(
    servers.map(async (server): Promise<Part> => {
      const read = channel.use(server, (client) => readList(client, method, channel.signal))
      try {
        const { entries, ttlMs } = await within(deps.listMs ?? listMs, read)
        deps.learn(
          exchange,
          server,
          method,
          entries.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
        )
        return { server, entries, ttlMs }
      } catch (error) {
        const { code, log } = problemOf(error)
        deps.log.debug({ server: server.slug, code, ...log }, 'a server is missing in a list')
        return { server, failed: error }
      }
    }),
  )
  return merged(exchange, method, parts)
}

function merged({ gate }: Exchange, method: ListMethod, parts: readonly Part[]): Members {
  const { member, entry, name } = kinds[method]
  const missing = parts.flatMap((part) => ('failed' in part ? [part] : []))
  if (parts.length > 0 && missing.length === parts.length) throw problemError(problemOf(missing[0]?.failed))
  const seen = new Set<unknown>()
  const entries: Members[] = []
  let ttlMs = Number.POSITIVE_INFINITY
  for (const part of parts) {
    if ('failed' in part) continue
    ttlMs = Math.min(ttlMs, part.ttlMs)
    const { server } = part
    for (const one of part.entries) {
      if (!isShown(gate, server, method, one)) continue
      const ours = entry(server.slug, one)
      if (seen.has(ours[name])) continue
      seen.add(ours[name])
      entries.push(ours)
    }
  }
  // A part that is missing is not to be remembered as empty.
  const isWhole = missing.length === 0
  return {
    [member]: entries,
    ttlMs: isWhole && Number.isFinite(ttlMs) ? ttlMs : 0,
    cacheScope: 'private',
    ...(isWhole ? {} : { _meta: { 'ostiary/unavailable': missing.map(unavailable) } }),
  }
}

const unavailable = ({ server, failed }: { server: ServerRecord; failed: unknown }): Members => ({
  server: server.slug,
  // It answered, if only with an error.
  code: saidBy(failed) === null ? problemOf(failed).code : 'upstream_unreachable',
})

const isShown = (gate: Exchange['gate'], server: ServerRecord, method: ListMethod, entry: Members): boolean =>
  method === 'tools/list'
    ? typeof entry['name'] === 'string' && gate.may(server, 'tools/call', entry['name'])
    : gate.may(server, method)

type Whole = { readonly entries: readonly Members[]; readonly ttlMs: number }

/** All pages; a server whose cursor never ends does not keep us. */
export async function readList(
  client: Pick<UpstreamClient, 'capabilities' | 'ask'>,
  method: ListMethod,
  signal: AbortSignal,
): Promise<Whole> {
  const { member, capability, isFit } = kinds[method]
  if (client.capabilities[capability] === undefined) return { entries: [], ttlMs: Number.POSITIVE_INFINITY }
  const entries: Members[] = []
  let ttlMs = Number.POSITIVE_INFINITY
  let cursor: string | null = null
  let characters = 0
  for (let page = 0; page < mostPages && entries.length < mostEntries; page += 1) {
    const result: Members = await client
      .ask(method, cursor === null ? {} : { cursor }, { signal })
      .catch(emptyIfUnknown)
    const items = result[member]
    if (page > 0) characters += JSON.stringify(items ?? null).length
    if (characters > mostCharacters) break
    if (Array.isArray(items))
      entries.push(
        ...items
          .filter(isMembers)
          .filter(isFit)
          .slice(0, mostEntries - entries.length),
      )
    const { ttlMs: said, nextCursor: next } = result
    // Servers of older eras say nothing of it, and announce changes instead.
    ttlMs = Math.min(ttlMs, typeof said === 'number' && said >= 0 ? said : 0)
    if (typeof next !== 'string' || next === cursor) break
    cursor = next
  }
  return { entries, ttlMs }
}

function emptyIfUnknown(error: unknown): Members {
  if (isMethodUnknown(error)) return membersOf(null)
  throw error
}

const slow = refuse('upstream_timeout').problem

/** Not aborted: a server that is only starting will be there for the next one who asks. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  work.catch(() => {})
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(undelivered(slow)), ms)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
