import {
  Client as ClientV2,
  ClientCredentialsProvider as CredentialsV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client'
import { ClientCredentialsProvider as CredentialsV1 } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { fleetPath } from '../src/fleet/frames.ts'
import { frameVersions } from '../src/fleet/schema.ts'
import { everythingOverStdio } from './everything.ts'
import { startGatewayApart } from './gateway-apart.ts'
import { connectV1, connectV2 } from './mcp-clients.ts'
import { all, calling, only, open, type Peopled, startPeopled, verdictOf } from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

/** Child tokens as real OAuth and MCP clients obtain and use them, over two gateways. */

const insecure = { [oauth.allowInsecureRequests]: true } as const
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
const self = { name: 'ostiary-test', version: '1.0.0' }

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let second: { id: string; url: string }
  let key: { readonly id: string; readonly secret: string }
  let as: oauth.AuthorizationServer
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.server('wiki', { catalogs: ['everyone'] })
    await of.server('code', { catalogs: ['everyone'] })
    await of.make('/servers', { slug: 'every', transport: everythingOverStdio })
    const apart = await startGatewayApart(of, 'second')
    cleanUp.push(apart.stop)
    second = apart
    key = await newKey()
    const issuer = new URL(of.product.gatewayUrl)
    as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    // Its port is only known once it listens; control hears of it a moment later.
    const isTaken = async () => (await at(second.url, (await credentials(key)).access_token))[0] === 200
    await eventually(isTaken, 'tokens are for the second gateway as well')
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })
  const newKey = async (body: object = {}) => of.key({ mcp: { servers: all }, ...body })

  const clientOf = ({ id }: { readonly id: string }): oauth.Client => ({ client_id: id })
  const credentials = async (
    of_: { readonly id: string; readonly secret: string },
    parameters: Record<string, string> = {},
    authentication = oauth.ClientSecretBasic,
  ) => {
    const client = clientOf(of_)
    const form = new URLSearchParams(parameters)
    const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication(of_.secret), form, insecure)
    return oauth.processClientCredentialsResponse(as, client, answer)
  }
  const exchanged = async (subject: string, parameters: Record<string, string> = {}) => {
    const client = clientOf(key)
    const form = new URLSearchParams({ subject_token: subject, subject_token_type: accessToken, ...parameters })
    const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), exchange, form, insecure)
    return oauth.processGenericTokenEndpointResponse(as, client, answer)
  }
  const failed = async (asked: Promise<unknown>) => {
    const error = await asked.then(
      () => null,
      (reason: unknown) => reason,
    )
    if (!(error instanceof oauth.ResponseBodyError))
      throw new Error('no refusal of the token endpoint', { cause: error })
    return [error.status, error.error, (error.cause as Json).code]
  }
  const at = async (url: string, token: string, server = 'wiki', tool = 'any') =>
    verdictOf(
      await ask(`${url}/mcp-connect/${server}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(calling(tool)),
      }),
    )
  const everywhere = async (token: string, server?: string, tool?: string) => [
    await at(of.product.gatewayUrl, token, server, tool),
    await at(second.url, token, server, tool),
  ]

  test('D54 B02 a real OAuth client finds the endpoint, gets a token for its key and calls with it on every gateway', async () => {
    for (const authentication of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const got = await credentials(key, {}, authentication)
      expect([got.token_type, got.expires_in]).toEqual(['bearer', 3600])
      expect(await everywhere(got.access_token)).toEqual([open, open])
    }
    const resource = new URL(`${of.product.gatewayUrl}/mcp-connect/wiki`)
    const found = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, insecure),
    )
    expect(found.authorization_servers).toEqual([of.product.gatewayUrl])
    const got = await credentials(key, { scope: found.scopes_supported?.join(' ') ?? '', resource: found.resource })
    expect(got.scope).toBe('mcp:wiki')
    expect(await everywhere(got.access_token, 'code')).toEqual([
      [403, 'server_not_allowed'],
      [403, 'server_not_allowed'],
    ])
  })

  test('D54 G5 an exchange gives a narrower token for a key and for a child, and none that is wider', async () => {
    const first = await exchanged(key.secret, { scope: 'mcp:wiki mcp:code', ttl_seconds: '600' })
    expect(first).toMatchObject({ expires_in: 600, issued_token_type: accessToken })
    const narrower = await exchanged(first.access_token, { scope: 'mcp:wiki:echo' })
    expect(await everywhere(narrower.access_token, 'wiki', 'echo')).toEqual([open, open])
    expect(await at(second.url, narrower.access_token, 'wiki', 'other')).toEqual([200, 'tool_not_allowed'])
    expect(await at(second.url, narrower.access_token, 'code')).toEqual([403, 'server_not_allowed'])
    expect(await failed(exchanged(narrower.access_token, { scope: 'mcp:code' }))).toEqual([
      400,
      'invalid_scope',
      'invalid',
    ])
    expect(await failed(exchanged(`${first.access_token.slice(0, -3)}AAA`))).toEqual([
      400,
      'invalid_request',
      'key_invalid',
    ])
  })

  test('D54 scopes that are not known are refused, and so is mcp:read', async () => {
    for (const scope of ['mcp:read', 'mcp:nowhere', 'openid', 'mcp:wiki admin'])
      expect(await failed(credentials(key, { scope }))).toEqual([400, 'invalid_scope', 'invalid'])
  })

  test('D54 a wrong key, one that is off and one that is not for this address are refused in OAuth’s words', async () => {
    const other = await newKey()
    const crossed = { id: key.id, secret: other.secret }
    expect(await failed(credentials(crossed, {}, oauth.ClientSecretPost))).toEqual([
      401,
      'invalid_client',
      'key_missing',
    ])
    const off = await newKey({ active: false })
    expect(await failed(credentials(off, {}, oauth.ClientSecretPost))).toEqual([401, 'invalid_client', 'key_inactive'])
    const elsewhere = await newKey({ addresses: { mode: 'only', cidrs: ['203.0.113.0/24'] } })
    expect(await failed(credentials(elsewhere))).toEqual([400, 'unauthorized_client', 'address_not_allowed'])
  })

  test('D54 real MCP clients of both SDKs work with a child token like with its key', async () => {
    const { access_token } = await credentials(key, { scope: 'mcp:every:echo' })
    const url = `${of.product.gatewayUrl}/mcp-connect/every`
    for (const client of [await connectV1(url, access_token), await connectV2(url, access_token, 'legacy')]) {
      expect(await client.tools()).toEqual(['echo'])
      expect(await client.callText('echo', { message: 'hi' })).toContain('hi')
      await client.close()
    }
  })

  describe('B01 no client is sent to a browser', () => {
    /** As clients with a window have it: where it would send a person, and how often. */
    const interactive = (client: object | undefined) => {
      const sent: string[] = []
      let saved: object | undefined = client
      return {
        sent,
        redirectUrl: 'http://127.0.0.1:9/callback',
        clientMetadata: { redirect_uris: ['http://127.0.0.1:9/callback'], client_name: 'window' },
        clientInformation: () => saved as Json,
        saveClientInformation: (information: object) => {
          saved = information
        },
        tokens: () => undefined,
        saveTokens: () => {},
        redirectToAuthorization: (url: URL) => void sent.push(url.href),
        saveCodeVerifier: () => {},
        codeVerifier: () => 'verifier',
      }
    }
    const counting = () => {
      const asked: string[] = []
      const send = (url: string | URL, init?: RequestInit) => {
        asked.push(`${init?.method ?? 'GET'} ${new URL(url).pathname}`)
        return fetch(url, init)
      }
      return { asked, send }
    }
    const connects = {
      v1: async (url: string, options: Json) => {
        const client = new ClientV1(self)
        await client.connect(new HttpV1(new URL(url), options) as Parameters<typeof client.connect>[0])
        return client
      },
      v2: async (url: string, options: Json) => {
        const client = new ClientV2(self)
        await client.connect(new HttpV2(new URL(url), options))
        return client
      },
    }

    test.each(['v1', 'v2'] as const)(
      'with a wrong key the %s client ends with an error after a few calls',
      async (sdk) => {
        const url = `${of.product.gatewayUrl}/mcp-connect/every`
        const wrong = { headers: { authorization: `Bearer ${key.secret.slice(0, -1)}x` } }
        for (const client of [undefined, { client_id: 'configured' }, { client_id: key.id, client_secret: 'wrong' }])
          for (const requestInit of [wrong, {}]) {
            const { asked, send } = counting()
            const authProvider = interactive(client)
            const connecting = connects[sdk](url, { requestInit, authProvider, fetch: send })
            await expect(connecting, JSON.stringify([client, requestInit])).rejects.toThrow()
            expect(authProvider.sent).toEqual([])
            expect(asked.length, asked.join('\n')).toBeLessThan(12)
          }
        const { asked, send } = counting()
        await expect(connects[sdk](url, { requestInit: wrong, fetch: send })).rejects.toThrow()
        expect(asked.length).toBeLessThan(4)
      },
    )

    test.each(['v1', 'v2'] as const)(
      'B02 the %s client of a machine gets and uses a token by itself, from nothing but the address and a key',
      async (sdk) => {
        const url = `${of.product.gatewayUrl}/mcp-connect/every`
        const options = { clientId: key.id, clientSecret: key.secret, expectedIssuer: of.product.gatewayUrl }
        const authProvider = sdk === 'v1' ? new CredentialsV1(options) : new CredentialsV2(options)
        const { asked, send } = counting()
        const client = await connects[sdk](url, { authProvider, fetch: send })
        const { tools } = await client.listTools()
        expect(tools.map(({ name }) => name)).toContain('echo')
        expect(asked).toContain('POST /oauth/token')
        await client.close()
        const refused = { ...options, clientSecret: `${key.secret.slice(0, -1)}x` }
        const wrong = sdk === 'v1' ? new CredentialsV1(refused) : new CredentialsV2(refused)
        await expect(connects[sdk](url, { authProvider: wrong })).rejects.toThrow()
      },
    )

    test('where a browser would be sent to, it is told that nobody signs in here', async () => {
      expect(as.response_types_supported).toEqual([])
      const { status, body } = await ask(as.authorization_endpoint ?? '')
      expect([status, body.code]).toEqual([404, 'not_found'])
      expect(body.detail).toContain('Nobody signs in here')
    })

    test('a 401 says that a bearer is wanted, and names no sign-in', async () => {
      const { headers } = await ask(`${of.product.gatewayUrl}/mcp-connect/every`, { method: 'POST', body: '{}' })
      expect(headers.get('www-authenticate')).toBe('Bearer')
    })
  })

  describe('the end of a token', () => {
    const stream = (url: string, token: string) => streamAt(url, token)
    test('G2 D54 revoking the key cuts the open streams of its children on both gateways, and no others', async () => {
      const [parent, other] = [await newKey(), await newKey()]
      const token = (await credentials(parent)).access_token
      const untouched = await stream(second.url, (await credentials(other)).access_token)
      const streams = [await stream(of.product.gatewayUrl, token), await stream(second.url, token)]
      const { effect } = await of.change('POST', `/keys/${parent.id}/revoke`, {})
      expect(effect.acked).toHaveLength(2)
      await Promise.all(streams.map(({ ended }) => ended))
      expect(await everywhere(token)).toEqual([
        [401, 'key_revoked'],
        [401, 'key_revoked'],
      ])
      expect(untouched.isOpen()).toBe(true)
      untouched.close()
    })

    test('G2 one token is revoked by itself, with what was made of it, on both gateways and for one that starts later', async () => {
      const parent = await newKey()
      const [one, two] = [await credentials(parent), await credentials(parent)]
      const below = await exchanged(one.access_token)
      const { items } = await of.see(`/keys/${parent.id}/children`)
      expect(items).toHaveLength(3)
      const child = items.find(({ depth, id }: Json) => depth === 1 && id === idIn(one.access_token))
      const open_ = await stream(second.url, below.access_token)
      await of.change('DELETE', `/keys/${parent.id}/children/${child.id}`)
      await open_.ended
      const revoked = [401, 'key_revoked']
      expect(await everywhere(one.access_token)).toEqual([revoked, revoked])
      expect(await everywhere(below.access_token)).toEqual([revoked, revoked])
      expect(await everywhere(two.access_token)).toEqual([open, open])
      const third = await startGatewayApart(of, 'third')
      try {
        expect(await at(third.url, one.access_token)).toEqual([401, 'key_invalid'])
        const isTaken = async () => (await at(third.url, (await credentials(parent)).access_token))[0] === 200
        await eventually(isTaken, 'a new token is for the new gateway as well')
      } finally {
        await third.stop()
      }
    })

    test('D28 G2 an ephemeral key is one token, and nothing once it is revoked', async () => {
      const made = await of.make('/keys', {
        name: 'once',
        mcp: { servers: only('wiki') },
        ephemeral: { ttlSeconds: 600 },
      })
      expect(Object.keys(made).toSorted()).toEqual(['access_token', 'child', 'expires_in', 'key', 'refs', 'token_type'])
      expect(await everywhere(made.access_token)).toEqual([open, open])
      await of.change('PATCH', `/keys/${made.key.id}`, { mcp: { servers: only('code') } })
      expect(await at(second.url, made.access_token)).toEqual([403, 'server_not_allowed'])
      await of.change('POST', `/keys/${made.key.id}/revoke`, {})
      expect(await everywhere(made.access_token)).toEqual([
        [401, 'key_revoked'],
        [401, 'key_revoked'],
      ])
    })
  })

  test('G5 a gateway that was taken over is told public keys alone, and gets no token for a key whose secret it has not', async () => {
    const { enrolmentToken } = await of.make('/gateways', { name: 'taken' })
    const socket = new WebSocket(new URL(fleetPath, of.product.controlUrl.replace('http', 'ws')), {
      headers: { authorization: `Bearer ${enrolmentToken}` },
    })
    const frames: Json[] = []
    socket.on('message', (data) => frames.push(JSON.parse(String(data))))
    await new Promise((resolve) => socket.once('open', resolve))
    const send = (frame: object) => socket.send(JSON.stringify(frame))
    const sealingKey = Buffer.alloc(32, 9).toString('base64url')
    const publicUrl = of.product.gatewayUrl
    send({ type: 'hello', frames: frameVersions, software: '', boot: 'b', position: null, sealingKey, publicUrl })
    const record = await eventually(
      () => frames.flatMap(({ records = [] }) => records).find(({ id }: Json) => id === key.id),
      'the record of the key comes',
    )
    const secrets = [record.versions[0].phc, `${key.secret.slice(0, 22)}${'A'.repeat(49)}`, key.id, '']
    secrets.forEach((secret, n) => {
      send({
        type: 'token-request',
        n,
        requestId: 'req_1',
        address: '127.0.0.1',
        secret,
        scope: null,
        ttlSeconds: null,
      })
    })
    const answers = await eventually(() => {
      const got = frames.filter(({ type }) => type === 'token-answer')
      return got.length === secrets.length ? got : null
    }, 'every request is answered')
    for (const { result } of answers) expect([result.ok, result.code]).toEqual([false, 'key_invalid'])
    for (const { jwk } of frames.flatMap(({ type, keys = [] }) => (type === 'signing-keys' ? keys : [])))
      expect(jwk).not.toHaveProperty('d')
    socket.close()
  })

  test('G1 no secret and no token stands in a log', async () => {
    const own = await newKey()
    const { access_token } = await credentials(own)
    await at(of.product.gatewayUrl, access_token)
    const logs = await eventually(() => {
      const text = of.product.logs()
      return text.includes(idIn(access_token)) ? text : null
    }, 'the call is in the log')
    expect(logs).toContain('/oauth/token')
    for (const text of [own.secret.slice(22, 65), access_token.slice(-86)]) expect(logs).not.toContain(text)
  })

  test('D54 with control stopped no token is made, 503 says when to come again, and those that were made go on', async () => {
    const probe = await newKey()
    const { access_token } = await credentials(probe)
    const { control } = await of.product.pids()
    process.kill(control, 'SIGSTOP')
    try {
      const { status, body, headers } = await ask(as.token_endpoint ?? '', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: probe.id,
          client_secret: probe.secret,
        }),
      })
      expect([status, body.error, body.code]).toEqual([503, 'temporarily_unavailable', 'mint_unavailable'])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await everywhere(access_token)).toEqual([open, open])
    } finally {
      process.kill(control, 'SIGCONT')
    }
    await of.product.kill('control')
    expect(await everywhere(access_token)).toEqual([open, open])
    const again = await eventually(() => credentials(probe).catch(() => null), 'a token is made again')
    expect(await everywhere(again.access_token)).toEqual([open, open])
    expect(await everywhere(access_token)).toEqual([open, open])
  }, 60_000)
})

const idIn = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

/** The call of a tool that answers with events and never ends by itself. */
async function streamAt(url: string, token: string) {
  const closing = new AbortController()
  const answer = await fetch(`${url}/mcp-connect/wiki`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(calling('stream')),
    signal: closing.signal,
  })
  expect(answer.status).toBe(200)
  let isOpen = true
  const end = () => {
    isOpen = false
  }
  return { ended: answer.text().then(end, end), isOpen: () => isOpen, close: () => closing.abort() }
}
