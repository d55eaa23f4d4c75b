import { z } from 'zod'
import { KeyAccess, MyCatalog } from '../../src/access/schema.ts'
import { AccessRequestView } from '../../src/access-requests/schema.ts'
import { AppView } from '../../src/apps/schema.ts'
import { AuditEventView, CheckpointView } from '../../src/audit/schema.ts'
import { CatalogView } from '../../src/catalogs/schema.ts'
import type { ControlRoute } from '../../src/control/call.ts'
import { withOpenApi } from '../../src/control/openapi.ts'
import { createSurface } from '../../src/control/surface.ts'
import { Effect, GatewayView } from '../../src/fleet/schema.ts'
import { downloadOutput } from '../../src/http/route.ts'
import { RotationView } from '../../src/keys/rotation/schema.ts'
import { KeyView } from '../../src/keys/schema.ts'
import { IdentityProviderView } from '../../src/people/identity-providers/schema.ts'
import { InvitationView } from '../../src/people/invitations/schema.ts'
import { Policies } from '../../src/people/policies/schema.ts'
import { ManagementTokenView, MemberView, OrganizationView, TeamView } from '../../src/people/schema.ts'
import { SessionView } from '../../src/people/sessions/schema.ts'
import { ProjectView } from '../../src/projects/schema.ts'
import { ProviderView } from '../../src/providers/schema.ts'
import { ServerView } from '../../src/servers/schema.ts'
import { code, table } from './markdown.ts'
import { fieldsOf } from './shape.ts'

/** Every call as people write it: `GET /keys/{id}`. */
export const allCalls = (): string[] => allRoutes().map(callOf)
/** Names of members of answers to `GET` that must not be kept. */
export const secretsOfReading = (): string[] =>
  allRoutes().flatMap((route) =>
    route.method === 'POST' ? [] : (route.secretFields ?? []).map((field) => `${callOf(route)}: ${field}`),
  )

/** docs/rest.md: the routes as control mounts them. */
export function restPage(): string {
  const routes = allRoutes()
  const overview = table(
    ['call', 'needs', 'what it does'],
    routes.map((route) => [code(callOf(route)), needsOf(route), `${route.summary}.`]),
  )
  const parts = [...new Set(routes.map(resourceOf))].map((resource) => {
    const own = routes.filter((route) => resourceOf(route) === resource)
    return `## ${titles[resource] ?? resource}\n\n${own.map(section).join('\n')}`
  })
  return `${introduction}\n## All calls\n\n${overview}\n${parts.join('\n')}\n## Objects\n\n${objects()}`
}

/**
 * Every route of the product, as data. Routes take what they need as functions and call none before a request comes,
 * so that nothing has to be there for them to be read.
 */
export function allRoutes(): readonly ControlRoute[] {
  return withOpenApi(createSurface(unused(), unused()), '')
}

function unused<T>(): T {
  const nothing: unknown = new Proxy(() => {}, {
    get: (_, name) => (name === Symbol.toPrimitive ? undefined : nothing),
    apply: () => {
      throw new Error('A route was run where it is only described')
    },
  })
  return nothing as T
}

const titles: Readonly<Record<string, string>> = {
  setup: 'Setup',
  'management-tokens': 'Management tokens',
  me: 'Who am I',
  sessions: 'Signing in',
  'password-resets': 'Lost passwords',
  invitations: 'Invitations',
  'identity-providers': 'Identity providers',
  'sign-in': 'Ways of signing in',
  'access-requests': 'Requests for access',
  organizations: 'Organizations',
  policies: 'Policies',
  members: 'Members',
  teams: 'Teams',
  projects: 'Projects',
  catalogs: 'Catalogs',
  keys: 'Keys',
  'key-templates': 'Templates of keys',
  clients: 'Clients',
  rotations: 'Rotations',
  claims: 'Keys for somebody else',
  leaks: 'Leaks',
  apps: 'Apps',
  servers: 'Servers',
  providers: 'Providers',
  findings: 'Findings',
  access: 'Access',
  gateways: 'Gateways',
  webhooks: 'Webhooks',
  requests: 'Requests',
  'requests.csv': 'Requests as CSV',
  'requests.json': 'Requests as JSON',
  usage: 'Usage',
  'usage.csv': 'Usage as CSV',
  'audit-events': 'Audit events',
  'openapi.json': 'Description',
}

const resourceOf = ({ path }: ControlRoute): string => path.split('/')[1] ?? ''
const callOf = ({ method, path }: ControlRoute): string => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`

function needsOf({ needs }: ControlRoute): string {
  if (needs.right === 'public') return 'nothing'
  if (needs.right === 'anyone') return 'a token or a session'
  if (needs.right === 'session') return 'a session'
  if (needs.right === 'first-factor') return 'a session, also before the second factor'
  return needs.right === 'operator' ? 'the operator' : code(needs.right)
}

function section(route: ControlRoute): string {
  const why = 'because' in route.needs ? `\nPublic: ${route.needs.because.replace(/\.$/, '')}.\n` : ''
  const query = route.query ? fields('query', route.query) : ''
  const body = route.body ? fields('body', route.body) : ''
  const answer = z.toJSONSchema(route.output, { io: 'output', unrepresentable: 'any' })
  const secret = (route.secretFields ?? []).map(code).join(', ')
  const once = secret === '' ? '' : ` Only in this answer, and left out of a replay: ${secret}.`
  const shapes = (answer.anyOf ?? [answer]).map((shape) =>
    Object.keys(typeof shape === 'object' ? (shape.properties ?? {}) : {}),
  )
  const isOpen = shapes.some((members) => members.length === 0)
  const text = route.output === downloadOutput ? 'text, sent as it is made' : 'a JSON object'
  const shown = isOpen ? text : shapes.map((members) => code(`{${members.join(', ')}}`)).join(' or ')
  return `### ${code(callOf(route))}\n\n${route.summary}.\n${why}${query}${body}\nAnswers ${route.status ?? 200} ${shown}.${once}\n`
}

function fields(where: string, schema: z.ZodType): string {
  const rows = fieldsOf(schema, 'input').map(({ name, type, isRequired, limits }) => [
    code(name),
    code(type),
    isRequired ? 'yes' : '',
    limits,
  ])
  return rows.length === 0 ? '' : `\n${table([where, 'type', 'required', 'limits'], rows)}`
}

const views: readonly (readonly [string, z.ZodType])[] = [
  ['Key', KeyView],
  ['Rotation', RotationView],
  ['What a key may call', KeyAccess],
  ['What whoever asks may use', MyCatalog],
  ['App', AppView],
  ['Server', ServerView],
  ['Provider', ProviderView],
  ['Catalog', CatalogView],
  ['Project', ProjectView],
  ['Organization', OrganizationView],
  ['Policies', Policies],
  ['Member', MemberView],
  ['Session', SessionView],
  ['Invitation', InvitationView],
  ['Identity provider', IdentityProviderView],
  ['Request for access', AccessRequestView],
  ['Team', TeamView],
  ['Gateway', GatewayView],
  ['Management token', ManagementTokenView],
  ['Audit event', AuditEventView],
  ['Audit checkpoint', CheckpointView],
  ['Effect', Effect],
]

const objects = (): string =>
  views
    .map(([title, schema]) => {
      const rows = fieldsOf(schema, 'output').map(({ name, type, isRequired }) => [
        code(name),
        code(type),
        isRequired ? '' : 'may be absent',
      ])
      return `### ${title}\n\n${table(['field', 'type', ''], rows)}`
    })
    .join('\n')

const introduction = `# REST

Generated from the routes of control by \`npm run docs\`; a test compares this page with the program.
The same, for machines: OpenAPI 3.1 at \`/api/v1/openapi.json\`.

All paths stand below \`/api/v1\` on control (\`http://127.0.0.1:8421\`). JSON in UTF-8, camelCase, times as ISO 8601 in UTC.

\`\`\`sh no-run
curl -H "Authorization: Bearer $OSTIARY_TOKEN" http://127.0.0.1:8421/api/v1/keys
\`\`\`

- **Who asks.** \`Authorization: Bearer\` with a management token (\`osta_…\`) or the bootstrap token. A token belongs to one organization
  and sees nothing of another; foreign ids answer 404. Its scopes and the role of its member must both cover the call.
- **Browsers** are signed in by a cookie that no page reads ([sign-in.md](sign-in.md)). It counts for pages of this control alone, and a call
  that changes something sends \`ostiary-csrf\` with the \`csrfToken\` of \`GET /sessions/current\`; else 403 \`cross_site\`. A \`GET\` may send it too,
  and is then answered only while the cookie is still the same. Who is signed in to several
  organizations names one in \`ostiary-organization\` (id or slug); without it the one that was used last counts. A call with a token is judged by
  the token alone.
- **Refusals** are problem+json with a code: [errors.md](errors.md).
- **Unknown fields** are refused, in the body and in the query.
- **Lists** answer \`{items, nextCursor}\`, most of them with \`total\`, which counts to 10,000 exactly and says \`totalIsAtLeast\` beyond. Pass
  \`nextCursor\` as \`cursor\` until it is null.
- **PATCH** replaces each top-level field that is present; \`null\` sets it back to its default. An answer with one object has an
  \`ETag\`; sent back as \`If-Match\` it makes a change that is based on an older state answer 412 \`stale\`.
- **Idempotency-Key** (1 to 128 visible ASCII characters) works on every POST that needs a token, for 24 hours: a repeat gets the first answer with
  \`idempotent-replay: true\` and without secrets. A refusal is not kept, so that the same key may be tried again.
- **effect** is in the answer to every change that narrows: \`acked\` names the gateways that have it, \`pending\` those that have not said so with
  the instant from which they decide nothing by themselves, \`effectiveEverywhereBy\` the instant from which it holds everywhere. Control waits
  for the gateways for \`waitMs\` (0 to 30000, default 1000) before it answers.
`
