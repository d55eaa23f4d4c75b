import { accessRequestRoutes } from '../access-requests/routes.ts'
import { appRoutes } from '../apps/routes.ts'
import { createReadings } from '../audit/reading.ts'
import { auditRoutes } from '../audit/routes.ts'
import { budgetRoutes } from '../budgets/routes.ts'
import { catalogRoutes } from '../catalogs/routes.ts'
import { clientRoutes } from '../clients/routes.ts'
import type { Vault } from '../credentials/vault.ts'
import { findingRoutes } from '../findings/routes.ts'
import type { EmbeddedGateway } from '../fleet/enter.ts'
import type { Feed } from '../fleet/feed.ts'
import type { Looks } from '../fleet/looks/looks.ts'
import { gatewayRoutes } from '../fleet/routes.ts'
import { revealed } from '../keys/answer.ts'
import { bulkRoutes } from '../keys/bulk/routes.ts'
import { childRoutes } from '../keys/children/routes.ts'
import { offerClaim } from '../keys/claims/offer.ts'
import { claimRoutes } from '../keys/claims/routes.ts'
import { compromiseRoutes } from '../keys/compromise/routes.ts'
import type { Directory } from '../keys/directory.ts'
import { prepareKey } from '../keys/prepare.ts'
import type { Prover } from '../keys/prove.ts'
import { prepareRotation } from '../keys/rotate.ts'
import { rotationRoutes } from '../keys/rotation/routes.ts'
import { keyRoutes } from '../keys/routes.ts'
import { showOne } from '../keys/show.ts'
import { base62, mint, newId, parseToken } from '../keys/token.ts'
import { type LeakDeps, leakRoutes } from '../leaks/routes.ts'
import { limitRoutes } from '../limits/routes.ts'
import { notificationRoutes } from '../notifications/routes.ts'
import { createActorProof } from '../people/actor.ts'
import { peopleRoutes } from '../people/routes.ts'
import { offerSetup } from '../people/setup.ts'
import type { LastUsed } from '../people/tokens/last-used.ts'
import { projectRoutes } from '../projects/routes.ts'
import { providerRoutes } from '../providers/routes.ts'
import { requestRoutes } from '../requests/routes.ts'
import type { Secret } from '../secret.ts'
import { serverRoutes } from '../servers/routes.ts'
import { serverVerbRoutes } from '../servers/verbs.ts'
import { webhookRoutes } from '../webhooks/routes.ts'
import { accessRoutes } from './access/routes.ts'
import { accessRequestLinks } from './access-request-links.ts'
import { auditSigner } from './audit-links.ts'
import { budgetLinks } from './budget-links.ts'
import type { ControlRoute } from './call.ts'
import type { ChildTokens } from './child-links.ts'
import { clientLinks } from './client-links.ts'
import { createDirectory } from './directory.ts'
import {
  createReach,
  dropCaps,
  peopleLinks,
  projectLinks,
  providerLinks,
  resolveForCatalogs,
  serverLinks,
} from './domain-links.ts'
import { createGatewayUrl } from './gateway-addresses.ts'
import type { SingleSignOn } from './identity-links.ts'
import { leavingLinks } from './leaving-links.ts'
import { limitLinks } from './limit-links.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import { policyLinks } from './policy-links.ts'
import { createProviderLinks } from './provider-links.ts'
import { requestLinks } from './requests-links.ts'
import type { SignIn } from './sign-in-links.ts'
import type { Webhooks } from './webhook-links.ts'
import type { World } from './world.ts'

export type SurfaceParts = {
  readonly store: Store
  readonly vault: Vault
  readonly keys: OrganizationKeys
  readonly prover: Prover
  readonly feed: Feed
  readonly looks: Pick<Looks, 'ask'>
  readonly tokens: ChildTokens
  readonly webhooks: Webhooks
  readonly leaks: LeakDeps
  readonly embedded: readonly EmbeddedGateway[]
  readonly setupUrl: (code: Secret) => string
  readonly claimUrl: (code: Secret) => string
  readonly signIn: SignIn
  readonly singleSignOn: SingleSignOn
  readonly controlUrl: () => string
}

/** Every domain's routes, each with the functions of other domains that it may not import. */
export const createSurface = (world: World, parts: SurfaceParts): ControlRoute[] => {
  const { store, vault, keys, feed, embedded, setupUrl, webhooks } = parts
  const { read, transaction, system } = store.database
  const { hash } = keys
  const { effectOf, disconnect, gatewaysOnline } = feed
  const { now, randomBytes } = world
  const base = { read, transaction, system, hash, now, newId: (prefix: string) => newId(prefix, randomBytes), effectOf }
  const directory = createDirectory({ now, embedded })
  const reachOf = createReach(world)
  const serverDeps = { ...base, ...serverLinks, reachOf, vault, askToLook: parts.looks.ask }
  const keyDeps = {
    ...base,
    directory,
    mint: (kind: 'k' | 'u') => mint(kind, randomBytes),
    mintFor: (kind: 'k' | 'u', id16: string) => mint(kind, randomBytes, id16).secret,
    shareProof: (organization: string, key: string, version: number, token: Secret) =>
      feed.shareProofs([{ organization, key, version, proof: keys.proofOf(organization, token) }]),
    offerClaim: offerClaim({ ...base, newCode: () => base62(43, randomBytes) }),
    claimUrl: parts.claimUrl,
    gatewayUrl: createGatewayUrl(world.config.gateway, feed),
    ...parts.tokens.routes,
  }
  return [
    ...peopleRoutes({
      ...base,
      ...peopleLinks,
      ...parts.signIn,
      ...parts.singleSignOn.wiring,
      ...leavingLinks(keyDeps),
      ...policyLinks(keyDeps),
      controlUrl: parts.controlUrl,
      newCode: () => base62(43, randomBytes),
      mint: () => mint('a', randomBytes),
      setupUrl,
    }),
    ...projectRoutes({ ...base, ...projectLinks(vault) }),
    ...catalogRoutes({ ...base, resolve: resolveForCatalogs(directory) }),
    ...keyRoutes(keyDeps),
    ...bulkRoutes({ ...keyDeps, deliverNow: webhooks.deliverNow, log: world.log }),
    ...rotationRoutes(keyDeps),
    ...claimRoutes(keyDeps),
    ...compromiseRoutes({ ...keyDeps, wasRead: createReadings(base) }),
    ...childRoutes(keyDeps),
    ...appRoutes({
      ...base,
      directory,
      prepareKey: prepareKey(keyDeps),
      prepareRotation: prepareRotation(keyDeps),
      showKey: showOne(keyDeps),
      dropCaps: dropCaps('app'),
      revealKey: (key, secret) => revealed(keyDeps, key, secret),
    }),
    ...serverRoutes(serverDeps),
    ...serverVerbRoutes(serverDeps),
    ...providerRoutes({ ...base, ...providerLinks, ...createProviderLinks(), reachOf, vault }),
    ...accessRoutes({ read, directory, now }),
    ...clientRoutes(clientLinks({ read, directory, gatewaysOnline, gatewayUrl: keyDeps.gatewayUrl, now })),
    ...gatewayRoutes({ ...base, mintGatewayToken: () => mint('g', randomBytes), disconnect, gatewaysOnline }),
    ...webhookRoutes({ ...base, ...webhooks.wiring }),
    ...callRoutes(world, store, base, directory),
    ...auditRoutes({ ...base, signerOf: auditSigner(store.root) }),
    ...leakRoutes(parts.leaks),
  ]
}

type Base = Parameters<typeof notificationRoutes>[0] &
  Omit<Parameters<typeof limitRoutes>[0], keyof ReturnType<typeof limitLinks>> &
  Omit<Parameters<typeof budgetRoutes>[0], keyof ReturnType<typeof budgetLinks>>

/** What calls may take and cost, what they were, and who is told of it. */
const callRoutes = (world: World, store: Store, base: Base, directory: Directory): ControlRoute[] => [
  ...limitRoutes({ ...base, ...limitLinks(directory, store.database, world.now) }),
  ...budgetRoutes({ ...base, ...budgetLinks(directory) }),
  ...requestRoutes(requestLinks(world, store, directory)),
  ...accessRequestRoutes(accessRequestLinks(base, directory)),
  ...findingRoutes({ read: base.read, now: world.now, ownersOf: directory.ownersOf }),
  ...notificationRoutes(base),
]

type Proving = Pick<SurfaceParts, 'store' | 'keys' | 'prover'> & { readonly lastUsed: LastUsed }

export const createProveActor = ({ config, now }: World, { store, keys, prover, lastUsed }: Proving) =>
  createActorProof({
    read: store.database.system.read,
    parseToken,
    prove: prover.prove,
    secretsOf: keys.secretsOf,
    now,
    noteUse: lastUsed.note,
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
