import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { OpenPool } from '../src/gateway/egress.ts'
import { createStdioUpstreams, type StdioDeps, type StdioUpstreams } from '../src/gateway/mcp/stdio/bridge.ts'
import type { Secret } from '../src/secret.ts'
import { defaultTimeouts, type ServerRecord } from '../src/servers/schema.ts'

/** The least HTTP that the bridge needs in front of it: who is calling is believed from a header. */
export type Front = {
  readonly url: string
  readonly upstreams: StdioUpstreams
  readonly log: string[]
  readonly close: () => Promise<void>
}
export type StdioTransport = { readonly command: string; readonly args: readonly string[] }

export const stdioRecord = (transport: StdioTransport, id = 'srv_0000000000000001'): ServerRecord => ({
  kind: 'server',
  organization: 'org_0000000000000001',
  id,
  revision: 1,
  slug: 'tools',
  formerSlugs: [],
  name: 'Tools',
  project: 'prj_0000000000000001',
  transport: { type: 'stdio', command: transport.command, args: [...transport.args], sealedEnv: null },
  injection: null,
  timeouts: defaultTimeouts,
  perGateway: false,
  toolPrices: {},
})

type Options = Partial<StdioDeps> & { readonly env?: Record<string, string>; readonly credential?: Secret }

/** Without the guard of a gateway's egress: everything is on this machine. */
const openPool: OpenPool = (origin) => new Pool(origin, { connections: null, pipelining: 1 })

export const startUpstreams = (options: Options = {}): { upstreams: StdioUpstreams; log: string[] } => {
  const log: string[] = []
  const note = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`)
  const quiet = { debug: note, info: note, warn: note, error: note, child: () => quiet, lines: () => null }
  const upstreams = createStdioUpstreams({
    spawn,
    openPool,
    gatewayId: () => 'gwy_0000000000000001',
    now: () => Date.now(),
    randomBytes,
    log: quiet,
    redact: (text) => text,
    environment: process.env,
    workingDirectory: process.cwd(),
    software: '0.0.0',
    ...options,
  })
  return { upstreams, log }
}

export const sseRecord = (url: string, more: Partial<ServerRecord> = {}): ServerRecord => ({
  ...stdioRecord({ command: '', args: [] }),
  transport: { type: 'sse', url },
  ...more,
})

export const startFront = async (server: ServerRecord, options: Options = {}): Promise<Front> => {
  const { upstreams, log } = startUpstreams(options)
  const http = createServer((request, response) => {
    void answer(upstreams, server, options, request, response)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    upstreams,
    log,
    close: async () => {
      http.closeAllConnections()
      http.close()
      await upstreams.stop()
    },
  }
}

const noEnvironment = {}

const header = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

const answer = async (
  upstreams: StdioUpstreams,
  server: ServerRecord,
  { env = noEnvironment, credential = null }: { env?: Record<string, string>; credential?: Secret | null },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const raw = Buffer.concat(parts)
  const left = new AbortController()
  response.on('close', () => left.abort())
  await upstreams.handle({
    server,
    env,
    credential,
    subject: header(request, 'x-subject') ?? 'mem_0000000000000001',
    holder: header(request, 'x-key') ?? 'key_0000000000000001',
    keyId: header(request, 'x-key') ?? 'key_0000000000000001',
    method: request.method as 'POST',
    sessionId: header(request, 'mcp-session-id'),
    message: raw.length > 0 ? JSON.parse(raw.toString('utf8')) : null,
    raw,
    accept: header(request, 'accept') ?? '',
    lastEventId: header(request, 'last-event-id'),
    protocolVersion: header(request, 'mcp-protocol-version'),
    response: {
      start: (status, headers) => void response.writeHead(status, headers).flushHeaders(),
      write: (chunk) => void response.write(chunk),
      end: () => void response.end(),
    },
    signal: left.signal,
  })
}
