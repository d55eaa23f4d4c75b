import type { Choice, KeyRecord } from '../keys/schema.ts'
import type { Backing } from './backing.ts'
import { both, either } from './choice.ts'
import { besideGrants, openedToKey } from './grants.ts'
import { cutTools, type LiveChild, narrowsOf } from './narrow/cuts.ts'

type Chooses = { readonly tools: Readonly<Record<string, Choice>>; readonly toolsDefault: Choice }
type Holder = { readonly key: KeyRecord; readonly child: LiveChild | null; readonly backing: Backing }

/** The entry of that server and no other; a server without one, admitted later, has the default. */
export const toolsOf = ({ tools, toolsDefault }: Chooses, server: string): Choice =>
  Object.hasOwn(tools, server) ? (tools[server] ?? toolsDefault) : toolsDefault

/** What the choices of the key, its app and the child token leave of the tools of that server, and grants open, in one word. */
export function toolChoice(holder: Holder, server: string, now: number): Choice {
  const { key, backing } = holder
  const ofKey = toolsOf(key.scope.mcp, server)
  const chosen = backing.app === null ? ofKey : both(ofKey, toolsOf(backing.app, server))
  const own = besideGrants(holder, 'mcp', server, now)
  const granted = own && openedToKey(holder, server, now)
  const rights = own === null ? chosen : both(chosen, own)
  return cutTools(granted === null ? rights : either(rights, granted), narrowsOf(holder), server)
}

/** No tool of that server is refused, whatever its name: its list passes as it is. */
export const admitsEveryTool = (holder: Holder, server: string, now: number): boolean =>
  toolChoice(holder, server, now).mode === 'all'

/**
 * Methods of both eras (MCP 2025-11-25, 2026-07-28) that neither call a tool nor fetch what a call has left behind; an
 * answer to the server's own question, and the HTTP methods of calls without a body.
 */
const plain: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
  'completion/complete',
  'logging/setLevel',
  'response',
  'GET',
  'DELETE',
])

/**
 * Could this method lead to a tool that is not named in it? `tasks/…` fetches the results of calls, whoever made them
 * with the same credential; of a method that the protocol does not know nobody can say.
 */
export const mayLeadToTools = (method: string): boolean =>
  !plain.has(method) && (!method.startsWith('notifications/') || method.startsWith('notifications/tasks'))
