import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { createSealer } from '../src/credentials/sealing.ts'
import { frameText, parseFromGateway } from '../src/fleet/frames.ts'
import type { FleetRecord, FromControl, FromGateway, Proof, UnsealedRecord } from '../src/fleet/schema.ts'
import { sealRecord } from '../src/fleet/seal-record.ts'
import { hashSecret } from '../src/keys/hash.ts'
import { proofOf } from '../src/keys/prove.ts'
import type { KeyRecord } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import { Secret } from '../src/secret.ts'

/** Control's end of the feed, played by a test: real frames over a real socket, from records that the test holds. */
export type FakeControl = {
  readonly url: string
  /** Sends records as the next range. */
  readonly put: (...records: UnsealedRecord[]) => void
  /** No heartbeat is answered any more, as in a partition. */
  readonly fallSilent: () => void
  readonly received: readonly FromGateway[]
  readonly stop: () => Promise<void>
}

export const gatewayId = 'gwy_0000000000000001'
export const organizationId = 'org_0000000000000001'
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

export const newKey = async (more: Partial<KeyRecord> = {}): Promise<TestKey> => {
  const { id16, secret } = mint('k', randomBytes)
  const token = secret.reveal()
  const stored = await hashSecret(token, pepper, 'p1')
  const record: KeyRecord = {
    kind: 'key',
    organization: organizationId,
    id: `key_${id16}`,
    revision: nextRevision(),
    tokenKind: 'k',
    name: 'test key',
    owner: { type: 'member', id: 'mem_0000000000000001', name: 'Ada' },
    state: 'active',
    expiresAt: null,
    scope: { mcp: { enabled: true, servers: { mode: 'all' } }, addresses: { mode: 'any' } },
    maxStalenessSeconds: null,
    versions: [{ ...stored, version: 1, validUntil: null }],
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
  project: 'prj_0000000000000001',
  transport: { type: 'http', url },
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
): Promise<FakeControl> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const received: FromGateway[] = []
  let number = 1
  let isSilent = false
  let peer: { socket: WebSocket; seal: (aad: string, text: string) => string } | null = null
  const send = (frame: FromControl) => peer?.socket.send(frameText(frame))
  const sealed = (list: readonly UnsealedRecord[]): FleetRecord[] =>
    peer ? list.map((record) => sealRecord(peer?.seal ?? (() => ''), record)) : []
  const welcome = () => {
    send({ type: 'welcome', frames: 1, gateway: { id: gatewayId, name: 'test' }, heartbeatMs: 50 })
    send({ type: 'snapshot', part: 0, last: true, position: { log: 'test', number }, records: sealed(records) })
    send({ type: 'proofs', items: [...proofs], complete: true })
  }
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const parsed = parseFromGateway(data.toString())
      if (parsed.kind !== 'frame') return
      received.push(parsed.frame)
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
      send({ type: 'changes', after: number, upTo: number + 1, log: 'test', records: sealed(list) })
      number += 1
    },
    fallSilent: () => {
      isSilent = true
    },
    received,
    stop: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
