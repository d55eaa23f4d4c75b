import { startEverything } from '../everything.ts'
import { startMockProvider } from '../llm/mock-provider.ts'
import type { Json } from '../product.ts'
import type { Rig } from './rig.ts'

/** An organization as it is after some weeks: what every screen shows, and somebody at work in it. */
export type Peopled = { readonly keys: Readonly<Record<string, Json>>; readonly stop: () => Promise<void> }

const all = { mode: 'all' } as const
const dayMs = 86_400_000
const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString()

export async function fill(rig: Rig): Promise<Peopled> {
  const { done, product } = rig
  const everything = await startEverything()
  const mock = await startMockProvider()
  const stop = async () => {
    await everything.stop()
    await mock.stop()
  }
  await rig.emailOf('owner')
  const people = await fillPeople(rig)
  for (const [slug, name, tier] of [
    ['checkout', 'Checkout', 'production'],
    ['lab', 'Lab', 'development'],
  ])
    await done('POST /projects', { slug, name, tier })
  for (const [slug, name] of [
    ['everything', 'Everything'],
    ['tickets', 'Tickets'],
    ['wiki', 'Company wiki'],
  ])
    await done('POST /servers', { slug, name, transport: { type: 'http', url: everything.url } })
  await done('POST /servers', {
    slug: 'broken',
    name: 'Broken',
    transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
  })
  const price = { inputPerMillion: '1', outputPerMillion: '4' }
  const models = ['mock-plain', 'mock-x', 'mock-slow'].map((id) => ({ id, price }))
  await done('POST /providers', {
    slug: 'open',
    name: 'Open models',
    dialect: 'openai',
    baseUrl: mock.openAiUrl,
    models,
    credential: { value: 'sk-mock-0123456789abcdef' },
  })
  await done('POST /catalogs', {
    slug: 'engineering',
    name: 'Engineering',
    servers: ['everything', 'wiki'],
    providers: ['open'],
  })
  const keys = await fillKeys(rig, people)
  await fillRules(rig, keys, people)
  await work(rig, keys)
  await product.rest('POST', '/servers/everything/test')
  return { keys, stop }
}

async function fillPeople({ done, emailOf }: Rig): Promise<Record<string, string>> {
  for (const role of ['admin', 'member', 'auditor'] as const) await emailOf(role)
  const { items } = await done('GET /members')
  const ids: Record<string, string> = Object.fromEntries(items.map((member: Json) => [member.role, member.id]))
  const { member } = await done('POST /invitations', {
    email: 'grace@example.com',
    name: 'Grace Hopper',
    role: 'member',
  })
  const left = await done('POST /members', {
    email: 'linus@example.com',
    name: 'Linus Left',
    role: 'member',
    password: 'seven brown horses',
  })
  await done('POST /keys', {
    name: 'Old laptop',
    owner: { type: 'member', id: left.member.id },
    mcp: { enabled: true, servers: all },
  })
  await done(`POST /members/${left.member.id}/deactivate`)
  const made = await done('POST /teams', { slug: 'payments', name: 'Payments', members: [ids['member'], ids['admin']] })
  return { ...ids, invited: member?.id ?? '', team: made.team?.id ?? made.id }
}

async function fillKeys({ done, product }: Rig, people: Record<string, string>): Promise<Record<string, Json>> {
  const keys: Record<string, Json> = {}
  const make = async (name: string, body: object) => {
    keys[name] = await done('POST /keys', { name, ...body })
  }
  const mcp = { enabled: true, servers: all, toolsDefault: all }
  const llm = { enabled: true, providers: all, models: all }
  await make('Production API', {
    mcp,
    llm,
    tags: ['team:checkout', 'prod'],
    description: 'Assistant of the shop',
    limits: { requestsPerMinute: 600 },
    budgets: [{ period: 'month', usd: '250', thresholds: [50, 80, 100] }],
  })
  await make('CI pipeline', {
    mcp: { ...mcp, servers: { mode: 'only', items: ['everything'] } },
    expiresIn: '30d',
    owner: { type: 'team', id: people['team'] },
  })
  await make('Claude on my desk', { mcp, projects: ['lab'], owner: { type: 'member', id: people['member'] } })
  await make('Header-less client', {
    kind: 'url',
    mcp: { ...mcp, servers: { mode: 'only', items: ['wiki'] } },
    expiresIn: '30d',
  })
  await make('Batch embeddings', { llm, expiresAt: inDays(3) })
  await make('Paused experiment', { mcp, active: false })
  await make('Was in a repository', { mcp })
  await done(`POST /keys/${keys['Was in a repository']?.key.id}/revoke`, { reason: 'Seen in a public repository' })
  await done('POST /apps', { name: 'Support agent', tools: { tickets: all } })
  await done(`POST /keys/${keys['CI pipeline']?.key.id}/rotate`, { mode: 'grace' })
  await product.rest('POST', '/management-tokens', {
    name: 'Terraform',
    scopes: ['keys:read', 'keys:write'],
    expiresAt: inDays(60),
  })
  return keys
}

async function fillRules(
  { done, product }: Rig,
  keys: Record<string, Json>,
  people: Record<string, string>,
): Promise<void> {
  await done('POST /budgets', {
    target: { type: 'team', id: people['team'] },
    period: 'month',
    usd: '1000',
    thresholds: [50, 80, 100],
  })
  await done('POST /limits', { target: { type: 'server', id: 'tickets' }, requestsPerMinute: 120 })
  await done('POST /webhooks', { name: 'Pager', url: 'https://hooks.example.com/ostiary', events: ['key.*'] })
  await product.rest('POST', '/access-requests', {
    key: keys['CI pipeline']?.key.id,
    server: 'wiki',
    reason: 'Release notes are written there',
  })
  await product.rest('POST', '/gateways', { name: 'frankfurt' })
}

/** Calls of three keys, most of them admitted: what usage, requests and findings are made of. */
async function work({ product }: Rig, keys: Record<string, Json>): Promise<void> {
  const secretOf = (name: string): string => String(keys[name]?.secret)
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
  for (let at = 0; at < 12; at += 1) await product.call('everything', secretOf('Production API'), list)
  for (let at = 0; at < 3; at += 1) await product.call('everything', secretOf('CI pipeline'), list)
  await product.call('wiki', secretOf('CI pipeline'), list)
  for (let at = 0; at < 6; at += 1)
    await chat(product.gatewayUrl, secretOf('Production API'), at % 3 === 2 ? 'no-such-model' : 'mock-plain')
}

const chat = async (gatewayUrl: string, secret: string, model: string): Promise<void> => {
  const answer = await fetch(`${gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await answer.arrayBuffer()
}
