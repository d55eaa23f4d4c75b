import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import type { UpstreamClient } from './client.ts'
import { saidBy } from './failure.ts'
import { readList } from './lists.ts'

type Ask = (headers: Record<string, string>) => Promise<Members>

/** What clients have listed of a server, as long as they are there. */
const schemas = new WeakMap<UpstreamClient, ReadonlyMap<string, Members>>()

/**
 * Servers of 2026-07-28 may want arguments said again in headers, as the tool's schema says (`x-mcp-header`). Clients of
 * that revision do so themselves; for one of an older era we read the schema as soon as a server misses them.
 */
export async function askMirrored(
  client: UpstreamClient,
  name: string,
  given: Members,
  signal: AbortSignal,
  ask: Ask,
): Promise<Members> {
  if (client.era === 'legacy') return ask({})
  const known = schemas.get(client)?.get(name)
  try {
    return await ask(known === undefined ? {} : headersFor(known, given))
  } catch (error) {
    const said = saidBy(error)
    if (said === null || !('code' in said) || said.code !== headerMismatch) throw error
    const { entries } = await readList(client, 'tools/list', signal)
    const fresh = new Map(entries.map((tool) => [String(tool['name']), membersOf(tool['inputSchema'])]))
    schemas.set(client, fresh)
    return ask(headersFor(membersOf(fresh.get(name)), given))
  }
}

const headerMismatch = -32020
const deepest = 16

/** By the properties that the schema names; a value of another kind has no header. */
export function headersFor(schema: Members, given: Members, depth = 0): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [property, of] of Object.entries(membersOf(schema['properties']))) {
    if (!isMembers(of) || depth > deepest || !Object.hasOwn(given, property)) continue
    const value = given[property]
    const name = of['x-mcp-header']
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (typeof name === 'string' && isToken.test(name) && isPlain) headers[`Mcp-Param-${name}`] = encoded(String(value))
    if (isMembers(value)) Object.assign(headers, headersFor(of, value, depth + 1))
  }
  return headers
}

/** RFC 9110 §5.6.2. */
const isToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const isSafe = /^[!-~](?:[ -~]*[!-~])?$/

/** As the protocol writes what is no plain ASCII, or could be taken for such a writing. */
const encoded = (text: string): string =>
  isSafe.test(text) && !text.startsWith('=?base64?') ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`
