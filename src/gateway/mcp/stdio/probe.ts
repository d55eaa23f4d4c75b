import { listTools, type Tool } from '../tool-list.ts'
import { isMembers, type Members, membersOf } from './message.ts'
import type { Started, Upstream } from './pool.ts'
import { modernVersion, type Profile } from './versions.ts'

export type Probe =
  | { readonly state: 'ready'; readonly tools: readonly Tool[] }
  | { readonly state: 'unreachable'; readonly lastError: string }

/** Looks at a stdio server through its shared child: legacy first, because that never hurts a server. */
export const probeUpstream = async (
  acquire: (profile: Profile) => Promise<Started>,
  timeoutMs: number,
): Promise<Probe> => {
  const plain = await acquire('plain')
  const modern = !plain.ok && plain.failure.kind === 'unreachable' ? await acquire('modern') : null
  const started = modern?.ok ? modern : plain
  if (!started.ok) return unreachable(started)
  try {
    return { state: 'ready', tools: await toolsOf(started.upstream, modern?.ok === true, timeoutMs) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { state: 'unreachable', lastError: [why, started.upstream.lastWords()].filter(Boolean).join(': ') }
  }
}

export const unreachable = ({ failure }: Extract<Started, { ok: false }>): Probe => ({
  state: 'unreachable',
  lastError: 'why' in failure ? failure.why : 'speaks another revision',
})

const toolsOf = async (upstream: Upstream, isModern: boolean, timeoutMs: number): Promise<Tool[]> => {
  if (!isMembers(membersOf(membersOf(upstream.greeting)['capabilities'])['tools'])) return []
  // The child's secrets are taken out of each of its lines already.
  return listTools((cursor) => upstream.link.ask('tools/list', paramsOf(cursor, isModern), timeoutMs), [])
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
