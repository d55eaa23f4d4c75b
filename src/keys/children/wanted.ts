import type { Narrow } from '../../access/narrow/schema.ts'
import type { Call } from '../../access/schema.ts'
import type { Db } from '../../db/database.ts'
import { knownForm } from '../../http/lists.ts'
import { resolveModel } from '../../providers/models.ts'
import { type Provider, providersByModel } from '../../providers/store.ts'
import type { Directory, NamedServer } from '../directory.ts'
import { narrowOf, parseScope, type Wanted } from './scopes.ts'

type May = (call: Call) => boolean

/** A token holds fewer, and each is looked up. */
const wordsAtMost = 100

/**
 * What the words of a scope cut a token to. Null: one of them is no scope, or is wider than whoever asks. He is told the
 * same for what does not exist and for what is not for him, as with every call.
 */
export async function resolveScope(
  { directory }: { readonly directory: Pick<Directory, 'servers'> },
  db: Db,
  organizationId: string,
  words: readonly string[],
  may: May,
): Promise<Narrow | null> {
  const wanted = words.length <= wordsAtMost ? parseScope(words) : null
  if (wanted === null) return null
  const names = [...wanted.servers.keys()]
  if (names.some((name) => knownForm(name) === '')) return null
  const servers = names.length === 0 ? new Map() : await directory.servers(db, organizationId, names)
  if (!names.every((name) => mayCall(servers.get(name), wanted.servers.get(name), may))) return null
  const models = await modelsIn(db, organizationId, wanted, may)
  return models && narrowOf(wanted, { servers, models })
}

function mayCall(server: NamedServer | undefined, tools: 'all' | ReadonlySet<string> | undefined, may: May): boolean {
  if (server === undefined || tools === undefined) return false
  const call = (method: string, tool: string | null): Call => ({ kind: 'mcp', server, method, tool })
  if (tools === 'all') return may(call('tools/list', null))
  return [...tools].every((tool) => may(call('tools/call', tool)))
}

/** By every provider that may be called for it; null: for one of them there is none. */
async function modelsIn(
  db: Db,
  organizationId: string,
  { models }: Wanted,
  may: May,
): Promise<ReadonlyMap<string, readonly string[]> | null> {
  const found = new Map<string, readonly string[]>()
  for (const name of models) {
    const providers = await providersByModel(db, organizationId, name)
    const ids = providers.flatMap((provider) => idAt(provider, name, may) ?? [])
    if (ids.length === 0) return null
    found.set(name, ids)
  }
  return found
}

function idAt(provider: Provider, name: string, may: May): string | null {
  const model = resolveModel(provider, name)?.id ?? null
  const models = new Set(provider.models.map(({ id }) => id))
  const target = { id: provider.id, project: provider.projectId, models }
  return model !== null && may({ kind: 'llm', provider: target, model }) ? model : null
}
