import type { IncomingHttpHeaders } from 'node:http'

type Body = {
  readonly method: string | null
  readonly params: Readonly<Record<string, unknown>> | null
  /** `_meta["io.modelcontextprotocol/protocolVersion"]`: the mark of 2026-07-28 and later. */
  readonly version: string | null
}

/**
 * Which header says something else than the body, or null (MCP 2026-07-28, transports/streamable-http). We decide on
 * the body alone; but what stands between us and the server may route by the header, so the two must agree.
 * A header that is missing lies about nothing: the server answers that itself.
 */
export function disagreement(headers: IncomingHttpHeaders, body: Body): string | null {
  const method = headers['mcp-method']
  if (method !== undefined && method !== body.method) return 'Mcp-Method'
  const version = headers['mcp-protocol-version']
  if (version !== undefined && body.version !== null && version !== body.version) return 'MCP-Protocol-Version'
  const name = headers['mcp-name']
  if (name === undefined) return null
  const mirrored = mirroredName(body)
  return mirrored === null || decodedHeader(name) === mirrored ? null : 'Mcp-Name'
}

const sources: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

function mirroredName({ method, params }: Body): string | null {
  const source = method !== null && Object.hasOwn(sources, method) ? sources[method] : undefined
  const value = source === undefined ? undefined : params?.[source]
  return typeof value === 'string' ? value : null
}

const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/

/** Values that are no plain ASCII travel as `=?base64?…?=`. Null: not decodable, so it equals nothing. */
export function decodedHeader(value: string | readonly string[]): string | null {
  const text = typeof value === 'string' ? value : value.join(', ')
  const inside = encoded.exec(text)?.[1]
  if (inside === undefined) return text
  const bytes = Buffer.from(inside, 'base64')
  const decoded = bytes.toString('utf8')
  return bytes.toString('base64') === inside && Buffer.from(decoded).equals(bytes) ? decoded : null
}
