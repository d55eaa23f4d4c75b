import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Canary, canaryOf } from './canary.ts'
import { type Answer, ask, type Json, type Product } from './product.ts'
import { eventually } from './programs.ts'

/** Answers that may hold no secret, and what webhooks were told. */
type Seen = {
  readonly rest: Product['rest']
  readonly keep: (answer: Answer) => void
}
type Life = {
  readonly canaries: readonly Canary[]
  /** What has arrived at the webhook. */
  readonly told: () => string
  readonly stop: () => Promise<unknown>
}

/**
 * Everything that can happen to a key, and its secrets: each is shown in one answer, which is not kept; all other answers
 * are. Whoever has rotated, claimed, imported and lost keys must find none of them lying around.
 */
export async function liveThrough(product: Product, seen: Seen): Promise<Life> {
  const receiver = await startReceiver()
  const reveal = createReveal(product)
  const canaries: Canary[] = []
  const learn = (name: string, token: string): string => {
    canaries.push(canaryOf(name, token))
    return token
  }
  const mcp = { servers: { mode: 'only', items: ['echo'] } }

  const hook = await reveal('POST', '/webhooks', { url: receiver.url, events: ['*'] })
  canaries.push({ name: 'the secret of a webhook', value: hook.secret.slice('whsec_'.length, -2) })

  const first = await reveal('POST', '/keys', { name: 'rotated', mcp })
  learn('a secret that was rotated out', first.secret)
  const next = await reveal('POST', `/keys/${first.key.id}/rotate`, { mode: 'grace', graceSeconds: 60 })
  learn('the next secret', next.secret)

  const url = await reveal('POST', '/keys', { name: 'by address', kind: 'url', mcp, pinNetwork: true })
  learn('a URL key', url.secret)
  await callByAddress(product, seen, url.secret)

  canaries.push(...(await claimed(product, reveal, seen)))
  canaries.push(...(await children(product, reveal, seen, next)))

  const asOnce = { 'idempotency-key': 'canary' }
  const made = await product.rest('POST', '/keys', { name: 'twice', mcp }, asOnce)
  learn('a key that was asked for twice', made.body.secret)
  await seen.rest('POST', '/keys', { name: 'twice', mcp }, asOnce)

  const definitions = {
    keys: [
      { name: 'one', mcp },
      { name: 'two', mcp },
    ],
  }
  const imported = await reveal('POST', '/keys/import', definitions, asOnce)
  for (const { secret } of imported.results) learn('an imported key', secret)
  await seen.rest('POST', '/keys/import', definitions, asOnce)

  const lost = await reveal('POST', '/keys', { name: 'lost', mcp })
  learn('a key that was found', lost.secret)
  await report(product, seen, lost.secret)
  await eventually(
    async () => (await seen.rest('GET', `/keys/${lost.key.id}`)).body.key.exposedAt !== null,
    'the found key is exposed',
  )
  await mistakes(product, seen, first.key.id, next.secret)
  for (const path of everyPage(first.key.id, hook.webhook.id)) await seen.rest('GET', path)
  await eventually(() => receiver.told().includes('key.exposed'), 'the webhook hears of it')
  return { canaries, told: receiver.told, stop: receiver.stop }
}

type Reveal = (method: string, path: string, body: unknown, headers?: Record<string, string>) => Promise<Json>

const createReveal =
  (product: Product): Reveal =>
  async (method, path, body, headers = {}) => {
    const answer = await product.rest(method, path, body, headers)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }

/** A key for somebody else: the link, the code in it, the reveal, and the link once more. */
async function claimed(product: Product, reveal: Reveal, seen: Seen): Promise<Canary[]> {
  const { member } = await reveal('POST', '/members', { email: 'ada@example.com', name: 'Ada' })
  const token = (await reveal('POST', '/management-tokens', { name: 'of Ada', scopes: ['*'], member: member.id }))
    .secret
  const owner = { type: 'member', id: member.id }
  const offered = await reveal('POST', '/keys', { name: 'for Ada', owner, mcp: { servers: { mode: 'all' } } })
  const code = new URL(offered.claim.url).hash.slice(1)
  const asAda = { authorization: `Bearer ${token}` }
  const { secret } = await reveal('POST', '/claims', { code }, asAda)
  await seen.rest('POST', '/claims', { code }, asAda)
  await seen.rest('POST', '/claims', { code })
  await fetch(`${product.controlUrl}/claim`).then(async (answer) => seen.keep(await kept(answer)))
  return [
    canaryOf('the token of a member', token),
    { name: 'the code of a claim', value: code },
    canaryOf('a claimed key', secret),
  ]
}

/** A child over REST and one over OAuth, both used, one of them wrongly. */
async function children(product: Product, reveal: Reveal, seen: Seen, key: Json): Promise<Canary[]> {
  const { access_token: child } = await reveal('POST', `/keys/${key.key.id}/children`, { ttlSeconds: 600 })
  const exchanged = await ask(`${product.gatewayUrl}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key.key.id, client_secret: key.secret }),
  })
  if (exchanged.status !== 200) throw new Error(`/oauth/token answered ${exchanged.status}: ${exchanged.text}`)
  const oauth: string = exchanged.body.access_token
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  for (const token of [child, oauth, `${oauth.slice(0, -4)}AAAA`]) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const call = { method: 'POST', headers, body: JSON.stringify(ping) }
    seen.keep(await ask(`${product.gatewayUrl}/mcp-connect/echo`, call))
    seen.keep(await ask(`${product.controlUrl}/api/v1/me`, { headers }))
  }
  const signature = (name: string, token: string): Canary => ({ name, value: token.slice(-86, -16) })
  return [signature('a child token', child), signature('a child token of OAuth', oauth)]
}

async function callByAddress(product: Product, seen: Seen, secret: string): Promise<void> {
  for (const path of [`/mcp/${secret}/echo`, `/mcp/${secret}/nowhere`, `/mcp/${secret}/../${secret}`, `/${secret}`]) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
    const headers = { 'content-type': 'application/json', referer: `http://x${path}` }
    seen.keep(await ask(`${product.gatewayUrl}${path}`, { method: 'POST', headers, body }))
  }
}

async function report(product: Product, seen: Seen, token: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const post = async (path: string, body: unknown) =>
    seen.keep(
      await ask(`${product.controlUrl}/api/v1/leaks${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    )
  await post('/verify', { Ostiary: { token: [token] } })
  await post('', { token })
  await post('', { token, more: token })
  await post('/github', { alert: { secret: token } })
}

/** Secrets where none belongs: refused, and not repeated. */
async function mistakes(_product: Product, seen: Seen, id: string, secret: string): Promise<void> {
  const metadata = { note: `the key is ${secret}`, [secret]: 1 }
  await seen.rest('POST', '/keys', { name: 'careless', metadata })
  await seen.rest('PATCH', `/keys/${id}`, { metadata })
  await seen.rest('PATCH', `/keys/${id}`, { tags: [secret] })
  await seen.rest('POST', `/keys/${id}/rotate`, { mode: secret })
  await seen.rest('POST', `/keys/${id}/children`, { narrow: { [secret]: 1 } })
  await seen.rest('POST', '/claims', { code: secret })
  await seen.rest('POST', '/keys/import', { keys: [{ name: 'x', metadata }, { secret }] })
  await seen.rest('POST', '/webhooks', { url: `https://hooks.example/${secret}?k=${secret}`, events: [secret] })
  await seen.rest('GET', `/keys/export?format=csv&search=${secret}`)
}

const everyPage = (key: string, webhook: string): readonly string[] => [
  '/keys',
  `/keys/${key}`,
  `/keys/${key}/rotation`,
  `/keys/${key}/clients`,
  `/keys/${key}/children`,
  '/keys/export?format=csv',
  '/keys/export?format=json',
  '/rotations',
  '/webhooks',
  `/webhooks/${webhook}`,
  `/webhooks/${webhook}/deliveries`,
  '/audit-events?limit=200',
  '/audit-events/export',
  '/audit-events/checkpoints',
]

const kept = async (answer: Response): Promise<Answer> => ({
  status: answer.status,
  headers: answer.headers,
  text: await answer.text(),
  body: null,
})

async function startReceiver() {
  let told = ''
  const server = createServer((request, response) => {
    request.on('data', (piece: Buffer) => {
      told += String(piece)
    })
    request.on('end', () => response.writeHead(204).end())
    told += JSON.stringify(request.rawHeaders)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/events`, told: () => told, stop }
}
