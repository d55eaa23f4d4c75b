import type { Narrow } from '../../access/narrow/schema.ts'
import type { Choice } from '../schema.ts'

/** What a token shall be for, in the words of a scope (RFC 6749 §3.3): names as they were said. */
export type Wanted = {
  /** By server: all that its key may call there, or these tools. */
  readonly servers: ReadonlyMap<string, 'all' | ReadonlySet<string>>
  readonly models: ReadonlySet<string>
}

/**
 * Pure: `mcp:{server}`, `mcp:{server}:{tool}` and `llm:{model}`. Null: a word is none of these. `mcp:read` is kept for tools
 * that an administrator has marked as reading; until there are marks it is no scope, and no server of that name is meant.
 */
export function parseScope(words: readonly string[]): Wanted | null {
  const servers = new Map<string, 'all' | Set<string>>()
  const models = new Set<string>()
  for (const word of words) {
    const [kind, ...rest] = word.split(':')
    if (word === 'mcp:read' || rest.length === 0 || rest.includes('')) return null
    if (kind === 'llm') models.add(rest.join(':'))
    else if (kind === 'mcp') wantTool(servers, rest)
    else return null
  }
  return { servers, models }
}

/** Whoever wants a server and one of its tools wants the server. */
function wantTool(servers: Map<string, 'all' | Set<string>>, [server = '', ...rest]: readonly string[]): void {
  const held = servers.get(server)
  if (rest.length === 0 || held === 'all') servers.set(server, 'all')
  else servers.set(server, (held ?? new Set()).add(rest.join(':')))
}

/** What the names of the wanted lead to. */
export type Resolved = {
  readonly servers: ReadonlyMap<string, { readonly id: string }>
  /** Ids of models, by what they were called: an alias may stand for another model at each provider. */
  readonly models: ReadonlyMap<string, readonly string[]>
}

/** Pure: what is not wanted is cut off. Two names of one server are one server. */
export function narrowOf({ servers, models }: Wanted, resolved: Resolved): Narrow {
  const tools = new Map<string, 'all' | ReadonlySet<string>>()
  for (const [name, wanted] of servers) {
    const id = resolved.servers.get(name)?.id ?? name
    const held = tools.get(id) ?? new Set()
    tools.set(id, held === 'all' || wanted === 'all' ? 'all' : new Set([...held, ...wanted]))
  }
  const chosen = [...tools].flatMap(([id, names]): [string, Choice][] => (names === 'all' ? [] : [[id, only(names)]]))
  return {
    mcp:
      tools.size === 0
        ? { enabled: false }
        : { servers: only(tools.keys()), ...(chosen.length > 0 && { tools: Object.fromEntries(chosen) }) },
    llm:
      models.size === 0
        ? { enabled: false }
        : { models: only(new Set([...models].flatMap((name) => resolved.models.get(name) ?? []))) },
  }
}

const only = (items: Iterable<string>): Choice => ({ mode: 'only', items: [...items] })
