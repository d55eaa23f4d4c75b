import { lookup } from 'node:dns/promises'
import type { Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Vault } from '../credentials/vault.ts'
import type { Sequencer } from '../db/sequencer.ts'
import { newId } from '../keys/token.ts'
import { type Courier, createCourier } from '../webhooks/courier.ts'
import { type DeliverNow, deliverNow } from '../webhooks/deliver.ts'
import { forgetDeliveries } from '../webhooks/deliveries/store.ts'
import type { WebhookDeps } from '../webhooks/deps.ts'
import type { Ground } from '../webhooks/destination.ts'
import { createPost } from '../webhooks/post.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly vault: Vault
  /** Control's own: it knows its port once it listens. */
  readonly server: Pick<Server, 'address'>
  readonly sequencer: Pick<Sequencer, 'onNumbered'>
  readonly every: (ms: number, run: () => void) => () => void
}
export type Webhooks = {
  /** For the routes. */
  readonly wiring: Pick<WebhookDeps, 'vault' | 'ground' | 'lookUp' | 'deliverNow' | 'randomBytes'>
  readonly deliverNow: DeliverNow
  readonly courier: Courier
  readonly chores: readonly Job[]
}

/** The way to receivers outside: for events, and for the secrets of scheduled rotations. */
export const createWebhooks = (world: World, { store, vault, server, sequencer, every }: Parts): Webhooks => {
  const { now, randomBytes, log } = world
  const { read, transaction, system, dialect } = store.database
  const ground = groundOf(world, server)
  const lookUp = (name: string) => lookup(name, { all: true })
  const deps = {
    system,
    read,
    transaction,
    vault,
    post: createPost({ ground, lookUp }),
    newId: (prefix: string) => newId(prefix, randomBytes),
    now,
    // Alone on its file, control is the same sender in its next life, and need not wait for its turn to end.
    sender: dialect === 'sqlite' ? 'control' : newId('boot', randomBytes),
    every,
    log,
  }
  const courier = createCourier(deps)
  sequencer.onNumbered(courier.wake)
  const deliver = deliverNow(deps)
  const wiring = { vault, ground, lookUp, deliverNow: deliver, randomBytes }
  return { wiring, deliverNow: deliver, courier, chores: [forgetting(world, store)] }
}

const groundOf = ({ config }: World, server: Parts['server']): Ground => {
  const configured = [config.control, config.gateway, ...(config.fleet ? [config.fleet] : [])]
  return {
    insecureHttp: config.insecureHttp,
    ownOrigins: configured.flatMap(({ publicUrl }) => (publicUrl === null ? [] : [new URL(publicUrl).origin])),
    ownPorts: () => [...configured.map(({ port }) => port), portOf(server)].filter((port) => port !== 0),
    localAddresses: () => Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
  }
}

const hourMs = 3_600_000
const keptMs = 7 * 24 * hourMs

const forgetting = ({ now }: World, { database }: Store): Job => ({
  name: 'forget what was sent to webhooks',
  everyMs: hourMs,
  run: async (isStopping) => {
    while (!isStopping() && (await database.system.transaction((db) => forgetDeliveries(db, now() - keptMs))));
  },
})

/** 0 before it listens. */
const portOf = (server: Parts['server']): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
