import { afterAll, describe, expect, test } from 'vitest'
import { type Canary, canaryOf, found, foundInFolder, foundInPostgres } from './canary.ts'
import { liveThrough } from './canary-life.ts'
import { callModels, startRudeMail } from './canary-surroundings.ts'
import { everythingOverStdio } from './everything.ts'
import { type Answer, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'
import { startRawUpstream } from './raw-upstream.ts'
import { freshDatabase, stores } from './store-kinds.ts'

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hi' } } }
const injected = 'canary-injected-credential-0123456789abcdef'
const environment = 'canary-of-the-stdio-environment-0123456789'
const cleanUp: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

describe.each(stores)('on %s', (store) => {
  test('G1 G6 A34 C11 a secret is found nowhere but in the one answer that reveals it', {
    timeout: 120_000,
  }, async () => {
    const databaseUrl = store === 'postgres' ? await freshDatabase() : null
    const upstream = await startRawUpstream()
    cleanUp.push(upstream.stop)
    // The worst server: it says back everything that it was sent, its own credential among it.
    upstream.answerAll(({ request, body, response }) => {
      const echo = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        result: { headers: request.rawHeaders, body: String(body) },
      })
      response.writeHead(200, { 'content-type': 'application/json' }).end(echo)
    })
    const mail = await startRudeMail()
    cleanUp.push(mail.stop)
    const product = await startProduct({
      store,
      ...(databaseUrl ? { databaseUrl } : {}),
      env: { OSTIARY_LOG_LEVEL: 'debug', ...mail.env },
    })
    cleanUp.push(() => product.stop())
    const seen = recorder(product)

    await seen.rest('POST', '/servers', {
      slug: 'echo',
      transport: { type: 'http', url: upstream.url },
      credential: { slot: 'header', name: 'authorization', template: 'Bearer {value}', value: injected },
    })
    await seen.rest('POST', '/servers', {
      slug: 'child',
      transport: { ...everythingOverStdio, env: { CANARY: environment } },
    })
    const key = await product.createKey('canary', 'echo', 'child')
    const revoked = await product.createKey('canary, revoked', 'echo')
    const management = await seen.reveal('POST', '/management-tokens', { name: 'canary', scopes: ['*'] })
    const canaries: Canary[] = [
      canaryOf('a key', key.secret),
      canaryOf('a revoked key', revoked.secret),
      canaryOf('a management token', management),
      { name: 'the bootstrap token', value: product.bootstrapToken },
      { name: "the server's credential", value: injected },
      { name: 'the environment of a stdio server', value: environment },
    ]

    await driveTraffic(product, seen, key.secret, revoked)
    const watched = { rest: seen.rest, keep: (answer: Answer) => void seen.answers.push(answer) }
    canaries.push(...(await callModels(product, watched, upstream.url)))
    const life = await liveThrough(product, watched)
    cleanUp.push(life.stop)
    canaries.push(...life.canaries, ...mail.canaries)
    await eventually(async () => mail.logins() > 0, 'somebody was to be told by mail')
    for (const path of everyList) await seen.rest('GET', path)
    await seen.rest('GET', `/keys/${key.id}`)

    expect(
      seen.answers.flatMap((answer) => found(canaries, answerText(answer)).map((name) => `${name} in ${answer.text}`)),
    ).toEqual([])
    expect(found(canaries, life.told())).toEqual([])
    expect(found(canaries, product.logs())).toEqual([])
    expect(await foundInFolder(canaries, product.dataDir)).toEqual([])
    if (databaseUrl) expect(await foundInPostgres(canaries, databaseUrl)).toEqual([])
    // What was in memory only until the end must not appear with the last writes either.
    await product.serve.stop()
    expect(found(canaries, product.logs())).toEqual([])
    expect(await foundInFolder(canaries, product.dataDir)).toEqual([])
  })
})

test('the search finds a secret in every form in which it may lie around', () => {
  const canaries: Canary[] = [{ name: 'it', value: injected }]
  const forms = [
    injected,
    Buffer.from(injected).toString('hex'),
    Buffer.from(injected, 'utf8').toString('base64'),
    ...['x', 'xx', 'xxx'].map((before) => Buffer.from(`${before}${injected}yy`).toString('base64url')),
  ]
  for (const form of forms) expect(found(canaries, `before ${form} after`), form).toEqual(['it'])
  expect(found(canaries, 'nothing of the kind')).toEqual([])
})

const everyList = [
  '/keys',
  '/servers',
  '/servers/echo',
  '/servers/child',
  '/audit-events',
  '/gateways',
  '/management-tokens',
  '/me',
  '/openapi.json',
]

type Recorder = {
  readonly answers: Answer[]
  readonly rest: Product['rest']
  readonly call: Product['call']
  /** The one answer that may hold the secret: kept out of the search. */
  readonly reveal: (method: string, path: string, body: unknown) => Promise<string>
}

function recorder(product: Product): Recorder {
  const answers: Answer[] = []
  const keep = async (answer: Promise<Answer>) => {
    answers.push(await answer)
    return answer
  }
  return {
    answers,
    rest: (...args) => keep(product.rest(...args)),
    call: (...args) => keep(product.call(...args)),
    reveal: async (...args) => (await product.rest(...args)).body.secret,
  }
}

const answerText = ({ headers, text }: Answer): string => `${JSON.stringify([...headers])}\n${text}`

async function driveTraffic(
  product: Product,
  seen: Recorder,
  key: string,
  revoked: { id: string; secret: string },
): Promise<void> {
  expect((await seen.call('echo', key, message)).status).toBe(200)
  await seen.call('child', key, {
    ...message,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
  })
  await seen.call('echo', revoked.secret, message)
  await seen.rest('POST', `/keys/${revoked.id}/revoke`, {})
  const odd: [string, string | null, unknown, RequestInit?][] = [
    ['echo', revoked.secret, message],
    ['nowhere', key, message],
    ['echo', key, null, { body: `{"broken": "${key}` }],
    ['echo', key, [message, { key }]],
    [key, null, message],
    [`echo?key=${key}`, null, message],
    [`echo/${key}`, key, message],
    ['echo', key, message, { headers: { 'x-api-key': revoked.secret } }],
    ['echo', null, message, { headers: { 'x-api-key': key } }],
    ['echo', `${key.slice(0, -1)}!`, message],
    ['echo', key, message, { headers: { origin: `https://${key.toLowerCase()}.example` } }],
    [
      'echo',
      key,
      message,
      { headers: { 'mcp-session-id': key, 'x-request-id': key, 'user-agent': key, referer: `http://x/${key}` } },
    ],
    ['echo', product.bootstrapToken, message],
  ]
  for (const call of odd) await seen.call(...call)
  for (const url of [
    `${product.gatewayUrl}/mcp/${key}`,
    `${product.gatewayUrl}/mcp/${key}/echo`,
    `${product.controlUrl}/${key}`,
    `${product.controlUrl}/api/v1/keys/${key}`,
  ]) {
    await fetch(url, { headers: { authorization: `Bearer ${key}` } }).then(async (answer) =>
      seen.answers.push({ status: answer.status, headers: answer.headers, text: await answer.text(), body: null }),
    )
  }
  await seen.rest('POST', '/keys', {
    name: 'x',
    unknown: key,
    mcp: { servers: { mode: 'only', items: [revoked.secret] } },
  })
  await seen.rest('POST', '/servers', {
    slug: 'broken',
    transport: { type: 'http', url: `http://127.0.0.1:1/${key}` },
    unknown: key,
  })
  await seen.rest('GET', `/keys?search=${revoked.secret}`)
}
