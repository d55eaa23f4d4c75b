import { z } from 'zod'
import { Policies } from '../../people/policies/schema.ts'
import { Tier } from '../../projects/schema.ts'
import { Dialect, Model, Preset, ProviderAuth, ProviderTimeouts } from '../../providers/schema.ts'
import { Timeouts } from '../../servers/schema.ts'
import type { Answer, Control } from '../control.ts'
import type { Given } from '../values.ts'
import type { Kind } from './schema.ts'

/** What control has, read by its ordinary lists; fields of later versions are passed over. */

const common = {
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  revision: z.int(),
  managedBy: z.string().nullable(),
}
const Project = z.object({ ...common, tier: Tier, default: z.boolean() })
const Transport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('http'), url: z.string() }),
  z.object({ type: z.literal('sse'), url: z.string() }),
  z.object({
    type: z.literal('stdio'),
    command: z.string(),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.unknown()).default({}),
  }),
])
const Server = z.object({
  ...common,
  project: z.string(),
  transport: Transport,
  credential: z.object({ name: z.string(), template: z.string() }).nullable(),
  timeouts: Timeouts.required().strip(),
  perGateway: z.boolean(),
  toolPrices: z.record(z.string(), z.string()),
})
const Provider = z.object({
  ...common,
  project: z.string(),
  preset: Preset.nullable(),
  dialect: Dialect,
  baseUrl: z.string(),
  auth: ProviderAuth,
  credential: z.object({ id: z.string() }).nullable(),
  timeouts: ProviderTimeouts.required().strip(),
  retries: z.int(),
  models: z.array(Model.strip()),
})
const Team = z.object({ ...common, members: z.array(z.string()) })
const Catalog = z.object({
  ...common,
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  audience: z.object({ everyone: z.boolean(), teams: z.array(z.string()), members: z.array(z.string()) }),
  joinedByNew: z.boolean(),
})
const Member = z.object({ id: z.string(), email: z.string() })
const Rules = Policies.strip()

export type Seen = {
  readonly project: z.infer<typeof Project>
  readonly server: z.infer<typeof Server>
  readonly provider: z.infer<typeof Provider>
  readonly team: z.infer<typeof Team>
  readonly catalog: z.infer<typeof Catalog>
  readonly policies: z.infer<typeof Rules>
}
export type State = { readonly [K in Exclude<Kind, 'policies'>]: readonly Seen[K][] } & {
  readonly policies: Seen['policies']
  readonly members: readonly z.infer<typeof Member>[]
}

/** Kinds at the same time, the pages of one after the other: each names where the next begins. */
export async function readState(control: Control): Promise<Given<State>> {
  const [project, server, provider, team, catalog, members, policies] = await Promise.all([
    every(control, '/projects', Project),
    every(control, '/servers', Server),
    every(control, '/providers', Provider),
    every(control, '/teams', Team),
    every(control, '/catalogs', Catalog),
    every(control, '/members', Member),
    control.call({ method: 'GET', path: '/policies' }, z.object({ policies: Rules })),
  ])
  if (!project.ok) return project
  if (!server.ok) return server
  if (!provider.ok) return provider
  if (!team.ok) return team
  if (!catalog.ok) return catalog
  if (!members.ok) return members
  if (!policies.ok) return policies
  const lists = { project: project.value, server: server.value, provider: provider.value, team: team.value }
  const value = { ...lists, catalog: catalog.value, members: members.value, policies: policies.value.policies }
  return { ok: true, value }
}

async function every<T>(control: Control, path: string, item: z.ZodType<T>): Promise<Given<readonly T[]>> {
  const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() })
  const items: T[] = []
  let cursor: string | undefined
  do {
    const query = { limit: '200', cursor }
    const answer: Answer<z.infer<typeof page>> = await control.call({ method: 'GET', path, query }, page)
    if (!answer.ok) return answer
    items.push(...answer.value.items)
    cursor = answer.value.nextCursor ?? undefined
  } while (cursor !== undefined)
  return { ok: true, value: items }
}
