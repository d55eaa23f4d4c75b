import type { ControlRoute } from '../../src/control/call.ts'
import { allRoutes } from '../docs/rest.ts'
import { peopleBodies } from './people-calls.ts'

/** Every call of control as data, with what each has to be given to be understood. */

export const kinds = [
  'organization',
  'member',
  'project',
  'team',
  'server',
  'provider',
  'catalog',
  'key',
  'app',
  'managementToken',
  'gateway',
  'webhook',
  'rotation',
  'limit',
  'budget',
  'session',
  'invitation',
  'identityProvider',
  'accessRequest',
] as const
export type Kind = (typeof kinds)[number]
/** One of each, of one organization. */
export type Ids = Readonly<Record<Kind, string>>

/** Where each lives; `POST` there makes one, but for what `madeBy` names. */
export const homeOf: Readonly<Record<Kind, string>> = {
  organization: '/organizations',
  member: '/members',
  project: '/projects',
  team: '/teams',
  server: '/servers',
  provider: '/providers',
  catalog: '/catalogs',
  key: '/keys',
  app: '/apps',
  managementToken: '/management-tokens',
  gateway: '/gateways',
  webhook: '/webhooks',
  rotation: '/rotations',
  limit: '/limits',
  budget: '/budgets',
  session: '/sessions',
  invitation: '/invitations',
  identityProvider: '/identity-providers',
  accessRequest: '/access-requests',
}

/** How one is made, where not by POST to its home. */
const madeBy: Partial<Record<Kind, string>> = { rotation: 'POST /keys/:id/rotate' }
export const makingOf = (kind: Kind): string => madeBy[kind] ?? `POST ${homeOf[kind]}`

/** Of what there is one for each of something else: a fresh one is about a fresh one of those. */
export const onePer: Readonly<Partial<Record<Kind, Kind>>> = { limit: 'key', budget: 'key' }
/** What has to be fresh so that the call can make another one. */
export const freshFor = (line: string): Kind | undefined => {
  const made = kinds.find((kind) => makingOf(kind) === line)
  return made && onePer[made]
}

/** Those that may be named by their slug, too. */
export const withSlug: ReadonlySet<Kind> = new Set([
  'project',
  'team',
  'server',
  'provider',
  'catalog',
  'app',
  'identityProvider',
])

/** Seen in a list alone: no call shows one of them. */
const listedOnly: ReadonlySet<Kind> = new Set(['session'])
export const hasView = (kind: Kind): boolean => !listedOnly.has(kind)

export const routes: readonly ControlRoute[] = allRoutes()
export const lineOf = ({ method, path }: Pick<ControlRoute, 'method' | 'path'>): string => `${method} ${path}`
export const lines: readonly string[] = routes.map(lineOf)
/** Sent as it is made. */
export const isDownload = ({ path }: Pick<ControlRoute, 'path'>): boolean =>
  path.endsWith('/export') || path.endsWith('.csv') || path === '/requests.json'
/** Answers whoever may ask, each with what is his to see. */
export const isNarrowed = (route: ControlRoute): boolean =>
  isList(route) || (isDownload(route) && kindIn(route.path) === null) || route.path === '/usage' || isOnesOwn(route)
/** About nobody but whoever asks. */
const isOnesOwn = ({ path }: Pick<ControlRoute, 'path'>): boolean => path.startsWith('/notifications')
/** Without a name in its query about whoever asks, also where he may see all of them. */
export const isOwnFirst = ({ path }: Pick<ControlRoute, 'path'>): boolean => path === '/sessions'
/** What a browser alone may ask, signed in; no token is enough. */
export const isForBrowsers = ({ needs: { right } }: Pick<ControlRoute, 'needs'>): boolean =>
  right === 'session' || right === 'first-factor'
export const isList = ({ method, path }: ControlRoute): boolean =>
  method === 'GET' && !path.includes(':') && !isDownload({ path }) && !notLists.has(path)
const notLists: ReadonlySet<string> = new Set([
  '/me',
  '/usage',
  '/policies',
  '/openapi.json',
  '/key-templates',
  '/clients',
  '/notifications/preferences',
  '/sessions/current',
  '/me/second-factor',
  '/sign-in/options',
])

/** Whose id stands first in the path; null: none. What is not known here fails, so that no new kind stays untried. */
export function kindIn(path: string): Kind | null {
  // The name of a program, the same for everybody.
  const names = (path.match(/:\w+/g) ?? []).filter((name) => name !== ':client')
  if (names.length === 0) return null
  const kind = kinds.find((one) => path === `${homeOf[one]}/:id` || path.startsWith(`${homeOf[one]}/:id/`))
  const others = names.filter((name) => name !== ':id' && name !== ':child')
  if (kind === undefined || others.length > 0)
    throw new Error(`test/tenants/calls.ts does not know whose id is in ${path}`)
  return kind
}

/** What stands in a path and is nobody's. */
export const nobodys: Readonly<Record<string, string>> = { client: 'claude-code' }

/** All that stands in a path: `id`, and what its thing may hold; nothing has this name unless `readying` has made it. */
export const paramsOf = (path: string, id: string, held: Record<string, string> = {}): Record<string, string> => ({
  id,
  ...(path.includes('/:child') ? { child: 'chd_0000000000000000', ...held } : {}),
})

/** A body that is understood and, where rights and ids are right, done. `n` is new each time. */
export function bodyOf(line: string, ids: Ids, n: string): object | undefined {
  const body = bodies[line]
  if (body) return body(ids, n)
  if (/^(GET|DELETE) /.test(line)) return undefined
  throw new Error(`test/tenants/calls.ts does not know what to send with ${line}`)
}

const only = (...items: string[]) => ({ mode: 'only', items })
const url = 'https://upstream.example.test/v1'
const newKey = ({ team, project, server, provider }: Ids, name: string) => ({
  name,
  owner: { type: 'team', id: team },
  projects: [project],
  mcp: { servers: only(server), tools: { [server]: only('read') } },
  llm: { providers: only(provider) },
})
const bodies: Readonly<Record<string, (ids: Ids, n: string) => object>> = {
  'POST /setup': () => ({ code: 'A'.repeat(43) }),
  'POST /leaks': () => ({ token: 'nothing' }),
  'POST /leaks/verify': () => ({ Ostiary: { token: ['nothing'] } }),
  'POST /leaks/github': () => ({}),
  'POST /organizations': (_, n) => ({ slug: n, name: n, owner: { email: `${n}@example.com`, name: n } }),
  'PATCH /organizations/:id': (_, n) => ({ name: n }),
  'PATCH /policies': () => ({ mixedEnvironments: 'with-reason', timeZone: 'Europe/Berlin', requestsKeptDays: 90 }),
  'POST /members': (_, n) => ({ email: `${n}@example.com` }),
  'PATCH /members/:id': (_, n) => ({ name: n }),
  'POST /teams': ({ member }, n) => ({ slug: n, members: [member] }),
  'PATCH /teams/:id': (_, n) => ({ name: n }),
  'POST /projects': (_, n) => ({ slug: n }),
  'PATCH /projects/:id': (_, n) => ({ name: n }),
  'POST /servers': ({ project }, n) => ({
    slug: n,
    project,
    transport: { type: 'http', url },
    credential: { slot: 'header', name: 'x-key', value: 'upstream-secret' },
  }),
  'PATCH /servers/:id': (_, n) => ({ name: n }),
  'POST /servers/import': ({ project }, n) => ({ project, document: { mcpServers: { [n]: { url } } } }),
  'POST /servers/:id/test': () => ({ waitMs: 0 }),
  'POST /providers': ({ project }, n) => ({
    slug: n,
    project,
    dialect: 'openai',
    baseUrl: url,
    credential: { value: 'upstream-secret' },
    models: [{ id: `model-of-${n}`, price: { inputPerMillion: '2.50', outputPerMillion: '10' } }],
    timeouts: { answerSeconds: 60 },
  }),
  'PATCH /providers/:id': (_, n) => ({ name: n }),
  'POST /providers/:id/test': () => ({ waitMs: 100 }),
  'POST /catalogs': ({ server, provider, team, member }, n) => ({
    slug: n,
    servers: [server],
    providers: [provider],
    audience: { teams: [team], members: [member] },
  }),
  'PATCH /catalogs/:id': (_, n) => ({ name: n }),
  'POST /keys': (ids, n) => newKey(ids, n),
  'PATCH /keys/:id': (_, n) => ({ name: n }),
  'POST /keys/:id/suspend': () => ({ reason: 'lost' }),
  'POST /keys/:id/resume': () => ({}),
  'POST /keys/:id/revoke': () => ({ reason: 'lost' }),
  'POST /keys/:id/duplicate': (_, n) => ({ name: n }),
  'POST /keys/:id/replacement': (_, n) => ({ name: n }),
  'POST /keys/:id/compromise': () => ({ reason: 'lost' }),
  'POST /keys/:id/rotate': () => ({ mode: 'grace' }),
  'POST /keys/:id/rotation/finish': () => ({}),
  'POST /keys/:id/rotation/undo': () => ({}),
  'POST /keys/:id/children': () => ({ ttlSeconds: 60 }),
  'POST /keys/:id/claim': () => ({}),
  'POST /claims': () => ({ code: 'A'.repeat(43) }),
  'POST /keys/bulk': ({ key }, n) => ({ action: 'tag', keys: [key], tags: [n] }),
  'POST /keys/import': (ids, n) => ({ keys: [newKey(ids, n)] }),
  'POST /apps': ({ member, project, server }, n) => ({
    name: n,
    project,
    owner: { type: 'member', id: member },
    tools: { [server]: { mode: 'all' } },
  }),
  'PATCH /apps/:id': (_, n) => ({ name: n }),
  'POST /apps/:id/clone': (_, n) => ({ name: n }),
  'POST /apps/:id/regenerate-key': () => ({}),
  'POST /management-tokens': ({ member }, n) => ({ name: n, scopes: ['keys:read'], member }),
  'POST /gateways': (_, n) => ({ name: n }),
  'POST /webhooks': (_, n) => ({ name: n, url: 'http://127.0.0.1:9/hook', events: ['*'] }),
  'PATCH /webhooks/:id': (_, n) => ({ name: n }),
  'POST /webhooks/:id/test': () => ({}),
  'POST /webhooks/:id/replay': () => ({}),
  'POST /limits': ({ key }) => ({ target: { type: 'key', id: key }, requestsPerMinute: 60, concurrent: 4 }),
  'PATCH /limits/:id': () => ({ tokensPerMinute: 1000, detached: 'closed' }),
  'POST /budgets': ({ key }) => ({ target: { type: 'key', id: key }, usd: '25', period: 'month', thresholds: [50] }),
  'PATCH /budgets/:id': () => ({ usd: '20' }),
  'POST /budgets/:id/top-up': (_, n) => ({ usd: '1.50', note: n }),
  'POST /budgets/:id/reset': (_, n) => ({ note: n }),
  'POST /notifications/read': () => ({}),
  'PATCH /notifications/preferences': () => ({ mail: 'daily' }),
  'POST /access/explain': ({ key, server }) => ({ key, call: { kind: 'mcp', server } }),
  ...peopleBodies,
}

/** What has to happen to a fresh one before the call makes sense. */
export const readying: Readonly<Record<string, readonly [line: string, body: object]>> = {
  'POST /keys/:id/resume': ['POST /keys/:id/suspend', {}],
  'POST /keys/:id/replacement': ['POST /keys/:id/revoke', {}],
  'POST /keys/:id/rotation/finish': ['POST /keys/:id/rotate', { mode: 'grace' }],
  'POST /keys/:id/rotation/undo': ['POST /keys/:id/rotate', { mode: 'grace' }],
  'DELETE /keys/:id/children/:child': ['POST /keys/:id/children', {}],
  'POST /members/:id/activate': ['POST /members/:id/deactivate', { waitMs: 0 }],
  'POST /members/:id/transfer': ['POST /members/:id/deactivate', { waitMs: 0 }],
  'POST /access-requests/:id/end': ['POST /access-requests/:id/approve', { waitMs: 0 }],
}

/** What a fresh one has to be for the call to make sense: a link is for a member whose key has no secret yet. */
const ofMember = ({ member }: Ids, n: string) => ({ name: n, owner: { type: 'member', id: member } })
export const fitting: Readonly<Record<string, (ids: Ids, n: string) => object>> = {
  'POST /keys/:id/claim': ofMember,
  'DELETE /keys/:id/claim': ofMember,
}

/** What became of each, where a call answers for many: the code of the first. */
export const codeWithin = (answer: unknown): string | null => {
  const { results } = Object(answer)
  return Array.isArray(results) ? (results[0]?.code ?? null) : null
}

let last = 0
/** A name and slug that nobody has yet. */
export const another = (word: string): string => {
  last += 1
  return `${word}-${last}`
}
