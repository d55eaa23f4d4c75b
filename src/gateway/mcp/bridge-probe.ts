import { isMembers, type Members, membersOf } from './bridge-message.ts'
import { modernVersion, type Profile } from './bridge-versions.ts'
import type { Started, Upstream } from './stdio-pool.ts'

export type Tool = { readonly name: string; readonly description?: string }
export type Probe =
  | { readonly state: 'ready'; readonly tools: readonly Tool[] }
  | { readonly state: 'unreachable'; readonly lastError: string }

const pages = 50

/** Looks at a stdio server through its shared child: legacy first, because that never hurts a server. */
export const probeUpstream = async (
  acquire: (profile: Profile) => Promise<Started>,
  timeoutMs: number,
): Promise<Probe> => {
  const plain = await acquire('plain')
  const modern = !plain.ok && plain.failure.kind === 'unreachable' ? await acquire('modern') : null
  const started = modern?.ok ? modern : plain
  if (!started.ok) return { state: 'unreachable', lastError: 'why' in started.failure ? started.failure.why : 'busy' }
  try {
    return { state: 'ready', tools: await listTools(started.upstream, modern?.ok === true, timeoutMs) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { state: 'unreachable', lastError: [why, started.upstream.lastWords()].filter(Boolean).join(': ') }
  }
}

const listTools = async (upstream: Upstream, isModern: boolean, timeoutMs: number): Promise<Tool[]> => {
  if (!isMembers(membersOf(membersOf(upstream.greeting)['capabilities'])['tools'])) return []
  const tools: Tool[] = []
  let cursor: string | undefined
  // A server whose cursor never ends must not keep us here.
  for (let page = 0; page < pages; page++) {
    const result = membersOf(await upstream.link.ask('tools/list', paramsOf(cursor, isModern), timeoutMs))
    const items: unknown = result['tools']
    if (Array.isArray(items)) tools.push(...items.flatMap(toolOf))
    const next = result['nextCursor']
    if (typeof next !== 'string' || next === cursor) break
    cursor = next
  }
  return tools
}

const paramsOf = (cursor: string | undefined, isModern: boolean): Members => ({
  ...(cursor === undefined ? {} : { cursor }),
  ...(isModern
    ? {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': modernVersion,
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      }
    : {}),
})

export const toolOf = (value: unknown): Tool[] => {
  const { name, description } = membersOf(value)
  if (typeof name !== 'string') return []
  return [typeof description === 'string' ? { name, description } : { name }]
}
