import { beyond } from '../access/narrow/within.ts'
import { derive } from '../credentials/root.ts'
import type { EmbeddedGateway } from '../fleet/enter.ts'
import type { OnlineGateway } from '../fleet/feed.ts'
import { servesOrganization } from '../fleet/roster.ts'
import type { TokenAnswer } from '../fleet/schema.ts'
import { publicUrlsOf } from '../fleet/store.ts'
import type { TokenDeps } from '../fleet/token-answering.ts'
import type { CreateChildDeps } from '../keys/children/create.ts'
import { createExchange, type Exchanged } from '../keys/children/exchange.ts'
import type { IssueDeps } from '../keys/children/issue.ts'
import { createSigner, type Signer } from '../keys/children/signing.ts'
import { deleteChildrenBefore } from '../keys/children/store.ts'
import { audienceOf } from '../keys/children/token.ts'
import type { Prover } from '../keys/prove.ts'
import { newId } from '../keys/token.ts'
import { findOrganization } from '../people/store.ts'
import { createAsk } from './access/asked.ts'
import { createDirectory } from './directory.ts'
import { addressOf } from './gateway-addresses.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import type { World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly keys: OrganizationKeys
  readonly prover: Prover
  readonly embedded: readonly EmbeddedGateway[]
  readonly gatewaysOnline: () => readonly OnlineGateway[]
  /** Where control is, as tokens name it. */
  readonly issuer: () => string
}
export type ChildTokens = {
  readonly feed: TokenDeps
  readonly routes: Omit<IssueDeps, 'newId' | 'now'> & Pick<CreateChildDeps, 'beyond'>
  /** With which a token that somebody has found is known as ours. */
  readonly publicKey: Signer['publicKey']
  readonly chore: Job
}

/** Child tokens on control, which alone signs: asked for over REST and by gateways. */
export const createChildTokens = (world: World, parts: Parts): ChildTokens => {
  const { store, keys, prover, embedded, issuer } = parts
  const { now, randomBytes } = world
  const { read, transaction, system } = store.database
  const seedOf = (epoch: number) => derive(store.root, 'token-signing', 'installation', epoch)
  const signer = createSigner({ seedOf, now })
  const audience = createAudience(world, parts)
  const issuing = {
    sign: signer.sign,
    issuer,
    audienceOf: audience,
    newId: (prefix: string) => newId(prefix, randomBytes),
    now,
  }
  const proving = { system, prove: prover.prove, secretsOf: keys.secretsOf, publicKey: signer.publicKey }
  const directory = createDirectory({ now, embedded })
  const exchange = createExchange({ ...issuing, ...proving, read, transaction, directory, ask: createAsk({ now }) })
  return {
    feed: { answerToken: createAnswer(world, exchange), signing: signingFrames(signer, issuer) },
    routes: { sign: signer.sign, issuer, audienceOf: audience, beyond },
    publicKey: signer.publicKey,
    chore: forgetChildren(world, store),
  }
}

/** As each gateway has said, and those of `serve` by their settings before they have said anything. */
const createAudience = ({ config }: World, { store, embedded, gatewaysOnline }: Parts): IssueDeps['audienceOf'] => {
  const { system } = store.database
  const others = embedded.map(({ id }) => id)
  return async (organizationId) => {
    const { slug, urls } = await system.read(async (db) => ({
      slug: (await findOrganization(db, organizationId))?.slug ?? '',
      urls: await publicUrlsOf(db, organizationId, others),
    }))
    const attached = gatewaysOnline().filter((gateway) => servesOrganization(gateway, organizationId))
    const ours = embedded.length === 0 ? null : addressOf(config.gateway)
    const said = [...urls, ...attached.map(({ publicUrl }) => publicUrl), ...(ours === null ? [] : [ours])]
    return [...new Set(said.flatMap((url) => origin(url) ?? []))].map((url) => audienceOf(url, slug))
  }
}

/** What a gateway says of itself goes into tokens: an address of the web, and nothing else. */
const origin = (url: string): string | null => {
  const parsed = URL.parse(url)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && url.length <= 256 ? parsed.origin : null
}

const signingFrames = (signer: Signer, issuer: () => string): TokenDeps['signing'] => ({
  turn: () => `${issuer()} ${signer.turn()}`,
  keys: () => ({
    issuer: issuer(),
    keys: signer.publicKeys().map(({ kid, publicJwk }) => ({ kid, jwk: { ...publicJwk } })),
  }),
})

const createAnswer =
  ({ log }: World, exchange: ReturnType<typeof createExchange>): TokenDeps['answerToken'] =>
  async (gateway, { requestId, address, secret, scope, ttlSeconds }) => {
    const { id, publicUrl } = gateway
    const asking = { id, publicUrl, serves: (organizationId: string) => servesOrganization(gateway, organizationId) }
    try {
      return answerOf(await exchange(asking, { secret, scope, ttlSeconds, address, requestId }), scope)
    } catch (err) {
      log.error({ err, requestId, gateway: id }, 'a token could not be made')
      return { ok: false, code: 'internal', detail: 'Something went wrong on our side.', retryAfterSeconds: null }
    }
  }

function answerOf(done: Exchanged, scope: readonly string[] | null): TokenAnswer['result'] {
  if (done.ok) {
    const { child, token } = done.value
    const expiresIn = (child.expiresAt - child.issuedAt) / 1000
    return { ok: true, accessToken: token.reveal(), expiresIn, scope: scope?.join(' ') ?? '', child: child.id }
  }
  if (done.problem === 'invalid_scope') {
    const detail = 'A scope is not known, or is wider than what presents itself.'
    return { ok: false, code: 'invalid_scope', detail, retryAfterSeconds: null }
  }
  const { code, detail, retryAfterSeconds = null } = done.problem
  return { ok: false, code, detail, retryAfterSeconds }
}

const dayMs = 24 * 3_600_000

/** Each stays in the list of its key for a week after its end. */
const forgetChildren = ({ now }: World, { database: { system } }: Store): Job => ({
  name: 'forget tokens that have been over for a week',
  everyMs: 3_600_000,
  run: async (isStopping) => {
    while (!isStopping() && (await system.transaction((db) => deleteChildrenBefore(db, now() - 7 * dayMs))));
  },
})
