import type { EmbeddedGateway } from '../fleet/enter.ts'
import type { Feed } from '../fleet/feed.ts'
import { runRotations } from '../keys/rotation/schedule/engine.ts'
import { mint, newId } from '../keys/token.ts'
import type { DeliverNow } from '../webhooks/deliver.ts'
import { createDirectory } from './directory.ts'
import { createGatewayUrl } from './gateway-addresses.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import type { World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly keys: OrganizationKeys
  readonly feed: Feed
  readonly webhooks: { readonly deliverNow: DeliverNow }
  readonly embedded: readonly EmbeddedGateway[]
}

/** What time asks of rotations: schedules, old secrets that have ended, first uses that nobody was told of. */
export const rotationJob = (
  { config, now, randomBytes }: World,
  { store, keys, feed, webhooks, embedded }: Parts,
): Job => {
  const { read, transaction, system } = store.database
  const run = runRotations({
    read,
    transaction,
    system,
    hash: keys.hash,
    directory: createDirectory({ now, embedded }),
    mintFor: (kind, id16) => mint(kind, randomBytes, id16).secret,
    shareProof: (organization, key, version, token) =>
      feed.shareProofs([{ organization, key, version, proof: keys.proofOf(organization, token) }]),
    effectOf: feed.effectOf,
    gatewayUrl: createGatewayUrl(config.gateway, feed),
    deliverNow: webhooks.deliverNow,
    boot: newId('boot', randomBytes),
    newId: (prefix) => newId(prefix, randomBytes),
    now,
  })
  return { name: 'rotate keys', everyMs: 30_000, run: butNotAtOnce(run) }
}

/** A control that has just started has no gateways yet, and they must know a secret before anybody calls with it. */
function butNotAtOnce(run: Job['run']): Job['run'] {
  let isFirst = true
  return async (isStopping) => {
    if (!isFirst) return run(isStopping)
    isFirst = false
  }
}
