import { ProtocolError, ResourceNotFoundError } from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import { type Members, membersOf } from '../stdio/message.ts'
import type { Asking, UpstreamClient } from './client.ts'
import type { Channel, Exchange } from './exchange.ts'
import { failureOf } from './failure.ts'
import { resultFor } from './rewrite.ts'

/** Methods that go to the one server which they name. */
const aimed: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
  'resources/subscribe',
  'resources/unsubscribe',
])
export const isAimed = (method: string): boolean => aimed.has(method)

const invalidParams = -32602

/** The one thing that a message names, or the error that a client of one server would get where there is none. */
export function aimedAt({ aim, message, note }: Exchange): { readonly server: ServerRecord; readonly name: string } {
  if (aim.kind === 'one') return aim
  const given = aim.kind === 'none' ? aim.given : ''
  note({ code: 'server_not_allowed' })
  if (message.method.startsWith('resources/')) throw new ResourceNotFoundError(given)
  throw new ProtocolError(invalidParams, `There is no such thing here: ${given.slice(0, 128)}`, {
    code: 'server_not_allowed',
  })
}

/** Params as the server may have them: its own names, and nothing of the way between the client and us. */
export function paramsFor(exchange: Exchange, name: string): Members {
  const params = membersOf(membersOf(exchange.message.json)['params'])
  // Tasks of older eras are fetched by methods that are not carried here.
  const { _meta: _, task: __, ...kept } = params
  const meta = metaOf(params)
  const rest = Object.keys(meta).length === 0 ? kept : { ...kept, _meta: meta }
  switch (exchange.message.method) {
    case 'tools/call':
    case 'prompts/get':
      return { ...rest, name }
    case 'completion/complete': {
      const ref = membersOf(params['ref'])
      return { ...rest, ref: ref['type'] === 'ref/resource' ? { ...ref, uri: name } : { ...ref, name } }
    }
    default:
      return { ...rest, uri: name }
  }
}

const envelope = 'io.modelcontextprotocol/'
const logLevel = `${envelope}logLevel`
export const clientCapabilities = `${envelope}clientCapabilities`

/**
 * The envelope is about the client and us, but for what it can be asked and wants to hear; a progress token is a name
 * that only its own connection understands.
 */
function metaOf(params: Members): Members {
  const meta = membersOf(params['_meta'])
  return Object.fromEntries(
    Object.entries(meta).filter(
      ([name]) => name !== 'progressToken' && (!name.startsWith(envelope) || name === logLevel),
    ),
  )
}

/** The envelope's members for servers of 2026-07-28 only; to others they mean nothing. */
export const forEra = (client: UpstreamClient, params: Members, capabilities: Members): Members => {
  const meta = membersOf(params['_meta'])
  if (client.era === 'modern') return { ...params, _meta: { ...meta, [clientCapabilities]: capabilities } }
  const { [logLevel]: _, ...kept } = meta
  return params['_meta'] === undefined ? params : { ...params, _meta: kept }
}

/** How a message asks for the news of its progress; null: not at all. */
export function progressOf({ message }: Exchange, tell: Channel['tell']): Asking['onProgress'] {
  const token = membersOf(membersOf(membersOf(message.json)['params'])['_meta'])['progressToken']
  if (typeof token !== 'string' && typeof token !== 'number') return null
  return (progress) => tell('notifications/progress', { ...progress, progressToken: token })
}

/** Headers that a tool's schema asks for (2026-07-28, `x-mcp-header`): what the body says again, for who routes by it. */
export function paramHeaders({ call }: Exchange): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(call.request.headers))
    if (name.startsWith('mcp-param-') && typeof value === 'string') headers[name] = value
  return headers
}

/** Asks, and says what came back in our names. */
export async function askAimed(server: ServerRecord, ask: () => Promise<Members>): Promise<Members> {
  try {
    const result = await ask()
    const ours = resultFor(server.slug, result)
    // What one key reads is for that key alone.
    return ours['cacheScope'] === undefined ? ours : { ...ours, cacheScope: 'private' }
  } catch (error) {
    throw failureOf(error)
  }
}
