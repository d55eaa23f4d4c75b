import { admits } from '../access/choice.ts'
import { sessionEpoch } from '../credentials/root.ts'
import { createSealer } from '../credentials/sealing.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Sequencer } from '../db/sequencer.ts'
import { createGatewayProof, gatewaysBefore, nameEmbedded } from '../fleet/enter.ts'
import { createFeed } from '../fleet/feed.ts'
import { createLooks } from '../fleet/looks/looks.ts'
import { createProofTable } from '../fleet/proofs.ts'
import type { AttachedGateway } from '../fleet/roster.ts'
import type { ServerReport, Sighting } from '../fleet/schema.ts'
import { markSeen } from '../fleet/store.ts'
import type { Prover } from '../keys/prove.ts'
import { newId, parseToken } from '../keys/token.ts'
import { findOrganization } from '../people/store.ts'
import { saveHealth } from '../servers/health/save.ts'
import { createChildTokens } from './child-links.ts'
import { createSightings } from './leak-links.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import { createRecords } from './records.ts'
import { createSlices } from './slice-links.ts'
import type { StoreClock } from './store-clock.ts'
import { createTaking } from './usage-links.ts'
import { anyFields, type World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly sequencer: Sequencer
  readonly vault: Vault
  readonly keys: OrganizationKeys
  readonly prover: Prover
  readonly clock: StoreClock
  /** Where control is, as tokens name it. */
  readonly issuer: () => string
}

/** The feed with everything that it may not know by itself, and the door to it. */
export const wireFeed = async (world: World, parts: Parts) => {
  const { store, sequencer, vault, keys, prover, clock } = parts
  const { database, root, first } = store
  const { now, monotonic, log, randomBytes } = world
  const { system } = database
  const { readers, snapshotOf } = createRecords({ root, vault, now, log: world.log })
  const newGatewayId = (prefix: string) => newId(prefix, randomBytes)
  const naming = { transaction: database.transaction, newId: newGatewayId, now }
  const embedded = await nameEmbedded(naming, first.organizationId, world.embeddedGateways)
  const save = createSaver(world, store)
  // A file on this machine is always in contact, and its clock is ours.
  const storeNow = () => (database.dialect === 'sqlite' ? now() : clock.now())
  const slices = createSlices(world, store, { storeNow })
  const records = createTaking(world, store, slices)
  const tokens = createChildTokens(world, { ...parts, embedded, gatewaysOnline: () => feed.gatewaysOnline() })
  const looks = createLooks({ send: (organization, server) => feed.askToLook(organization, server), setTimer })
  const feed = createFeed({
    ...tokens.feed,
    database,
    readers,
    snapshotOf,
    sequencer,
    proofs: createProofTable(),
    audit: { onCommit: database.onCommit, admits },
    sealerFor: createSealer,
    knownBefore: gatewaysBefore({ read: system.read, embedded }),
    maxStalenessSeconds: stalenessIn(store),
    now,
    monotonic,
    storeNow,
    era: () => sessionEpoch(now()),
    onServers: (gateway, reports) => {
      looks.heard(gateway.id, reports)
      save.servers(gateway, reports)
    },
    onSightings: save.sightings,
    ...slices,
    takeRecords: records.take,
    closeBoot: records.closed,
    onSeen: save.seen,
    // One control so far; another one's gateways pay one Argon2 per key.
    broadcast: () => {},
    setTimer,
    log: anyFields(log),
  })
  const proveGateway = createGatewayProof({
    read: system.read,
    embedded,
    parseToken,
    prove: (token, record) => prover.prove(token, record, keys.secretsOf(record.organization)),
  })
  const gatewayGone = (name: string): void => {
    for (const each of embedded) if (each.name === name) feed.gatewayGone(each.id)
  }
  const settled = async (): Promise<void> => {
    await save.settled()
    await records.settled()
  }
  return { feed, looks, embedded, tokens, proveGateway, gatewayGone, settled }
}

const setTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms).unref()
  return () => clearTimeout(timer)
}

const stalenessIn =
  ({ database: { system } }: Store) =>
  async (organizationId: string): Promise<number> => {
    const organization = await system.read((db) => findOrganization(db, organizationId))
    if (!organization) throw new Error(`There is no organization ${organizationId}`)
    return organization.maxStalenessSeconds
  }

/** What gateways tell is written beside the feed, which must not wait for the store; lost news comes again by itself. */
const createSaver = (world: World, store: Store) => {
  const { now, log } = world
  const writing = new Set<Promise<void>>()
  const keep = (work: Promise<void>, what: string): void => {
    const done = work.catch((error) => log.warn({ error }, what)).finally(() => writing.delete(done))
    writing.add(done)
  }
  const { transaction } = store.database.system
  const sightings = createSightings(world, store)
  return {
    servers: (gateway: AttachedGateway, reports: readonly ServerReport[]) =>
      keep(
        transaction((db) => saveHealth(db, gateway.id, reports, now())),
        'what a gateway said about its servers was not kept',
      ),
    seen: (gateway: AttachedGateway, at: number, publicUrl: string) =>
      keep(
        transaction((db) => markSeen(db, gateway.organizationId, gateway.id, at, publicUrl)),
        'when a gateway was last seen was not kept',
      ),
    sightings: (gateway: AttachedGateway, items: readonly Sighting[]) =>
      keep(sightings(gateway, items), 'what a gateway saw of a key was not kept'),
    settled: async () => {
      while (writing.size > 0) await Promise.all(writing)
    },
  }
}
