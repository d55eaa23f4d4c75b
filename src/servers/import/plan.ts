import { z } from 'zod'
import { ok, type Result, refuse } from '../../problems.ts'
import { ClientInput, ClientServer, clientEntry } from './client-config.ts'
import { type Entry, unfit } from './entry.ts'
import { RegistryServer, registryEntry } from './registry.ts'
import type { Variables } from './values.ts'

export const entriesAtMost = 100

const Servers = z.record(z.string(), z.unknown())
const ClientDocument = z.object({
  mcpServers: Servers.optional(),
  servers: Servers.optional(),
  mcp_servers: Servers.optional(),
  mcp: z.object({ servers: Servers }).optional(),
  inputs: z.array(ClientInput).optional(),
})
const Listed = z.object({ servers: z.array(z.unknown()) })
/** As the registry's API answers. */
const Wrapped = z.object({ server: z.object({ name: z.string() }).loose() })
const WithName = z.object({ name: z.string() })

/** What a document names, each by itself. Pure; no value of the document or of `given` is in a problem or in what is missing. */
export function planImport(document: unknown, given: Variables): Result<readonly Entry[]> {
  const entries = entriesOf(document, given)
  if (entries === null || entries.length === 0) return refuse('invalid', unreadable)
  return entries.length > entriesAtMost ? refuse('invalid', tooMany) : ok(entries)
}

function entriesOf(document: unknown, given: Variables): Entry[] | null {
  const listed = Listed.safeParse(document)
  if (listed.success) return listed.data.servers.map((one) => registryEntryOf(one, given))
  const client = ClientDocument.safeParse(document)
  if (client.success) {
    const { mcpServers, servers, mcp_servers: codex, mcp, inputs = [] } = client.data
    const all = mcpServers ?? servers ?? codex ?? mcp?.servers
    if (all) return Object.entries(all).map(([name, one]) => clientEntryOf(name, one, inputs, given))
  }
  return WithName.safeParse(document).success || Wrapped.safeParse(document).success
    ? [registryEntryOf(document, given)]
    : null
}

function registryEntryOf(one: unknown, given: Variables): Entry {
  const wrapped = Wrapped.safeParse(one)
  const inside = wrapped.success ? wrapped.data.server : one
  const parsed = RegistryServer.safeParse(inside)
  if (parsed.success) return registryEntry(parsed.data, given)
  const named = WithName.safeParse(inside)
  return unfit(named.success ? named.data.name.slice(0, 200) : 'server', shape('server.json', parsed.error))
}

function clientEntryOf(name: string, one: unknown, inputs: readonly ClientInput[], given: Variables): Entry {
  const parsed = ClientServer.safeParse(one)
  if (!parsed.success) return unfit(name, shape('a server of a client', parsed.error))
  return clientEntry(name, parsed.data, { inputs, given })
}

/** Where it is wrong, and not what stands there: it may be a secret. */
const shape = (what: string, { issues: [issue] }: z.ZodError): string =>
  `it is not what ${what} looks like, at /${(issue?.path ?? []).map(String).join('/').slice(0, 200)}`

const unreadable = {
  detail:
    'This is neither a server.json of a registry nor a configuration of a client with `mcpServers`, `servers` or `mcp_servers`.',
  errors: [{ pointer: '/document', detail: 'names no server' }],
}
const tooMany = {
  detail: `At most ${entriesAtMost} servers are imported at once.`,
  errors: [{ pointer: '/document', detail: `names more than ${entriesAtMost} servers` }],
}
