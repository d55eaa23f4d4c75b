import { byKey, type Refusal, type Refuses, type Subject } from './check.ts'
import { admits, admitsNothing, admitsTool } from './choice.ts'
import { besideGrants, isReached, openedToKey } from './grants.ts'
import { narrowedTools, narrowsOf } from './narrow/cuts.ts'
import type { Call, Target } from './schema.ts'
import { admitsEveryTool, mayLeadToTools, toolsOf } from './tools.ts'

/** What is called: a server and its tools, or a provider and its models. The order stands in checks.ts. */

type OfTarget = (subject: Subject, call: Call, target: Target, now: number) => Omit<Refusal, 'code'> | null

/** One code for all that keeps a caller from a server, unknown ones included: nobody learns which slugs exist. */
function about(refuses: OfTarget): Refuses {
  return (subject, call, now) => {
    const called = targetOf(call)
    const refusal =
      called === null ? { rule: nameOf(call), revision: subject.key.revision } : refuses(subject, call, called, now)
    return refusal && { ...refusal, code: call.kind === 'mcp' ? 'server_not_allowed' : 'provider_not_allowed' }
  }
}

/** Apps choose tools; providers are their key's matter. */
function ofMcp(refuses: Refuses): Refuses {
  return (subject, call, now) => (call.kind === 'mcp' ? refuses(subject, call, now) : null)
}

const targetOf = (call: Call): Target | null => (call.kind === 'mcp' ? call.server : call.provider)
const nameOf = ({ kind: of }: Call): string => (of === 'mcp' ? 'server' : 'provider')

export const target: Refuses = about(() => null)

export const project: Refuses = about(({ key, backing }, _call, { project: of }) => {
  if (!backing.projects.has(of)) return { rule: 'key.projects', revision: key.revision }
  // The app lives in one project, whatever its key was given.
  const { app: owner } = backing
  return owner === null || owner.project === of ? null : { rule: 'app.project', revision: owner.revision }
})

export const choice: Refuses = about((subject, call, { id }, now) => {
  const { revision, scope } = subject.key
  const isMcp = call.kind === 'mcp'
  const field = isMcp ? 'mcp.servers' : 'llm.providers'
  const isChosen = admits(isMcp ? scope.mcp.servers : scope.llm.providers, id) || openedToKey(subject, id, now) !== null
  if (!isChosen) return { rule: `key.${field}`, revision }
  for (const { mcp, llm } of narrowsOf(subject)) {
    const cut = isMcp ? mcp?.servers : llm?.providers
    if (cut !== undefined && !admits(cut, id)) return { rule: `child.${field}`, revision }
  }
  return null
})

export const app: Refuses = ofMcp(
  about((subject, _call, { id }, now) => {
    const { app: of } = subject.backing
    if (of === null || !admitsNothing(toolsOf(of, id)) || openedToKey(subject, id, now) !== null) return null
    return { rule: 'app.tools', revision: of.revision }
  }),
)

export const catalog: Refuses = about((subject, call, { id }, now) => {
  if (isReached(subject, call.kind, id, now)) return null
  const { catalogs } = subject.backing
  return { rule: 'owner.catalogs', revision: Math.max(0, ...catalogs.map(({ revision }) => revision)) }
})

export const tool: Refuses = (subject, call, now) => {
  if (call.kind !== 'mcp' || call.server === null) return null
  const { id } = call.server
  if (call.method !== 'tools/call') {
    const isClosed = mayLeadToTools(call.method) && !admitsEveryTool(subject, id, now)
    return isClosed ? byKey(subject, 'tool_not_allowed', 'method') : null
  }
  const refusal = refusedTool(subject, id, call.tool, now)
  if (refusal !== null) return refusal
  for (const narrow of narrowsOf(subject)) {
    const cut = narrowedTools(narrow, id)
    if (cut !== null && !admitsTool(cut, call.tool ?? '')) return byKey(subject, 'tool_not_allowed', 'child.mcp.tools')
  }
  return null
}

/** What a grant of the key opens is asked about nothing else; one of the owner leaves the choices as they are. */
function refusedTool(subject: Subject, server: string, named: string | null, now: number): Refusal | null {
  const { key, backing } = subject
  const granted = openedToKey(subject, server, now)
  if (granted !== null && named !== null && admitsTool(granted, named)) return null
  const isOfKey = named !== null && admitsTool(toolsOf(key.scope.mcp, server), named)
  if (!isOfKey) return byKey(subject, 'tool_not_allowed', 'key.mcp.tools')
  if (backing.app !== null && !admitsTool(toolsOf(backing.app, server), named))
    return { code: 'tool_not_allowed', rule: 'app.tools', revision: backing.app.revision }
  const own = besideGrants(subject, 'mcp', server, now)
  return own === null || admitsTool(own, named) ? null : byKey(subject, 'tool_not_allowed', 'grant')
}

export const model: Refuses = (subject, call, now) => {
  if (call.kind !== 'llm' || call.provider === null) return null
  const { model: named, provider } = call
  if (named === null || !provider.models.has(named)) return byKey(subject, 'model_not_allowed', 'model')
  const granted = openedToKey(subject, provider.id, now)
  if (granted === null || !admits(granted, named)) {
    if (!admits(subject.key.scope.llm.models, named)) return byKey(subject, 'model_not_allowed', 'key.llm.models')
    const own = besideGrants(subject, 'llm', provider.id, now)
    if (own !== null && !admits(own, named)) return byKey(subject, 'model_not_allowed', 'grant')
  }
  for (const { llm } of narrowsOf(subject))
    if (llm?.models !== undefined && !admits(llm.models, named))
      return byKey(subject, 'model_not_allowed', 'child.llm.models')
  return null
}
