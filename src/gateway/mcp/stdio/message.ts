/** JSON-RPC messages as the bridge reads them: only what it needs for routing; the text itself goes on unchanged. */
export type Id = string | number
export type Members = { readonly [name: string]: unknown }
export type Message =
  | { readonly kind: 'request'; readonly id: Id; readonly method: string; readonly params: Members }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Members }
  | { readonly kind: 'response'; readonly id: Id | null; readonly result: unknown; readonly failed: boolean }

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isId = (value: unknown): value is Id => typeof value === 'string' || typeof value === 'number'

export const membersOf = (value: unknown): Members => (isMembers(value) ? value : {})

export const readMessage = (value: unknown): Message | null => {
  if (!isMembers(value) || value['jsonrpc'] !== '2.0') return null
  const { id, method } = value
  if (typeof method === 'string') {
    const params = membersOf(value['params'])
    if (!('id' in value)) return { kind: 'notification', method, params }
    return isId(id) ? { kind: 'request', id, method, params } : null
  }
  const failed = 'error' in value
  if (!failed && !('result' in value)) return null
  if (isId(id) || id === null || id === undefined) {
    return { kind: 'response', id: id ?? null, result: value['result'], failed }
  }
  return null
}

export const parseMessage = (text: string): Message | null => {
  try {
    const value: unknown = JSON.parse(text)
    return readMessage(value)
  } catch {
    return null
  }
}

const versionMember = 'io.modelcontextprotocol/protocolVersion'
export const subscriptionMember = 'io.modelcontextprotocol/subscriptionId'

/** MCP 2026-07-28: every request says its version in `_meta` and belongs to no session. */
export const modernVersionOf = (message: Message): string | null => {
  if (message.kind === 'response') return null
  const version = membersOf(message.params['_meta'])[versionMember]
  return typeof version === 'string' ? version : null
}

export const errorText = (id: Id | null, code: number, message: string, data?: Members): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } })

export const resultText = (id: Id, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result })
