import { nanoOf } from '../../budgets/schema.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Want } from '../limits/limits.ts'
import { type Message, opensStream } from './message.ts'

/** Without them there is no session and no answer to a server's question, so whoever is over a limit has them all the same. */
const uncounted: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'ping', 'response', 'DELETE'])
const notice = 'notifications/'

const call: Want = { requests: 1, tokens: 0, seat: 'call' }
const listening: Want = { requests: 1, tokens: 0, seat: 'stream' }
const hearing: Want = { requests: 0, tokens: 0, seat: 'stream' }

/**
 * What a message takes of the limits over it; null: nothing at all. A request is told by its method: some servers run
 * one that has no id, or an id that we would not repeat. Under the name of a notice only what has an id is one.
 */
export function wantOf({ method, json }: Pick<Message, 'method' | 'json'>): Want | null {
  if (opensStream(method)) return method === 'GET' ? hearing : listening
  if (uncounted.has(method)) return null
  return method.startsWith(notice) && !hasId(json) ? null : call
}

const hasId = (json: unknown): boolean => typeof json === 'object' && json !== null && Object.hasOwn(json, 'id')

/** nano-USD that one call of the tool costs: its own price, else that of every other tool, else nothing. */
export function priceOf({ toolPrices }: Pick<ServerRecord, 'toolPrices'>, tool: string): number {
  const price = Object.hasOwn(toolPrices, tool) ? toolPrices[tool] : toolPrices['*']
  return price === undefined ? 0 : nanoOf(price)
}
