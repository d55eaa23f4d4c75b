import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'
import type { GatewayWorld } from '../src/gateway/compose.ts'
import { httpServer, newKey, organization, type TestKey } from './fake-control.ts'
import { createMcpFixture } from './fixtures/mcp-fixture.ts'
import { type GatewayUnderTest, startGateway } from './gateway-world.ts'

export type Upstream = { readonly url: string; readonly server: Server; readonly stop: () => Promise<void> }

export async function listening(server: Server): Promise<Upstream> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    server,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** The fixture of the conformance suite; `legacy`: it answers 2026-07-28 as a server does that has never heard of it. */
export function startFixture(era: 'both' | 'legacy' = 'both'): Promise<Upstream> {
  const server = createMcpFixture()
  if (era === 'legacy') refuseModern(server)
  return listening(server)
}

/** From now on. */
export function refuseModern(server: Server): void {
  const [handle] = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (request.headers['mcp-protocol-version'] !== '2026-07-28') return handle?.call(server, request, response)
    request.resume()
    response.writeHead(400, { 'content-type': 'application/json' })
    const error = { code: -32000, message: 'Bad Request: No valid session ID provided' }
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }))
  })
}

export type Rig = {
  readonly world: GatewayUnderTest
  readonly key: TestKey
  readonly stop: () => Promise<void>
}

/** A gateway with these servers by slug, and a key for all of them. */
export async function startRig(
  upstreams: Readonly<Record<string, Upstream>>,
  more: {
    readonly records?: readonly UnsealedRecord[]
    readonly keys?: readonly TestKey[]
    readonly headersMs?: number
    readonly caps?: GatewayWorld['caps']
  } = {},
): Promise<Rig> {
  const key = await newKey()
  const keys = [key, ...(more.keys ?? [])]
  const servers = Object.entries(upstreams).map(([slug, { url }]) => httpServer(slug, url))
  const world = await startGateway(
    [organization(), ...servers, ...(more.records ?? []), ...keys.map(({ record }) => record)],
    keys.map(({ proof }) => proof),
    { headersMs: more.headersMs ?? 20_000, ...(more.caps === undefined ? {} : { caps: more.caps }) },
  )
  return {
    world,
    key,
    stop: async () => {
      await world.stop()
      await Promise.all(Object.values(upstreams).map((upstream) => upstream.stop()))
    },
  }
}

export type Era = 'legacy' | 'modern'

export const modeOf = (era: Era) => (era === 'legacy' ? ('legacy' as const) : ({ pin: '2026-07-28' } as const))

/** An official client of that era at `/mcp`. */
export async function connect(
  { world }: Pick<Rig, 'world'>,
  { token }: Pick<TestKey, 'token'>,
  era: Era,
  prepare: (client: Client) => void = () => {},
  capabilities: object = {},
): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities, versionNegotiation: { mode: modeOf(era) } })
  prepare(client)
  const headers = { authorization: `Bearer ${token}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${world.base}/mcp`), { requestInit: { headers } }))
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}

/**
 * A server of the older era that writes to every session that listens whatever it is told to say, and remembers who
 * called with which session.
 */
export async function startSpeaker(): Promise<
  Upstream & { readonly say: (message: object) => number; readonly seen: Seen[] }
> {
  const streams = new Set<ServerResponse>()
  const seen: Seen[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    const session = request.headers['mcp-session-id']
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const message = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
    seen.push({ session: String(session), method: message.method ?? request.method, params: message.params ?? {} })
    const early = request.headers['mcp-protocol-version'] === '2026-07-28' ? 400 : message.id === undefined ? 202 : null
    if (early !== null) {
      response.writeHead(early).end()
      return
    }
    count += message.method === 'initialize' ? 1 : 0
    const fresh = message.method === 'initialize' ? { 'mcp-session-id': `s${count}` } : {}
    const result = {
      ...resultsOfSpeaker[message.method],
      ...(message.method === 'tools/call' ? said(String(session)) : {}),
    }
    response.writeHead(200, { 'content-type': 'application/json', ...fresh })
    response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }))
  })
  const say = (message: object) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
    return streams.size
  }
  return { ...(await listening(server)), say, seen }
}

type Seen = { readonly session: string; readonly method: string; readonly params: Record<string, unknown> }
const said = (text: string) => ({ content: [{ type: 'text', text }] })
const resultsOfSpeaker: Record<string, object> = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {} },
    serverInfo: { name: 'speaker', version: '1' },
  },
  'tools/list': { tools: [{ name: 'who', inputSchema: { type: 'object' } }] },
  'resources/list': { resources: [{ uri: 'note://1', name: 'one' }] },
  'resources/templates/list': { resourceTemplates: [] },
}
