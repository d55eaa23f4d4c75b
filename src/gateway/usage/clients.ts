import type { IncomingHttpHeaders } from 'node:http'
import { createBounded } from '../../keys/bounded.ts'
import type { Message } from '../mcp/message.ts'
import { sessionIdOf } from '../upstream-headers.ts'
import { createSaid } from './said.ts'

/** Which program calls, by what it says of itself: proof of nothing, and what people look for when they rotate a key. */
export type Clients = {
  /** By what came with the head of the call. */
  readonly of: (headers: IncomingHttpHeaders) => string
  /** The message may say it better. */
  readonly sending: (headers: IncomingHttpHeaders, message: Message) => string
  /** The session was opened by this message; later calls name the session only. */
  readonly opened: (sessionId: string, message: Message) => void
}

const longest = 128
const sessions = 10_000

export function createClients(): Clients {
  const said = createSaid(longest)
  const bySession = createBounded<string>(sessions)
  const of: Clients['of'] = (headers) => {
    const sessionId = sessionIdOf(headers)
    const known = sessionId === null ? undefined : bySession.get(sessionId)
    return known ?? said(headers['user-agent'] ?? '')
  }
  const named = (message: Message): string | null => {
    const info = infoOf(message)
    return info === null ? null : said(info)
  }
  return {
    of,
    sending: (headers, message) => named(message) ?? of(headers),
    opened: (sessionId, message) => {
      const client = named(message)
      if (client !== null) bySession.set(sessionId, client)
    },
  }
}

/** Of `initialize`, or of any request since 2026-07-28. */
function infoOf({ json, method }: Message): string | null {
  const params = memberOf(json, 'params')
  if (params === undefined) return null
  const info =
    method === 'initialize' ? memberOf(params, 'clientInfo') : memberOf(memberOf(params, '_meta'), modernInfo)
  const [name, version] = [memberOf(info, 'name'), memberOf(info, 'version')]
  if (typeof name !== 'string' || name === '') return null
  return typeof version === 'string' && version !== '' ? `${name}/${version}` : name
}

const modernInfo = 'io.modelcontextprotocol/clientInfo'

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
