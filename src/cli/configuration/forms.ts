import { defaultKeyPolicies } from '../../people/policies/schema.ts'
import { normalBaseUrl } from '../../providers/base-url.ts'
import { presets } from '../../providers/presets.data.ts'
import { defaultRetries, type Model, ProviderTimeouts } from '../../providers/schema.ts'
import { Timeouts } from '../../servers/schema.ts'
import type { Names } from './names.ts'
import type {
  CatalogEntry,
  Entry,
  PoliciesEntry,
  ProjectEntry,
  ProviderEntry,
  ServerEntry,
  TeamEntry,
} from './schema.ts'
import type { Seen } from './state.ts'

/**
 * One thing, written complete: every default in its place, lists that are sets in their order, slugs for ids. Out of a
 * file and out of an answer of control it is the same form, so that equal means equal. A field that is undefined is not
 * compared. No secret is in it, only that there is one.
 */
export type Form = Readonly<Record<string, unknown>>

export const formOfEntry = (entry: Entry): Form => {
  if (entry.kind === 'project') return ofProject(entry.entry)
  if (entry.kind === 'server') return ofServer(entry.entry)
  if (entry.kind === 'provider') return ofProvider(entry.entry)
  if (entry.kind === 'team') return ofTeam(entry.entry)
  if (entry.kind === 'catalog') return ofCatalog(entry.entry)
  return ofPolicies(entry.entry)
}

const set = (items: readonly string[] = []): string[] => [...new Set(items)].toSorted()

const ofProject = ({ slug, name = slug, tier = 'development', default: isDefault }: ProjectEntry): Form => ({
  name,
  tier,
  default: isDefault,
})
export const projectForm = ({ name, tier, default: isDefault }: Seen['project']): Form => ({
  name,
  tier,
  default: isDefault,
})

/** As control fills it in: `Bearer` where it goes into Authorization. */
export const templateOf = ({
  name,
  template,
}: {
  readonly name: string
  readonly template?: string | undefined
}): string => template ?? (name.toLowerCase() === 'authorization' ? 'Bearer {value}' : '{value}')

const ofServer = (entry: ServerEntry): Form => {
  const {
    slug,
    name = slug,
    project,
    transport,
    credential,
    timeouts = {},
    perGateway = false,
    toolPrices = {},
  } = entry
  const stdio = transport.type === 'stdio' && {
    type: transport.type,
    command: transport.command,
    args: transport.args ?? [],
    env: set(Object.keys(transport.env ?? {})),
  }
  return {
    name,
    project,
    transport: stdio || transport,
    credential: credential ? { name: credential.name, template: templateOf(credential) } : null,
    timeouts: Timeouts.parse(timeouts),
    perGateway,
    toolPrices,
  }
}
export const serverForm = (server: Seen['server'], { slugOf }: Names): Form => {
  const { name, project, transport, credential, timeouts, perGateway, toolPrices } = server
  const written = transport.type === 'stdio' ? { ...transport, env: set(Object.keys(transport.env)) } : transport
  return { name, project: slugOf(project), transport: written, credential, timeouts, perGateway, toolPrices }
}

/** With a preset everything that is left out is as the preset says; its models then are not compared. */
const ofProvider = (entry: ProviderEntry): Form => {
  const { slug, name = slug, project, preset = null, credential, timeouts = {}, retries = defaultRetries } = entry
  const known = preset === null ? null : presets[preset]
  const dialect = entry.dialect ?? known?.dialect ?? 'openai'
  const baseUrl = entry.baseUrl ?? known?.baseUrl ?? undefined
  const models = entry.models ?? (preset === null ? [] : undefined)
  return {
    name,
    project,
    preset,
    dialect,
    baseUrl: baseUrl === undefined ? undefined : normalBaseUrl(baseUrl, dialect, preset),
    auth: entry.auth ?? known?.auth ?? (dialect === 'anthropic' ? 'x-api-key' : 'bearer'),
    credential: credential !== undefined,
    timeouts: ProviderTimeouts.parse(timeouts),
    retries,
    models: models?.map(modelForm),
  }
}
export const providerForm = (provider: Seen['provider'], { slugOf }: Names): Form => {
  const { name, project, preset, dialect, baseUrl, auth, credential, timeouts, retries, models } = provider
  const rest = { auth, credential: credential !== null, timeouts, retries, models: models.map(modelForm) }
  return { name, project: slugOf(project), preset, dialect, baseUrl, ...rest }
}
/** An empty list says what none says. */
export const modelForm = ({ aliases = [], fallbacks = [], ...model }: Model): Model => ({
  ...model,
  ...(aliases.length === 0 ? {} : { aliases }),
  ...(fallbacks.length === 0 ? {} : { fallbacks }),
})

const ofTeam = ({ slug, name = slug, members }: TeamEntry): Form => ({ name, members: set(members) })
export const teamForm = ({ name, members }: Seen['team'], { emailsOf }: Names): Form => ({
  name,
  members: set(emailsOf(members)),
})

const ofCatalog = ({ slug, name = slug, servers, providers, audience = {} }: CatalogEntry): Form => ({
  name,
  servers: set(servers),
  providers: set(providers),
  audience: { everyone: audience.everyone ?? false, teams: set(audience.teams), members: set(audience.members) },
})
export const catalogForm = (catalog: Seen['catalog'], { slugsOf, emailsOf }: Names): Form => {
  const { name, servers, providers, audience } = catalog
  const people = { teams: set(slugsOf(audience.teams)), members: set(emailsOf(audience.members)) }
  const content = { servers: set(slugsOf(servers)), providers: set(slugsOf(providers)) }
  return { name, ...content, audience: { everyone: audience.everyone, ...people } }
}

export const defaultPolicies: Form = { ...defaultKeyPolicies, mixedEnvironments: 'refused', maxStalenessSeconds: 60 }

const ofPolicies = (entry: PoliciesEntry): Form => {
  const given = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))
  return withNames({ ...defaultPolicies, ...given }, (name) => name)
}
export const policiesForm = (policies: Seen['policies'], { slugOf }: Names): Form => {
  const { id: _id, revision: _revision, managedBy: _managedBy, ...rules } = policies
  return withNames(rules, slugOf)
}

/** Ceilings name servers and providers, of the organization and of a tier. */
function withNames(value: unknown, nameOf: (id: string) => string): Form {
  const walk = (part: unknown, key: string): unknown => {
    if (Array.isArray(part)) return key === 'items' ? set(part.map(String).map(nameOf)) : part
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, walk(inner, name)]))
  }
  const walked = walk(value, '')
  return typeof walked === 'object' && walked !== null ? { ...walked } : {}
}
