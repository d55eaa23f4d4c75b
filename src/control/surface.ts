import { auditRoutes } from '../audit/routes.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Feed } from '../fleet/feed.ts'
import { gatewayRoutes } from '../fleet/routes.ts'
import type { Prover } from '../keys/prove.ts'
import { keyRoutes } from '../keys/routes.ts'
import { base62, mint, newId, parseToken } from '../keys/token.ts'
import { createActorProof } from '../people/actor.ts'
import { audited } from '../people/audited.ts'
import { peopleRoutes } from '../people/routes.ts'
import { offerSetup } from '../people/setup.ts'
import type { Secret } from '../secret.ts'
import { serverRoutes } from '../servers/routes.ts'
import type { ControlRoute } from './call.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import { resolveServers } from './records.ts'
import type { World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly vault: Vault
  readonly keys: OrganizationKeys
  readonly prover: Prover
  readonly feed: Feed
}

/** Every domain's routes, each with the functions of other domains that it may not import. */
export const createSurface = (world: World, { store, vault, keys, feed }: Parts): ControlRoute[] => {
  const { read, transaction, system } = store.database
  const { hash } = keys
  const { effectOf, disconnect, gatewaysOnline } = feed
  const { now, randomBytes } = world
  const base = { read, transaction, system, hash, now, newId: (prefix: string) => newId(prefix, randomBytes) }
  return [
    ...peopleRoutes({ ...base, mint: () => mint('a', randomBytes) }),
    ...keyRoutes({
      ...base,
      resolveServers: resolveServers(now),
      mint: () => mint('k', randomBytes),
      shareProof: (organization, key, version, token) =>
        feed.shareProofs([{ organization, key, version, proof: keys.proofOf(organization, token) }]),
      effectOf,
    }),
    ...serverRoutes({ ...base, vault, effectOf }),
    ...gatewayRoutes({
      ...base,
      mintGatewayToken: () => mint('g', randomBytes),
      audited,
      disconnect,
      gatewaysOnline,
    }),
    ...auditRoutes(base),
  ]
}

export const createProveActor = ({ config, now }: World, { store, keys, prover }: Omit<Parts, 'feed' | 'vault'>) =>
  createActorProof({
    read: store.database.system.read,
    parseToken,
    prove: prover.prove,
    secretsOf: keys.secretsOf,
    now,
    bootstrap: config.bootstrapToken && { token: config.bootstrapToken, ...store.first },
  })

/** A code for the first owner's setup link; null when the configuration names a token or setup was done before. */
export const createSetupOffer = ({ config, now, randomBytes }: World, { database, first }: Store) => {
  const offer = offerSetup({
    transaction: database.transaction,
    newCode: () => base62(43, randomBytes),
    newId: (prefix) => newId(prefix, randomBytes),
    now,
  })
  return async (): Promise<Secret | null> => (config.bootstrapToken ? null : offer(first))
}
