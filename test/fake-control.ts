import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { createSealer } from '../src/credentials/sealing.ts'
import { frameText, parseFromGateway } from '../src/fleet/frames.ts'
import { rangeFrames, snapshotFrames } from '../src/fleet/record-frames.ts'
import type { FleetRecord, FromControl, FromGateway, Proof, TokenAnswer, TokenRequest } from '../src/fleet/schema.ts'
import { sealRecord } from '../src/fleet/seal-record.ts'
import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'
import { hashSecret } from '../src/keys/hash.ts'
import { proofOf } from '../src/keys/prove.ts'
import type { KeyRecord, McpRights, Scope } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import { Secret } from '../src/secret.ts'
import { defaultTimeouts } from '../src/servers/schema.ts'
import { createBackground } from './background.ts'
import { signingKeys } from './child-tokens.ts'
import { liveRules } from './live-rules.ts'

type TokenAnswering = (request: TokenRequest) => TokenAnswer['result'] | null | Promise<TokenAnswer['result'] | null>

/** Control's end of the feed, played by a test: real frames over a real socket, from records that the test holds. */
export type FakeControl = {
  readonly url: string
  /** Sends records as the next range, and with them what stands behind them (background.ts). Resolves when the gateway has applied it. */
  readonly put: (...records: UnsealedRecord[]) => Promise<void>
  /** What comes back for requests of tokens; without it none does. */
  readonly answerTokens: (answering: TokenAnswering) => void
  readonly tell: (frame: FromControl) => void
  /** No heartbeat is answered any more, as in a partition. */
  readonly fallSilent: () => void
  /** The connection breaks; the gateway dials again. */
  readonly hangUp: () => Promise<void>
  readonly received: readonly FromGateway[]
  readonly stop: () => Promise<void>
}

export const gatewayId = 'gwy_0000000000000001'
export const organizationId = 'org_0000000000000001'
export const projectId = 'prj_0000000000000001'
export const memberId = 'mem_0000000000000001'
export const pepper = randomBytes(32)
export const proofKey = randomBytes(32)

let revision = 0
/** Grows over all records of a test run, as the change log's numbers do. */
export const nextRevision = (): number => {
  revision += 1
  return revision
}

export const organization = (more: Partial<Extract<UnsealedRecord, { kind: 'organization' }>> = {}): UnsealedRecord => {
  const id = more.id ?? organizationId
  return {
    kind: 'organization',
    organization: id,
    id,
    revision: nextRevision(),
    slug: 'acme',
    name: 'Acme',
    isDefault: true,
    maxStalenessSeconds: 60,
    mixedEnvironments: 'refused',
    privateNetworks: [],
    rules: liveRules(),
    secrets: new Secret(
      JSON.stringify({
        peppers: { p1: pepper.toString('base64') },
        proofKey: proofKey.toString('base64'),
        sessionKeys: [{ epoch: 1, key: Buffer.alloc(32, id).toString('base64') }],
      }),
    ),
    ...more,
  }
}

export type TestKey = { readonly record: KeyRecord; readonly token: string; readonly proof: Proof }

/** What is not said of a scope: every server of the one project, with all tools, from anywhere. */
export type TestScope = Partial<Omit<Scope, 'mcp' | 'llm'>> & { mcp?: Partial<McpRights>; llm?: Partial<Scope['llm']> }
export const scopeOf = ({ mcp, llm, ...more }: TestScope = {}): Scope => ({
  projects: [projectId],
  mixedEnvironments: null,
  mcp: { enabled: true, servers: { mode: 'all' }, tools: {}, toolsDefault: { mode: 'all' }, ...mcp },
  llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'none' }, ...llm },
  addresses: { mode: 'any' },
  gateways: { mode: 'all' },
  ...more,
})

type TestRecord = Partial<Omit<KeyRecord, 'scope'>> & { scope?: TestScope }

export const newKey = async ({ scope, ...more }: TestRecord = {}): Promise<TestKey> => {
  const { id16, secret } = mint(more.tokenKind ?? 'k', randomBytes)
  const token = secret.reveal()
  const stored = await hashSecret(token, pepper, 'p1')
  const record: KeyRecord = {
    kind: 'key',
    organization: organizationId,
    id: `key_${id16}`,
    revision: nextRevision(),
    tokenKind: 'k',
    name: 'test key',
    owner: { type: 'member', id: memberId, name: 'Ada' },
    state: 'active',
    expiresAt: null,
    scope: scopeOf(scope),
    maxStalenessSeconds: null,
    versions: [{ ...stored, version: 1, validUntil: null }],
    epoch: 1,
    metadata: '{}',
    honey: false,
    pin: null,
    ...more,
  }
  const proof = { organization: record.organization, key: record.id, version: 1, proof: proofOf(proofKey, token) }
  return { record, token, proof }
}

type UnsealedServer = Extract<UnsealedRecord, { kind: 'server' }>

export const httpServer = (slug: string, url: string, more: Partial<UnsealedServer> = {}): UnsealedServer => ({
  kind: 'server',
  organization: organizationId,
  id: `srv_${slug.replaceAll('-', '').padEnd(16, '0')}`,
  revision: nextRevision(),
  slug,
  formerSlugs: [],
  name: slug,
  project: projectId,
  transport: { type: 'http', url },
  timeouts: defaultTimeouts,
  perGateway: false,
  toolPrices: {},
  injection: null,
  ...more,
})

/** A static credential in the Authorization header. */
export const withCredential = (value: string): Pick<UnsealedServer, 'injection'> => ({
  injection: {
    credential: 'crd_0000000000000001',
    version: 1,
    slot: { slot: 'header', name: 'Authorization', template: 'Bearer {value}' },
    value: new Secret(value),
  },
})

export async function startFakeControl(
  records: readonly UnsealedRecord[],
  proofs: readonly Proof[] = [],
  as = gatewayId,
): Promise<FakeControl> {
  const background = createBackground(nextRevision)
  /** In the order of their coming: of each the last one counts. */
  const complete = background(records)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const received: FromGateway[] = []
  const waiting = new Map<number, () => void>()
  let number = 1
  let isSilent = false
  let peer: { socket: WebSocket; seal: (aad: string, text: string) => string } | null = null
  const sendTexts = (texts: readonly string[]) => {
    for (const text of texts) peer?.socket.send(text)
  }
  const send = (frame: FromControl) => sendTexts([frameText(frame)])
  const sealed = (list: readonly UnsealedRecord[]): FleetRecord[] =>
    peer ? list.map((record) => sealRecord(peer?.seal ?? (() => ''), record)) : []
  let tokenAnswer: TokenAnswering | null = null
  const answerToken = async (request: TokenRequest) => {
    const result = await tokenAnswer?.(request)
    if (result) send({ type: 'token-answer', n: request.n, result })
  }
  const welcome = () => {
    send({ type: 'welcome', frames: 1, gateway: { id: as, name: 'test' }, heartbeatMs: 50 })
    send(signingKeys())
    sendTexts(snapshotFrames({ position: { log: 'test', number }, era: 1 }, sealed(complete)))
    send({ type: 'proofs', items: [...proofs], complete: true })
  }
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const parsed = parseFromGateway(data.toString())
      if (parsed.kind !== 'frame') return
      received.push(parsed.frame)
      const { frame } = parsed
      const last = frame.type === 'records' ? frame.records.at(-1) : undefined
      if (frame.type === 'records' && last) send({ type: 'records-taken', boot: frame.boot, upTo: last.seq })
      if (frame.type === 'boot-closed') send({ type: 'boot-ended', boot: frame.boot })
      if (parsed.frame.type === 'token-request') void answerToken(parsed.frame)
      if (parsed.frame.type === 'applied') waiting.get(parsed.frame.position.number)?.()
      if (parsed.frame.type === 'hello') {
        peer = { socket, seal: createSealer(parsed.frame.sealingKey) }
        welcome()
      }
      if (parsed.frame.type === 'heartbeat' && !isSilent) {
        send({ type: 'heartbeat', n: parsed.frame.n, storeNow: 0 })
      }
    })
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (...list) => {
      const grown = background(list)
      complete.push(...grown)
      sendTexts(rangeFrames({ log: 'test', after: number, upTo: number + 1 }, sealed(grown)))
      number += 1
      return new Promise((resolve) => waiting.set(number, resolve))
    },
    answerTokens: (answering) => {
      tokenAnswer = answering
    },
    tell: send,
    fallSilent: () => {
      isSilent = true
    },
    hangUp: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => setImmediate(resolve))
    },
    received,
    stop: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
