import { z } from 'zod'
import { type Entry, programEntry, remoteEntry, unfit } from './entry.ts'
import { type Asked, type Found, resolved, type Variables } from './values.ts'

/** `server.json` of the MCP registry, schema 2025-12-11; what is not about starting or calling a server is passed over. */
const shared = {
  value: z.string().optional(),
  default: z.string().optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  description: z.string().optional(),
  choices: z.array(z.string()).optional(),
}
const Input = z.object(shared)
const variables = z.record(z.string(), Input).optional()
const Named = z.object({ ...shared, name: z.string().min(1).max(128), variables })
const Argument = z.discriminatedUnion('type', [
  z.object({ ...shared, type: z.literal('positional'), valueHint: z.string().optional(), variables }),
  z.object({ ...shared, type: z.literal('named'), name: z.string().min(1), variables }),
])
type Argument = z.infer<typeof Argument>
const Remote = z.object({
  type: z.string(),
  url: z.string().min(1),
  headers: z.array(Named).optional(),
  variables,
})
const Package = z.object({
  registryType: z.string(),
  identifier: z.string(),
  version: z.string().optional(),
  transport: z.object({ type: z.string() }).optional(),
  runtimeArguments: z.array(Argument).optional(),
  packageArguments: z.array(Argument).optional(),
  environmentVariables: z.array(Named).optional(),
})
type Package = z.infer<typeof Package>
export const RegistryServer = z.object({
  name: z.string().min(1).max(200),
  remotes: z.array(Remote).optional(),
  packages: z.array(Package).optional(),
})
export type RegistryServer = z.infer<typeof RegistryServer>

/** Several remotes and packages are ways to the same server: the first that a gateway can use is taken, remotes first. */
export function registryEntry({ name, remotes = [], packages = [] }: RegistryServer, given: Variables): Entry {
  const remote = remotes.find(({ type }) => type === 'streamable-http') ?? remotes.find(({ type }) => type === 'sse')
  if (remote) {
    const url = resolved({ name: 'url', value: remote.url }, named(remote.variables), given)
    const headers = (remote.headers ?? []).map((header) => ({ name: header.name, found: found(header, given) }))
    return remoteEntry(name, remote.type === 'sse' ? 'sse' : 'http', url, headers)
  }
  const local = packages.filter(({ transport }) => (transport?.type ?? 'stdio') === 'stdio')
  const usable = local.find(({ registryType }) => Object.hasOwn(starts, registryType))
  if (usable) return packageEntry(name, usable, given)
  return unfit(name, 'it has no remote and no package (npm, pypi or oci over stdio) that a gateway can use')
}

const named = (inner: Readonly<Record<string, z.infer<typeof Input>>> = {}): Record<string, Asked> =>
  Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, { ...one, name }]))

const found = (asked: z.infer<typeof Named>, given: Variables): Found => resolved(asked, named(asked.variables), given)

/** No option of the program that runs it, and no second word. */
const identifier = /^[@A-Za-z0-9][\w@./:+~-]{0,213}$/
const version = /^[A-Za-z0-9][\w.+-]{0,127}$/

type Start = { readonly command: string; readonly before: readonly string[]; readonly what: (one: Package) => string }

const starts: Readonly<Record<string, Start>> = {
  npm: { command: 'npx', before: ['-y'], what: (one) => atVersion(one, '@') },
  pypi: { command: 'uvx', before: [], what: (one) => atVersion(one, '@') },
  oci: { command: 'docker', before: ['run', '-i', '--rm'], what: (one) => atVersion(one, ':') },
}

const atVersion = ({ identifier: id, version: at, registryType }: Package, sign: string): string => {
  const isTagged = registryType === 'oci' && /[:@][^/]*$/.test(id)
  return at === undefined || isTagged ? id : `${id}${sign}${at}`
}

function packageEntry(name: string, one: Package, given: Variables): Entry {
  const start = starts[one.registryType]
  const isPlain = identifier.test(one.identifier) && (one.version === undefined || version.test(one.version))
  if (!start || !isPlain) return unfit(name, 'its package has a name or version that cannot be one')
  const env = Object.fromEntries((one.environmentVariables ?? []).map((each) => [each.name, found(each, given)]))
  // A container sees only what is handed in, by name: the value stays in the environment.
  const handed = Object.entries(env).flatMap(([key, { value }]) => (value === null ? [] : ['-e', key]))
  const args = [
    ...start.before.map(plain),
    ...(one.registryType === 'oci' ? handed.map(plain) : []),
    ...argumentsOf(one.runtimeArguments, given),
    plain(start.what(one)),
    ...argumentsOf(one.packageArguments, given),
  ]
  return programEntry(name, { command: start.command, args, env })
}

export const plain = (value: string): Found => ({ value, isSecret: false, missing: [] })

const argumentsOf = (all: readonly Argument[] = [], given: Variables): Found[] =>
  all.flatMap((one) => {
    const name = one.type === 'named' ? one.name : (one.valueHint ?? 'argument')
    const value = resolved({ ...one, name }, named(one.variables), given)
    if (one.type === 'positional') return value.value === null && value.missing.length === 0 ? [] : [value]
    const isFlag = one.value === undefined && one.default === undefined && value.value === null
    // A flag without a value is there if it must be.
    if (isFlag) return one.isRequired && one.isSecret !== true ? [plain(name)] : value.missing.length > 0 ? [value] : []
    return [plain(name), value]
  })
