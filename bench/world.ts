import { randomBytes } from 'node:crypto'
import type { FleetRecord, OrganizationSecrets } from '../src/fleet/schema.ts'
import { createSnapshot, type Snapshot } from '../src/gateway/snapshot.ts'
import { type Attempts, createAttempts } from '../src/keys/attempts.ts'
import { gateOf } from '../src/keys/hash.ts'
import { createLane } from '../src/keys/lane.ts'
import { createProver, type Prover, proofOf } from '../src/keys/prove.ts'
import type { KeyRecord } from '../src/keys/schema.ts'
import { mint, newId } from '../src/keys/token.ts'

/** A gateway's memory with many keys in it, filled by the same functions that the feed fills it with. */
export type World = {
  readonly snapshot: Snapshot
  readonly prover: Prover
  readonly attempts: Attempts
  readonly records: readonly KeyRecord[]
  /** Of some of the keys, those that are used: the others are there to be in the way. */
  readonly tokens: readonly string[]
  readonly wrongSecretFor: (record: KeyRecord) => string
  readonly unknownToken: () => string
}

const used = 10_000

export function createWorld(count: number): World {
  const [organization, project, server] = ['org', 'prj', 'srv'].map((kind) => newId(kind, randomBytes)) as [
    string,
    string,
    string,
  ]
  const [pepper, proofKey] = [randomBytes(32), randomBytes(32)]
  const secrets: OrganizationSecrets = {
    peppers: { root_1: pepper.toString('base64') },
    proofKey: proofKey.toString('base64'),
    sessionKeys: [{ epoch: 1, key: randomBytes(32).toString('base64') }],
  }
  const snapshot = createSnapshot({ openSecrets: () => secrets, now: Date.now, log: { error: () => undefined } })
  const prover = createProver({ lane: createLane() })
  const minted = Array.from({ length: count }, () => mint('k', randomBytes))
  const records = minted.map(({ id16, secret }) =>
    keyRecord(organization, server, id16, gateOf(secret.reveal(), pepper)),
  )
  const tokens = minted.slice(0, used).map(({ secret }) => secret.reveal())
  prover.learn(
    minted.map(({ id16, secret }) => ({
      organization,
      key: `key_${id16}`,
      version: 1,
      proof: proofOf(proofKey, secret.reveal()),
    })),
  )
  snapshot.replaceAll([organizationRecord(organization), serverRecord(organization, project, server), ...records])
  return {
    snapshot,
    prover,
    attempts: createAttempts({ now: () => performance.now() }),
    records,
    tokens,
    wrongSecretFor: (record) => mint('k', randomBytes, record.id.slice('key_'.length)).secret.reveal(),
    unknownToken: () => mint('k', randomBytes).secret.reveal(),
  }
}

const organizationRecord = (id: string): FleetRecord => ({
  kind: 'organization',
  organization: id,
  id,
  revision: 1,
  slug: 'default',
  name: 'Default organization',
  isDefault: true,
  maxStalenessSeconds: 60,
  sealedSecrets: '',
})

const serverRecord = (organization: string, project: string, id: string): FleetRecord => ({
  kind: 'server',
  organization,
  id,
  revision: 1,
  slug: 'echo',
  formerSlugs: [],
  name: 'echo',
  project,
  transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
  injection: null,
})

const keyRecord = (organization: string, server: string, id16: string, gate: number): KeyRecord => ({
  kind: 'key',
  organization,
  id: `key_${id16}`,
  revision: 1,
  tokenKind: 'k',
  name: `key ${id16}`,
  owner: { type: 'member', id: 'mem_0000000000000000', name: 'First owner' },
  state: 'active',
  expiresAt: Date.now() + 90 * 86_400_000,
  scope: { mcp: { enabled: true, servers: { mode: 'only', items: [server] } }, addresses: { mode: 'any' } },
  maxStalenessSeconds: null,
  versions: [{ version: 1, phc: '', gate, pepperId: 'root_1', validUntil: null }],
})
