import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider'

/** What the real provider says of somebody. */
export type Account = Readonly<Record<string, unknown>>
type Client = {
  readonly clientId: string
  readonly clientSecret: string | null
  readonly redirectUri: string
  readonly postLogoutUri?: string
}
export type RealProvider = Awaited<ReturnType<typeof startProvider>>

const claims = { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] }

/**
 * A real identity provider (`oidc-provider`) on a port of its own. Whoever it is told is signed in is signed in there;
 * nobody is asked for anything. Its clients are told once their redirect URIs are known.
 */
export async function startProvider(more: Configuration = {}) {
  const people = new Map<string, Account>()
  let [who, provider] = ['nobody', null as Provider | null]
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'one' }
  const server = createServer((request, response) => {
    if (!provider) response.writeHead(503).end()
    else if (request.url?.startsWith('/interaction/')) void signIn(provider, who, request, response)
    else void provider.callback()(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    /** The next one who is sent there is this one. */
    person: (id: string, said: Account): void => {
      people.set(id, said)
      who = id
    },
    serve: (clients: readonly Client[]): void => {
      provider = new Provider(issuer, {
        clients: clients.map(metadataOf),
        adapter: createShelf(),
        jwks: { keys: [key] },
        cookies: { keys: ['a key for the cookies of a test'] },
        claims,
        scopes: ['openid', 'email', 'profile', 'groups'],
        features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
        interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
        findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...people.get(id), sub: id }) }),
        loadExistingGrant,
        ttl: { Session: 60, Interaction: 60, Grant: 60, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
        ...more,
      })
    },
    stop: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const metadataOf = ({ clientId, clientSecret, redirectUri, postLogoutUri }: Client) => ({
  client_id: clientId,
  ...(clientSecret === null ? {} : { client_secret: clientSecret }),
  token_endpoint_auth_method: clientSecret === null ? ('none' as const) : ('client_secret_basic' as const),
  redirect_uris: [redirectUri],
  post_logout_redirect_uris: postLogoutUri === undefined ? [] : [postLogoutUri],
})

/** What it keeps, in memory; its own way of that warns on the console that it is no good for anything else. */
const createShelf = () => {
  const kept = new Map<string, AdapterPayload>()
  return (model: string): Adapter => {
    const of = (id: string): string => `${model} ${id}`
    const first = (fits: (one: AdapterPayload) => boolean) =>
      [...kept].find(([name, one]) => name.startsWith(`${model} `) && fits(one))?.[1]
    return {
      upsert: async (id, payload) => void kept.set(of(id), payload),
      find: async (id) => kept.get(of(id)),
      findByUid: async (uid) => first((one) => one.uid === uid),
      findByUserCode: async (userCode) => first((one) => one.userCode === userCode),
      consume: async (id) => void kept.set(of(id), { ...kept.get(of(id)), consumed: true }),
      destroy: async (id) => void kept.delete(of(id)),
      revokeByGrantId: async (grantId) => {
        for (const [name, one] of kept) if (one.grantId === grantId) kept.delete(name)
      },
    }
  }
}

/** Everybody agrees to everything. */
const loadExistingGrant: Configuration['loadExistingGrant'] = async ({ oidc }) => {
  const accountId = oidc.session?.accountId
  const clientId = oidc.client?.clientId
  if (accountId === undefined || clientId === undefined) return undefined
  const grant = new oidc.provider.Grant({ accountId, clientId })
  grant.addOIDCScope('openid email profile groups')
  await grant.save()
  return grant
}

const signIn = async (
  provider: Provider,
  accountId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => provider.interactionFinished(request, response, { login: { accountId } })

/** A browser, as far as signing in takes one: cookies of each origin, and where it was sent. */
export const createBrowser = () => {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string): Map<string, string> => {
    const { origin } = new URL(url)
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const open = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { ...headers, ...(cookie ? { cookie } : {}) } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  /** Where it ends: the first place that `isEnd` knows, which is not opened, or the first answer that sends nowhere. */
  const follow = async (from: string, isEnd: (url: URL) => boolean): Promise<string> => {
    let url = from
    for (let hops = 0; hops < 12; hops += 1) {
      const answer = await open(url)
      const location = answer.headers.get('location')
      if (location === null) return `${answer.status} ${(await answer.text()).slice(0, 300)}`
      url = new URL(location, url).href
      if (isEnd(new URL(url))) return url
    }
    throw new Error('It goes round in circles.')
  }
  return { open, follow, cookies: jarOf }
}
