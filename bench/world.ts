import { randomBytes } from 'node:crypto'
import type { OrganizationSecrets } from '../src/fleet/schema.ts'
import { createSnapshot, type Snapshot } from '../src/gateway/snapshot.ts'
import { type Attempts, createAttempts } from '../src/keys/attempts.ts'
import { gateOf } from '../src/keys/hash.ts'
import { createLane } from '../src/keys/lane.ts'
import { createProver, type Prover, proofOf } from '../src/keys/prove.ts'
import type { KeyRecord } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import { createOrganization } from './records.ts'

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
  const organization = createOrganization('root_1')
  const [pepper, proofKey] = [randomBytes(32), randomBytes(32)]
  const secrets: OrganizationSecrets = {
    peppers: { root_1: pepper.toString('base64') },
    proofKey: proofKey.toString('base64'),
    sessionKeys: [{ epoch: 1, key: randomBytes(32).toString('base64') }],
  }
  const snapshot = createSnapshot({ openSecrets: () => secrets, now: Date.now, log: { error: () => undefined } })
  const prover = createProver({ lane: createLane() })
  const minted = Array.from({ length: count }, () => mint('k', randomBytes))
  const records = minted.map(({ id16, secret }, n) => organization.keyOf(n, id16, gateOf(secret.reveal(), pepper)))
  const tokens = minted.slice(0, used).map(({ secret }) => secret.reveal())
  prover.learn(
    minted.map(({ id16, secret }) => ({
      organization: organization.id,
      key: `key_${id16}`,
      version: 1,
      proof: proofOf(proofKey, secret.reveal()),
    })),
  )
  const replacement = snapshot.replaceAll()
  replacement.add([...organization.records, ...records])
  replacement.commit()
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
