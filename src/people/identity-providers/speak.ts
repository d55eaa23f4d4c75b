import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  getJwksCache,
  None,
  type ServerMetadata,
  setJwksCache,
} from 'openid-client'
import type { Reach } from '../../http/egress/reach.ts'
import type { Secret } from '../../secret.ts'
import { type AskDeps, createAsk } from './ask.ts'
import type { SingleSignOnError } from './schema.ts'
import type { IdentityProvider } from './store.ts'

/** `why` is for the log: it may hold what the provider wrote. */
export type Spoken<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SingleSignOnError; readonly why: string }

/** A provider to speak to, with its secret and where it may lead. */
export type Peer = {
  readonly provider: Pick<IdentityProvider, 'id' | 'revision' | 'issuer' | 'clientId' | 'settings'>
  readonly secret: Secret | null
  readonly reach: Reach
}
export type Round = { readonly state: string; readonly nonce: string; readonly verifier: string }
export type Claims = Readonly<Record<string, unknown>>
type Known = { readonly metadata: ServerMetadata; readonly jwks: { cache?: JwksCache } }
type JwksCache = NonNullable<ReturnType<typeof getJwksCache>>
type Deps = AskDeps & { readonly now: () => number }

const keptMs = 5 * 60_000
/** Long enough that a crowd before a provider that is down does not call it for each of its sign-ins. */
const failureKeptMs = 3000
const keptAtMost = 500
type Held = { readonly at: number; readonly learned: Promise<Known>; hasFailed: boolean }

export type Speaker = ReturnType<typeof createSpeaker>

/** The one that speaks to identity providers; what their discovery documents say is remembered for five minutes. */
export const createSpeaker = (deps: Deps) => {
  const known = new Map<string, Held>()
  /** Whoever asks meanwhile waits for the same answer. */
  const learn = (peer: Peer): Promise<Known> => {
    const name = nameOf(peer)
    const held = known.get(name)
    if (held && deps.now() - held.at < (held.hasFailed ? failureKeptMs : keptMs)) return held.learned
    const learned = discovered(deps, peer).then((metadata) => ({ metadata, jwks: {} }))
    const fresh: Held = { at: deps.now(), learned, hasFailed: false }
    learned.catch(() => {
      fresh.hasFailed = true
    })
    known.delete(name)
    known.set(name, fresh)
    const [oldest] = known.keys()
    if (known.size > keptAtMost && oldest !== undefined) known.delete(oldest)
    return learned
  }
  return {
    /** What it says of itself, asked anew. */
    look: (peer: Peer): Promise<Spoken<ServerMetadata>> =>
      spoken(async () => {
        known.delete(nameOf(peer))
        return (await learn(peer)).metadata
      }),
    /** Where the browser is sent. */
    beginning: (peer: Peer, redirectUri: string, { state, nonce, verifier }: Round): Promise<Spoken<URL>> =>
      spoken(async () => {
        const { metadata } = await learn(peer)
        return buildAuthorizationUrl(configured(deps, peer, metadata), {
          redirect_uri: redirectUri,
          scope: peer.provider.settings.scopes.join(' '),
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
      }),
    /** What it says of whoever came back: everything about the answer has been checked. */
    ending: (peer: Peer, cameBackTo: URL, round: Round): Promise<Spoken<Claims>> =>
      spoken(async () => {
        const { metadata, jwks } = await learn(peer)
        const config = configured(deps, peer, metadata)
        if (jwks.cache) setJwksCache(config, jwks.cache)
        const claims = await claimsFor(peer, config, cameBackTo, round)
        const cache = getJwksCache(config)
        if (cache) jwks.cache = cache
        return claims
      }),
    /** Where the browser signs out over there; null: that is not offered, or cannot be learned now. */
    leaving: async (peer: Peer, returnTo: string): Promise<string | null> => {
      const found = await spoken(async () => {
        const { metadata } = await learn(peer)
        if (metadata.end_session_endpoint === undefined) return null
        const config = configured(deps, peer, metadata)
        return buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href
      })
      return found.ok ? found.value : null
    },
  }
}

const nameOf = ({ provider }: Peer): string => `${provider.id} ${provider.issuer}`

async function claimsFor(peer: Peer, config: Configuration, cameBackTo: URL, round: Round): Promise<Claims> {
  const tokens = await authorizationCodeGrant(config, cameBackTo, {
    pkceCodeVerifier: round.verifier,
    expectedState: round.state,
    expectedNonce: round.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (!claims) throw new Error('There is no ID token.')
  const { groupsClaim } = peer.provider.settings
  const wanted = ['email', ...(groupsClaim === null ? [] : [groupsClaim])]
  const isAllThere = wanted.every((name) => Object.hasOwn(claims, name))
  if (isAllThere || config.serverMetadata().userinfo_endpoint === undefined) return claims
  // OpenID Connect Core §5.4: with an access token, claims of scopes are answered there. Signed words go first.
  const { email_verified, ...answered } = await fetchUserInfo(config, tokens.access_token, claims.sub)
  // It was said of the address beside it, and of no other that the ID token may hold.
  const verified = !Object.hasOwn(claims, 'email') || claims['email'] === answered.email ? { email_verified } : {}
  return { ...answered, ...verified, ...claims }
}

async function discovered(deps: Deps, peer: Peer): Promise<ServerMetadata> {
  const { issuer, clientId } = peer.provider
  const config = await discovery(new URL(issuer), clientId, undefined, None(), {
    [customFetch]: createAsk(deps)(peer.reach),
    timeout: askedSeconds,
    ...(isPlain(issuer) ? { execute: [allowInsecureRequests] } : {}),
  })
  const metadata = { ...config.serverMetadata() }
  // The library takes any issuer from some makers: a provider that speaks for everybody's tenants is none of ours.
  if (new URL(metadata.issuer).href !== new URL(issuer).href) throw new Error(`It says that it is ${metadata.issuer}.`)
  for (const address of [metadata.authorization_endpoint, metadata.end_session_endpoint ?? metadata.issuer])
    if (address === undefined || !isWeb(address)) throw new Error('It sends people to no address of the web.')
  return metadata
}

const askedSeconds = 10
const isPlain = (issuer: string): boolean => issuer.startsWith('http:')
/** A browser goes there: only those that lead to a page, and in the clear on this machine alone. */
const isWeb = (address: string): boolean => {
  const url = URL.parse(address)
  if (url === null) return false
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(127\.[\d.]+|localhost|\[::1\])$/.test(url.hostname))
  )
}

function configured(deps: Deps, { provider, secret, reach }: Peer, metadata: ServerMetadata): Configuration {
  const config = new Configuration(metadata, provider.clientId, undefined, authenticationOf(secret, metadata))
  config[customFetch] = createAsk(deps)(reach)
  config.timeout = askedSeconds
  // Without it the signature of an ID token is taken on trust where it came over TLS (OpenID Connect Core §3.1.3.7, 6).
  enableNonRepudiationChecks(config)
  if (isPlain(provider.issuer)) allowInsecureRequests(config)
  return config
}

function authenticationOf(secret: Secret | null, metadata: ServerMetadata): ClientAuth {
  if (secret === null) return None()
  const taken = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isPost = !taken.includes('client_secret_basic') && taken.includes('client_secret_post')
  return isPost ? ClientSecretPost(secret.reveal()) : ClientSecretBasic(secret.reveal())
}

async function spoken<T>(speak: () => Promise<T>): Promise<Spoken<T>> {
  try {
    return { ok: true, value: await speak() }
  } catch (error) {
    return { ok: false, error: errorOf(error), why: sentenceOf(error) }
  }
}

function errorOf(error: unknown): SingleSignOnError {
  if (error instanceof AuthorizationResponseError) return 'sso_refused'
  const isAnswer = error instanceof Error && 'code' in error && String(error.code).startsWith('OAUTH_')
  const isSilent = !isAnswer || notAnswers.has(String(error.code))
  return isSilent ? 'sso_unreachable' : 'sso_invalid'
}
const notAnswers = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
])

/** With what stands behind it, since the outermost words seldom say it. */
function sentenceOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return 'no reason was given'
  const [first] = error instanceof AggregateError ? error.errors : [error]
  const message = first instanceof Error ? first.message : error.message
  const behind = error.cause instanceof Error && depth < 2 ? `: ${sentenceOf(error.cause, depth + 1)}` : ''
  return `${message}${behind}`.slice(0, 400)
}
