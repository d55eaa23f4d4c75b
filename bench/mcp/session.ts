import { callBody } from '../rounds.ts'

/** The same call as everywhere, with a mark where each gets an id of its own (bench/load.ts). */
const numbered = { ...JSON.parse(callBody), id: 1_000_000 }

export type Called = { readonly headers: Record<string, string>; readonly body: string }

/** A legacy session as any client opens it; answers what its calls to the tool `name` carry. */
export async function openSession(url: string, headers: Record<string, string>, name = 'echo'): Promise<Called> {
  const common = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers }
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'ostiary-bench', version: '1' },
  }
  const post = (message: object, more: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { ...common, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
  const opened = await post({ id: 0, method: 'initialize', params })
  const text = await opened.text()
  const id = opened.headers.get('mcp-session-id')
  if (opened.status !== 200 || id === null) throw new Error(`${url} opened no session: ${opened.status} ${text}`)
  const session = { 'mcp-session-id': id }
  await (await post({ method: 'notifications/initialized' }, session)).text()
  const body = JSON.stringify({ ...numbered, params: { ...numbered.params, name } })
  const answer = await fetch(url, { method: 'POST', headers: { ...common, ...session }, body })
  const said = await answer.text()
  if (answer.status !== 200 || !said.includes('"result"')) throw new Error(`${url} answers no call: ${said}`)
  return { headers: session, body }
}

/** What a call of 2026-07-28 carries, to the tool `name`. */
export function modernCall(name: string): Called {
  const { params, ...message } = numbered
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'ostiary-bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name },
    body: JSON.stringify({ ...message, params: { ...params, name, _meta: meta } }),
  }
}
