/**
 * The names that a server's things have at the address of all servers, put on what a client says and taken off what it
 * hears: the suite calls everything by its own name. Pure, so that it is tested without a socket.
 */
export type Naming = {
  readonly bytesToGateway: (body: Buffer) => { readonly body: Buffer; readonly method: string | null }
  readonly headerToGateway: (value: string, method: string | null) => string
  readonly textToClient: (text: string) => string
}
type Json = { [member: string]: unknown }

const named = new Set(['tools/call', 'prompts/get'])
const located = new Set(['resources/read', 'resources/subscribe', 'resources/unsubscribe'])

export function createNaming(slug: string): Naming {
  const onName = (name: string) => `${slug}__${name}`
  const onUri = (uri: string) => (uri.startsWith('ui://') ? `ui://mcp.${slug}/${uri.slice(5)}` : `mcp.${slug}+${uri}`)
  return {
    bytesToGateway: (body) => {
      const said = parsed(body.toString('utf8'))
      if (!isObject(said)) return { body, method: null }
      const method = typeof said['method'] === 'string' ? said['method'] : null
      const renamed = isObject(said['params']) && method !== null && rename(method, said['params'], onName, onUri)
      return { body: renamed ? Buffer.from(JSON.stringify(said)) : body, method }
    },
    headerToGateway: (value, method) => {
      const on = named.has(method ?? '') ? onName : located.has(method ?? '') ? onUri : null
      return on === null ? value : inHeader(value, on)
    },
    textToClient: (text) => {
      const said = parsed(text)
      return said === undefined ? text : JSON.stringify(strip(said, slug))
    },
  }
}

function rename(
  method: string,
  params: Json,
  onName: (name: string) => string,
  onUri: (uri: string) => string,
): boolean {
  const change = (of: Json, member: string, on: (text: string) => string): boolean => {
    const value = of[member]
    if (typeof value !== 'string') return false
    of[member] = on(value)
    return true
  }
  if (named.has(method)) return change(params, 'name', onName)
  if (located.has(method)) return change(params, 'uri', onUri)
  if (method === 'completion/complete' && isObject(params['ref'])) {
    const { ref } = params
    return ref['type'] === 'ref/prompt' ? change(ref, 'name', onName) : change(ref, 'uri', onUri)
  }
  if (method !== 'subscriptions/listen' || !isObject(params['notifications'])) return false
  const uris = params['notifications']['resourceSubscriptions']
  if (!Array.isArray(uris)) return false
  params['notifications']['resourceSubscriptions'] = uris.map((uri) => (typeof uri === 'string' ? onUri(uri) : uri))
  return true
}

/** SEP-2243: what is not plain ASCII stands in a header as base64. Both forms stay what they are. */
function inHeader(value: string, on: (text: string) => string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]+={0,2})\?=$/.exec(value)?.[1]
  if (encoded === undefined) return value.startsWith('=?') ? value : on(value)
  return `=?base64?${Buffer.from(on(Buffer.from(encoded, 'base64').toString('utf8'))).toString('base64')}?=`
}

const uriMembers = new Set(['uri', 'uriTemplate', 'resourceUri'])

/** By member, not by text: a name where none belongs must be seen. */
function strip(value: unknown, slug: string): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one, slug))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([member, inside]) => {
      if (typeof inside !== 'string') return [member, strip(inside, slug)]
      if (member === 'name') return [member, without(inside, `${slug}__`)]
      if (!uriMembers.has(member)) return [member, inside]
      const app = `ui://mcp.${slug}/`
      return [member, inside.startsWith(app) ? `ui://${inside.slice(app.length)}` : without(inside, `mcp.${slug}+`)]
    }),
  )
}

const without = (text: string, start: string): string => (text.startsWith(start) ? text.slice(start.length) : text)
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Events of a stream, one by one and however it was cut; what is no data passes as it is. */
export function createEventNaming(textToClient: (text: string) => string): {
  readonly push: (chunk: string) => string
  readonly end: () => string
} {
  let held = ''
  const inEvent = (event: string): string => {
    const lines = event.split(/\r\n|\r|\n/)
    const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.replace(/^data: ?/, ''))
    if (data.length === 0) return event
    const said = textToClient(data.join('\n'))
    const first = lines.findIndex((line) => line.startsWith('data:'))
    const others = lines.filter((line, at) => at === first || !line.startsWith('data:'))
    return others.map((line) => (line.startsWith('data:') ? `data: ${said}` : line)).join('\n')
  }
  return {
    push: (chunk) => {
      held += chunk
      let out = ''
      for (let end = /\r\n\r\n|\n\n|\r\r(?!\n)/.exec(held); end !== null; end = /\r\n\r\n|\n\n|\r\r(?!\n)/.exec(held)) {
        out += inEvent(held.slice(0, end.index)) + end[0]
        held = held.slice(end.index + end[0].length)
      }
      return out
    },
    end: () => {
      const rest = held
      held = ''
      return rest
    },
  }
}
