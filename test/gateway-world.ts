import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as send } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Proof } from '../src/fleet/schema.ts'
import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'
import { composeGateway, type Gateway, type GatewayWorld } from '../src/gateway/compose.ts'
import { createLog } from '../src/observe/log.ts'
import { redact } from '../src/observe/redact.ts'
import { Secret } from '../src/secret.ts'
import { type FakeControl, startFakeControl } from './fake-control.ts'
import { eventually } from './programs.ts'

/** A whole gateway in this process, attached to a control that the test plays. */
export type GatewayUnderTest = {
  readonly gateway: Gateway
  readonly control: FakeControl
  readonly base: string
  /** The log, line by line. */
  readonly lines: readonly string[]
  /** Sets both clocks forward. */
  readonly shiftClocks: (ms: number) => void
  readonly ask: Ask
  readonly open: (path: string, headers: string[], body?: unknown, method?: string) => Promise<Opened>
  readonly stop: () => Promise<void>
}

export type Told = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly chunks: readonly Buffer[]
  readonly text: string
  readonly json: () => { id: unknown; error: { code: number; message: string; data: Record<string, unknown> } }
}
/** Once the head is there; `done` with the whole answer, `hangUp` leaves. */
export type Opened = {
  readonly status: number
  readonly headers: Told['headers']
  readonly chunks: readonly Buffer[]
  readonly done: Promise<Told>
  readonly hangUp: () => void
  /** Reads no further. */
  readonly pause: () => void
}
type Ask = (path: string, headers: string[], body?: unknown, method?: string) => Promise<Told>

export const toolCall = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'hi' } },
}
export const bearer = (token: string): string[] => ['authorization', `Bearer ${token}`]
export const refused = (told: Told): unknown[] => [told.status, told.json().error.data['code']]

export async function startGateway(
  records: readonly UnsealedRecord[],
  proofs: readonly Proof[],
  more: Partial<GatewayWorld['config']> &
    Partial<Pick<GatewayWorld, 'headersMs' | 'loopback' | 'lookUp' | 'caps' | 'pay'>> & {
      readonly gatewayId?: string
    } = {},
): Promise<GatewayUnderTest> {
  const { headersMs = 300, loopback = true, lookUp, caps, pay, gatewayId, ...config } = more
  const control = await startFakeControl(records, proofs, gatewayId)
  const lines: string[] = []
  let shift = 0
  // Its own, as of every process: of two in one folder the later one takes the other's calls for those of a dead one.
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-gateway-'))
  const gateway = await composeGateway({
    config: {
      gateway: { host: '127.0.0.1', port: 0, publicUrl: null, tls: null },
      gatewayOrigins: [],
      trustedProxies: [],
      dataDir,
      ...config,
    },
    feed: { url: control.url, token: new Secret('feed token') },
    now: () => Date.now() + shift,
    monotonic: () => performance.now() + shift,
    randomBytes,
    log: createLog({ level: 'debug', write: (line) => void lines.push(line), redact }),
    headersMs,
    loopback,
    ...(lookUp === undefined ? {} : { lookUp }),
    ...(caps === undefined ? {} : { caps }),
    ...(pay === undefined ? {} : { pay }),
    // Looks at servers' health would mix with the calls that a test counts.
    fetch: () => Promise.reject(new Error('not in this test')),
  })
  const { url: base } = await gateway.listen()
  await eventually(gateway.ready, 'the gateway is ready')
  const open = openAt(base)
  return {
    gateway,
    control,
    base,
    lines,
    shiftClocks: (ms) => {
      shift += ms
    },
    open,
    ask: async (...what) => (await open(...what)).done,
    stop: async () => {
      await gateway.drain(0)
      await control.stop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

const openAt =
  (base: string): GatewayUnderTest['open'] =>
  (path, headers, body = toolCall, method = 'POST') => {
    const { hostname, port, host } = new URL(base)
    const type = headers.includes('content-type') ? [] : ['content-type', 'application/json']
    const all = [...type, 'accept', 'application/json, text/event-stream', ...headers]
    if (!headers.includes('host')) all.push('host', host)
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    if (method === 'POST') all.push('content-length', String(bytes.length))
    return new Promise((resolve, reject) => {
      const request = send({ hostname, port, path, method, headers: all, agent: false }, (response) => {
        const { statusCode: status = 0, headers: got } = response
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        const done = new Promise<Told>((settle, fail) => {
          response.on('error', fail)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            settle({ status, headers: got, chunks, text, json: () => JSON.parse(text) })
          })
        })
        done.catch(() => {})
        resolve({ status, headers: got, chunks, done, hangUp: () => request.destroy(), pause: () => response.pause() })
      })
      request.on('error', reject)
      if (method === 'POST') request.end(bytes)
      else request.end()
    })
  }
