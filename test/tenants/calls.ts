import type { ControlRoute } from '../../src/control/call.ts'
import { allRoutes } from '../docs/rest.ts'

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
] as const
export type Kind = (typeof kinds)[number]
/** One of each, of one organization. */
export type Ids = Readonly<Record<Kind, string>>

/** Where each lives; `POST` there makes one. */
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
}

/** Those that may be named by their slug, too. */
export const withSlug: ReadonlySet<Kind> = new Set(['project', 'team', 'server', 'provider', 'catalog', 'app'])

export const routes: readonly ControlRoute[] = allRoutes()
export const lineOf = ({ method, path }: Pick<ControlRoute, 'method' | 'path'>): string => `${method} ${path}`
export const lines: readonly string[] = routes.map(lineOf)
export const isList = ({ method, path }: ControlRoute): boolean =>
  method === 'GET' && !path.includes(':') && !['/me', '/policies', '/openapi.json', '/key-templates'].includes(path)

/** Whose id stands in the path; null: none. What is not known here fails, so that no new kind stays untried. */
export function kindIn(path: string): Kind | null {
  const names = path.match(/:\w+/g) ?? []
  if (names.length === 0) return null
  const kind = kinds.find((one) => path === `${homeOf[one]}/:id` || path.startsWith(`${homeOf[one]}/:id/`))
  if (kind === undefined || names.length > 1)
    throw new Error(`test/tenants/calls.ts does not know whose id is in ${path}`)
  return kind
}

/** A body that is understood and, where rights and ids are right, done. `n` is new each time. */
export function bodyOf(line: string, ids: Ids, n: string): object | undefined {
  const body = bodies[line]
  if (body) return body(ids, n)
  if (/^(GET|DELETE) /.test(line)) return undefined
  throw new Error(`test/tenants/calls.ts does not know what to send with ${line}`)
}

const only = (...items: string[]) => ({ mode: 'only', items })
const url = 'https://upstream.example.test/v1'
const bodies: Readonly<Record<string, (ids: Ids, n: string) => object>> = {
  'POST /setup': () => ({ code: 'A'.repeat(43) }),
  'POST /leaks': () => ({ token: 'nothing' }),
  'POST /leaks/verify': () => ({ Ostiary: { token: ['nothing'] } }),
  'POST /leaks/github': () => ({}),
  'POST /organizations': (_, n) => ({ slug: n, name: n, owner: { email: `${n}@example.com`, name: n } }),
  'PATCH /organizations/:id': (_, n) => ({ name: n }),
  'PATCH /policies': () => ({ mixedEnvironments: 'with-reason' }),
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
  'POST /providers': ({ project }, n) => ({
    slug: n,
    project,
    dialect: 'openai',
    baseUrl: url,
    credential: { value: 'upstream-secret' },
    models: [{ id: `model-of-${n}` }],
  }),
  'PATCH /providers/:id': (_, n) => ({ name: n }),
  'POST /catalogs': ({ server, provider, team, member }, n) => ({
    slug: n,
    servers: [server],
    providers: [provider],
    audience: { teams: [team], members: [member] },
  }),
  'PATCH /catalogs/:id': (_, n) => ({ name: n }),
  'POST /keys': ({ team, project, server, provider }, n) => ({
    name: n,
    owner: { type: 'team', id: team },
    projects: [project],
    mcp: { servers: only(server) },
    llm: { providers: only(provider) },
  }),
  'PATCH /keys/:id': (_, n) => ({ name: n }),
  'POST /keys/:id/suspend': () => ({ reason: 'lost' }),
  'POST /keys/:id/resume': () => ({}),
  'POST /keys/:id/revoke': () => ({ reason: 'lost' }),
  'POST /keys/:id/duplicate': (_, n) => ({ name: n }),
  'POST /keys/:id/replacement': (_, n) => ({ name: n }),
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
  'POST /access/explain': ({ key, server }) => ({ key, call: { kind: 'mcp', server } }),
}

/** What has to happen to a fresh one before the call makes sense. */
export const readying: Readonly<Record<string, readonly [line: string, body: object]>> = {
  'POST /keys/:id/resume': ['POST /keys/:id/suspend', {}],
  'POST /keys/:id/replacement': ['POST /keys/:id/revoke', {}],
}

let last = 0
/** A name and slug that nobody has yet. */
export const another = (word: string): string => {
  last += 1
  return `${word}-${last}`
}
