import { byKey, type Refusal, type Refuses, type Subject } from './check.ts'
import { admits, admitsNothing, admitsTool, setOf } from './choice.ts'
import { narrowedTools, narrowsOf } from './narrow/cuts.ts'
import type { Call, Target } from './schema.ts'
import { admitsEveryTool, mayLeadToTools, toolsOf } from './tools.ts'

/** What is called: a server and its tools, or a provider and its models. The order stands in checks.ts. */

type OfTarget = (subject: Subject, call: Call, target: Target) => Omit<Refusal, 'code'> | null

/** One code for all that keeps a caller from a server, unknown ones included: nobody learns which slugs exist. */
function about(refuses: OfTarget): Refuses {
  return (subject, call) => {
    const called = targetOf(call)
    const refusal =
      called === null ? { rule: nameOf(call), revision: subject.key.revision } : refuses(subject, call, called)
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

export const choice: Refuses = about((subject, call, { id }) => {
  const { revision, scope } = subject.key
  const isMcp = call.kind === 'mcp'
  const field = isMcp ? 'mcp.servers' : 'llm.providers'
  if (!admits(isMcp ? scope.mcp.servers : scope.llm.providers, id)) return { rule: `key.${field}`, revision }
  for (const { mcp, llm } of narrowsOf(subject)) {
    const cut = isMcp ? mcp?.servers : llm?.providers
    if (cut !== undefined && !admits(cut, id)) return { rule: `child.${field}`, revision }
  }
  return null
})

export const app: Refuses = ofMcp(
  about(({ backing }, _call, { id }) => {
    const { app: of } = backing
    if (of === null || !admitsNothing(toolsOf(of, id))) return null
    return { rule: 'app.tools', revision: of.revision }
  }),
)

export const catalog: Refuses = about(({ backing }, call, { id }) => {
  let revision = 0
  for (const each of backing.catalogs) {
    if (setOf(call.kind === 'mcp' ? each.servers : each.providers).has(id)) return null
    revision = Math.max(revision, each.revision)
  }
  return { rule: 'owner.catalogs', revision }
})

export const tool: Refuses = (subject, call) => {
  if (call.kind !== 'mcp' || call.server === null) return null
  const { key, backing } = subject
  if (call.method !== 'tools/call') {
    const isClosed = mayLeadToTools(call.method) && !admitsEveryTool(subject, call.server.id)
    return isClosed ? byKey(subject, 'tool_not_allowed', 'method') : null
  }
  const isOfKey = call.tool !== null && admitsTool(toolsOf(key.scope.mcp, call.server.id), call.tool)
  if (!isOfKey) return byKey(subject, 'tool_not_allowed', 'key.mcp.tools')
  if (backing.app !== null && !admitsTool(toolsOf(backing.app, call.server.id), call.tool ?? ''))
    return { code: 'tool_not_allowed', rule: 'app.tools', revision: backing.app.revision }
  for (const narrow of narrowsOf(subject)) {
    const cut = narrowedTools(narrow, call.server.id)
    if (cut !== null && !admitsTool(cut, call.tool ?? '')) return byKey(subject, 'tool_not_allowed', 'child.mcp.tools')
  }
  return null
}

export const model: Refuses = (subject, call) => {
  if (call.kind !== 'llm' || call.provider === null) return null
  const isKnown = call.model !== null && call.provider.models.has(call.model)
  if (!isKnown) return byKey(subject, 'model_not_allowed', 'model')
  const isAdmitted = admits(subject.key.scope.llm.models, call.model ?? '')
  if (!isAdmitted) return byKey(subject, 'model_not_allowed', 'key.llm.models')
  for (const { llm } of narrowsOf(subject))
    if (llm?.models !== undefined && !admits(llm.models, call.model ?? ''))
      return byKey(subject, 'model_not_allowed', 'child.llm.models')
  return null
}
