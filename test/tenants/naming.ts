import type { Ids } from './calls.ts'

const only = (...items: string[]) => ({ mode: 'only', items })
const except = (...items: string[]) => ({ mode: 'except', items })
const all = { mode: 'all' }
const transport = { type: 'http', url: 'https://tools.example.test/mcp' }
const documentOf = (n: string) => ({ mcpServers: { [n]: { url: transport.url } } })
const provider = { dialect: 'openai', baseUrl: 'https://llm.example.test' }

/** [what is named, call, body]: `other` is of the asked organization or of another, all the rest is ours. */
export type Naming = readonly [what: string, line: string, body: object]

/** Every place of a body where something of the organization can be named. */
export const namingsOf = (other: Ids, n: string): readonly Naming[] => [
  ['project', 'POST /servers', { slug: n, transport, project: other.project }],
  ['catalogs', 'POST /servers', { slug: n, transport, catalogs: [other.catalog] }],
  ['import: project', 'POST /servers/import', { document: documentOf(n), project: other.project }],
  ['import: catalogs', 'POST /servers/import', { document: documentOf(n), catalogs: [other.catalog] }],
  ['project', 'POST /providers', { ...provider, slug: n, project: other.project }],
  ['catalogs', 'POST /providers', { ...provider, slug: n, catalogs: [other.catalog] }],
  ...inContent(other).flatMap(([what, body]): Naming[] => [
    [what, 'POST /catalogs', { slug: n, ...body }],
    [what, 'PATCH /catalogs/:id', body],
  ]),
  ['members', 'POST /teams', { slug: n, members: [other.member] }],
  ['members', 'PATCH /teams/:id', { members: [other.member] }],
  ['owner: member', 'POST /keys', { name: n, owner: { type: 'member', id: other.member } }],
  ['owner: team', 'POST /keys', { name: n, owner: { type: 'team', id: other.team } }],
  ...inNarrow(other).map(([what, narrow]): Naming => [what, 'POST /keys/:id/children', { ttlSeconds: 60, narrow }]),
  ...inRights(other).flatMap(([what, body]): Naming[] => [
    [what, 'POST /keys', { name: n, ...body }],
    [what, 'PATCH /keys/:id', body],
  ]),
  ['import: owner', 'POST /keys/import', { keys: [{ name: n, owner: { type: 'team', id: other.team } }] }],
  ['import: webhook', 'POST /keys/import', { keys: [{ name: n }], deliverTo: other.webhook, dryRun: true }],
  ...inRights(other).map(
    ([what, body]): Naming => [`import: ${what}`, 'POST /keys/import', { keys: [{ name: n, ...body }] }],
  ),
  ['project', 'POST /apps', { name: n, project: other.project }],
  ['owner: team', 'POST /apps', { name: n, owner: { type: 'team', id: other.team } }],
  ['owner: member', 'POST /apps', { name: n, owner: { type: 'member', id: other.member } }],
  ['tools', 'POST /apps', { name: n, tools: { [other.server]: all } }],
  ['owner: team', 'PATCH /apps/:id', { owner: { type: 'team', id: other.team } }],
  ['tools', 'PATCH /apps/:id', { tools: { [other.server]: all } }],
  ['member', 'POST /management-tokens', { name: n, scopes: ['keys:read'], member: other.member }],
  ['teams', 'POST /invitations', { email: `${n}@example.com`, teams: [other.team] }],
  ['server', 'POST /access-requests', { server: other.server, reason: n }],
  ['tool', 'POST /access-requests', { tool: `${other.server}/read`, reason: n }],
  ['provider', 'POST /access-requests', { provider: other.provider, reason: n }],
  ['ceilings: servers', 'PATCH /policies', { ceilings: { servers: only(other.server) } }],
  ['ceilings: providers', 'PATCH /policies', { ceilings: { providers: except(other.provider) } }],
  ['tiers: ceilings', 'PATCH /policies', { tiers: { staging: { ceilings: { servers: only(other.server) } } } }],
  ...targetsOf(other).flatMap(([what, target, mayCost]): Naming[] => [
    [what, 'POST /limits', { target, concurrent: 4 }],
    ...(mayCost ? [[what, 'POST /budgets', { target, usd: '5' }] as const] : []),
  ]),
]

/** What a limit may be about, and whether a budget may be as well. */
const targetsOf = (other: Ids): [string, object, boolean][] => [
  ...(['organization', 'project', 'member', 'team', 'app', 'key'] as const).map((type): [string, object, boolean] => [
    `target: ${type}`,
    { type, id: other[type] },
    true,
  ]),
  ['target: server', { type: 'server', id: other.server }, false],
  ['target: tool', { type: 'tool', id: other.server, name: 'read' }, false],
  ['target: provider', { type: 'provider', id: other.provider }, false],
  ['target: model', { type: 'model', id: other.provider, name: 'best' }, false],
]

/** Before the key that is narrowed is changed. */
const inNarrow = (other: Ids): [string, object][] => [
  ['narrow: servers', { mcp: { servers: only(other.server) } }],
  ['narrow: tools', { mcp: { tools: { [other.server]: only('read') } } }],
  ['narrow: providers', { llm: { providers: only(other.provider) } }],
]

const inContent = (other: Ids): [string, object][] => [
  ['servers', { servers: [other.server] }],
  ['providers', { providers: [other.provider] }],
  ['audience: teams', { audience: { teams: [other.team] } }],
  ['audience: members', { audience: { members: [other.member] } }],
]

const inRights = (other: Ids): [string, object][] => [
  ['rotation: webhook', { rotation: { everyDays: 30, deliverTo: other.webhook } }],
  ['projects', { projects: [other.project] }],
  ['servers', { mcp: { servers: only(other.server) } }],
  ['servers', { mcp: { servers: except(other.server) } }],
  ['tools', { mcp: { servers: all, tools: { [other.server]: only('read') } } }],
  ['providers', { llm: { providers: only(other.provider) } }],
  ['providers', { llm: { providers: except(other.provider) } }],
  ['gateways', { gateways: only(other.gateway) }],
]
