import { z } from 'zod'
import { displayName } from '../../keys/schema.ts'
import { KeyPolicies, Policies } from '../../people/policies/schema.ts'
import { emailAddress, NewTeam } from '../../people/schema.ts'
import { NewProject } from '../../projects/schema.ts'
import { NewProvider } from '../../providers/schema.ts'
import { HttpTransport, NewServer, SseTransport, StdioTransport, slug } from '../../servers/schema.ts'

/** The shapes of files: what REST takes, with slugs and addresses for names, and places of secrets instead of secrets. */

export const apiVersion = 'ostiary/v1'

/** In the order in which they are made; what is taken away goes the other way round. */
export const kinds = ['project', 'server', 'provider', 'team', 'catalog', 'policies'] as const
export type Kind = (typeof kinds)[number]
export const fieldOf = {
  project: 'projects',
  server: 'servers',
  provider: 'providers',
  team: 'teams',
  catalog: 'catalogs',
  policies: 'policies',
} as const satisfies Record<Kind, string>

export const variable = /^[A-Za-z_][A-Za-z0-9_]*$/
const how = 'must be {env: NAME} or {file: PATH}: a secret itself never stands in these files'

/** Where whoever applies has the secret. */
export const From = z.union(
  [z.strictObject({ env: z.string().regex(variable) }), z.strictObject({ file: z.string().min(1).max(1024) })],
  { error: how },
)
export type From = z.infer<typeof From>
const Reference = z.strictObject({ from: From }, { error: `must be {from: …}, which ${how}` })

const Stdio = StdioTransport.extend({ env: z.record(z.string().regex(variable), Reference).optional() })
export const ServerEntry = NewServer.omit({ catalogs: true }).extend({
  project: slug.optional(),
  transport: z.discriminatedUnion('type', [HttpTransport, SseTransport, Stdio]),
  credential: z
    .strictObject({
      slot: z.literal('header').default('header'),
      name: z.string(),
      template: z.string().optional(),
      from: From,
    })
    .optional(),
})
export type ServerEntry = z.infer<typeof ServerEntry>

export const ProviderEntry = NewProvider.omit({ catalogs: true }).extend({
  project: slug.optional(),
  credential: Reference.optional(),
})
export type ProviderEntry = z.infer<typeof ProviderEntry>

/** `default: true`: the project of whatever names none. */
export const ProjectEntry = NewProject.extend({ default: z.literal(true).optional() })
export type ProjectEntry = z.infer<typeof ProjectEntry>

export const TeamEntry = NewTeam.extend({ members: z.array(emailAddress).max(10_000).optional() })
export type TeamEntry = z.infer<typeof TeamEntry>

const Slugs = z.array(slug).max(5000)
export const CatalogEntry = z.strictObject({
  slug,
  name: displayName.optional(),
  servers: Slugs.optional(),
  providers: Slugs.optional(),
  audience: z
    .strictObject({
      everyone: z.boolean().optional(),
      teams: Slugs.optional(),
      members: z.array(emailAddress).max(5000).optional(),
    })
    .optional(),
})
export type CatalogEntry = z.infer<typeof CatalogEntry>

export const PoliciesEntry = KeyPolicies.partial().extend({
  mixedEnvironments: Policies.shape.mixedEnvironments.optional(),
  maxStalenessSeconds: z.int().min(5).max(86_400).optional(),
})
export type PoliciesEntry = z.infer<typeof PoliciesEntry>

export const Document = z.strictObject({
  apiVersion: z.literal(apiVersion),
  /** What manages all of it: whoever applies under this name keeps it. */
  name: slug.optional(),
  projects: z.array(ProjectEntry).optional(),
  servers: z.array(ServerEntry).optional(),
  providers: z.array(ProviderEntry).optional(),
  teams: z.array(TeamEntry).optional(),
  catalogs: z.array(CatalogEntry).optional(),
  policies: PoliciesEntry.optional(),
})
export type Document = z.infer<typeof Document>

export type EntryOf = {
  readonly project: ProjectEntry
  readonly server: ServerEntry
  readonly provider: ProviderEntry
  readonly team: TeamEntry
  readonly catalog: CatalogEntry
  readonly policies: PoliciesEntry
}

/** Where in the files something stands, as people look it up. */
export type Place = { readonly file: string; readonly line: number }
/** What is wrong, and where; all of them are told at once. */
export type Slip = Place & { readonly detail: string }
/** An entry of the files. */
export type Entry = { readonly [K in Kind]: { readonly kind: K; readonly entry: EntryOf[K] } }[Kind] & {
  /** Of policies the word itself: there is one. */
  readonly slug: string
  readonly place: Place
}
