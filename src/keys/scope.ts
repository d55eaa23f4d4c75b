import type { Problem } from '../problems.ts'
import type { Tier } from '../projects/schema.ts'
import type { Named, NamedProject, Policies } from './directory.ts'
import { parseNetwork } from './network.ts'
import type { Choice, KeyPatch, NewKey, Scope, ToolChoices } from './schema.ts'

export type Failure = NonNullable<Problem['errors']>[number]
type Field = 'projects' | 'mixedEnvironments' | 'allServersReason' | 'mcp' | 'llm' | 'addresses' | 'gateways'
/** What was said about rights, at creation or later; `null` is the default, as if it had not been said. */
export type ScopeInput = Pick<NewKey, Field> | Pick<KeyPatch, Field>
type Names = ReadonlyMap<string, Pick<Named, 'id'>>

/** What the names in an input mean now, by what was asked for; what whoever asks may not name is missing like the rest. */
export type Facts = {
  readonly servers: Names
  readonly providers: Names
  readonly gateways: Names
  readonly projects: ReadonlyMap<string, NamedProject>
  /** Where a key belongs that names no project. */
  readonly home: NamedProject | null
  /** An app's key has the app's project and no other. */
  readonly isBound: boolean
  /** Live servers of the key's projects. */
  readonly open: readonly Pick<Named, 'id'>[]
  readonly policies: Policies
  /** By project id, of what the key had and will have; empty where the policies do not ask. */
  readonly tiers: ReadonlyMap<string, Tier>
  /** Whoever asks is bound by the ceilings of members. */
  readonly isSelfService: boolean
  /** The servers of which the app grants tools, of an app's key; missing: it is none, or its app is gone. */
  readonly granted?: Choice | undefined
  /** Id of the webhook that the schedule names, where there is one and whoever asks may name it. */
  readonly webhook: string | null
}

/**
 * Pure: what is not given is denied, or stays as it was `before`, and everything is written out, so that the record says
 * all that it means.
 */
export function planScope(input: ScopeInput, before: Scope | null, facts: Facts, errors: Failure[]): Scope {
  const projects = projectsOf(input, before, facts, errors)
  const isMoved = input.projects !== undefined
  const why = input.allServersReason === undefined ? before?.allServersReason : input.allServersReason
  const mcp = before && input.mcp === undefined ? before.mcp : mcpOf(input.mcp ?? undefined, facts, errors)
  return {
    projects,
    mixedEnvironments:
      input.mixedEnvironments === undefined ? (before?.mixedEnvironments ?? null) : input.mixedEnvironments,
    ...(why == null ? {} : { allServersReason: why }),
    mcp: before && input.mcp === undefined && !isMoved ? mcp : bounded(completed(mcp, facts.open), errors),
    llm: before && input.llm === undefined ? before.llm : llmOf(input.llm ?? undefined, facts, errors),
    addresses: before && input.addresses === undefined ? before.addresses : addressesOf(input.addresses, errors),
    gateways:
      before && input.gateways === undefined
        ? before.gateways
        : resolved(input.gateways ?? { mode: 'all' }, facts.gateways, '/gateways', 'gateway', errors),
  }
}

/** Ids, each once. */
export function projectsOf(
  input: Pick<ScopeInput, 'projects'>,
  before: Pick<Scope, 'projects'> | null,
  { projects, home, isBound }: Pick<Facts, 'projects' | 'home' | 'isBound'>,
  errors: Failure[],
): string[] {
  if (before && input.projects === undefined) return before.projects
  const named = input.projects?.map((name, i) => {
    const project = projects.get(name)
    if (!project) errors.push({ pointer: `/projects/${i}`, detail: 'there is no such project' })
    return project?.id ?? name
  })
  const ids = [...new Set(named ?? (home ? [home.id] : []))]
  if (isBound && (ids.length !== 1 || ids[0] !== home?.id)) {
    errors.push({ pointer: '/projects', detail: 'must be the project of the app and no other' })
  }
  return ids
}

function mcpOf(input: NewKey['mcp'], facts: Facts, errors: Failure[]): Scope['mcp'] {
  const enabled = input === undefined ? false : (input.enabled ?? true)
  if (enabled && input?.servers === undefined) errors.push({ pointer: '/mcp/servers', detail: sayWhich })
  const servers = resolved(input?.servers ?? { mode: 'none' }, facts.servers, '/mcp/servers', 'server', errors)
  const tools = toolsOf(input?.tools ?? {}, servers, facts, errors)
  return { enabled, servers, tools, toolsDefault: eachOnce(input?.toolsDefault ?? { mode: 'all' }) }
}

const sayWhich = 'say which: {"mode":"all"}, "only", "except" or "none"'

/** By id, and only of servers that the choice beside it admits: a right that could never be used is a mistake. */
function toolsOf(input: ToolChoices, servers: Choice, facts: Facts, errors: Failure[]): ToolChoices {
  const tools = new Map<string, Choice>()
  for (const [name, choice] of Object.entries(input)) {
    const pointer = `/mcp/tools/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const id = facts.servers.get(name)?.id
    if (id === undefined) errors.push({ pointer, detail: 'there is no such server' })
    else if (!admits(servers, id)) errors.push({ pointer, detail: 'mcp.servers does not admit this server' })
    else if (tools.has(id)) errors.push({ pointer, detail: 'this server has an entry already, under its other name' })
    else tools.set(id, eachOnce(choice))
  }
  return Object.fromEntries(tools)
}

/** With an entry for every server that is admitted now; which are admitted later have the default then. */
function completed(mcp: Scope['mcp'], open: Facts['open']): Scope['mcp'] {
  const missing = open.filter(({ id }) => admits(mcp.servers, id) && !Object.hasOwn(mcp.tools, id))
  return { ...mcp, tools: { ...mcp.tools, ...Object.fromEntries(missing.map(({ id }) => [id, mcp.toolsDefault])) } }
}

/** As many as a body may name by itself: written out for each server, a long default would make a record of any size. */
const toolsNamedAtMost = 20_000

function bounded(mcp: Scope['mcp'], errors: Failure[]): Scope['mcp'] {
  const named = Object.values(mcp.tools).reduce((sum, choice) => sum + itemsOf(choice).length, 0)
  if (named <= toolsNamedAtMost) return mcp
  const detail = `would name ${named} tools, server by server, and may name ${toolsNamedAtMost}: admit fewer servers`
  errors.push({ pointer: '/mcp/toolsDefault', detail })
  return mcp
}

function llmOf(input: NewKey['llm'], facts: Facts, errors: Failure[]): Scope['llm'] {
  const enabled = input === undefined ? false : (input.enabled ?? true)
  if (enabled && input?.providers === undefined) errors.push({ pointer: '/llm/providers', detail: sayWhich })
  const providers = resolved(
    input?.providers ?? { mode: 'none' },
    facts.providers,
    '/llm/providers',
    'provider',
    errors,
  )
  return { enabled, providers, models: eachOnce(input?.models ?? { mode: 'all' }) }
}

/** Grants hold ids, so that renaming moves no right. */
function resolved(choice: Choice, known: Names, pointer: string, what: string, errors: Failure[]): Choice {
  if (choice.mode !== 'only' && choice.mode !== 'except') return { mode: choice.mode }
  const ids = choice.items.map((item, i) => {
    const named = known.get(item)
    if (!named) errors.push({ pointer: `${pointer}/items/${i}`, detail: `there is no such ${what}` })
    return named?.id ?? item
  })
  return { mode: choice.mode, items: [...new Set(ids)] }
}

function addressesOf(rule: NewKey['addresses'] | null, errors: Failure[]): Scope['addresses'] {
  if (rule == null || rule.mode === 'any') return { mode: 'any' }
  for (const [i, cidr] of rule.cidrs.entries()) {
    if (parseNetwork(cidr) === null) {
      errors.push({ pointer: `/addresses/cidrs/${i}`, detail: 'must be an address or a CIDR block such as 10.0.0.0/8' })
    }
  }
  return { mode: 'only', cidrs: [...new Set(rule.cidrs)] }
}

/** What a choice names. */
export const itemsOf = (choice: Choice | null | undefined): readonly string[] =>
  choice?.mode === 'only' || choice?.mode === 'except' ? choice.items : []

/** Names once, in the order in which they were said. */
export const eachOnce = (choice: Choice): Choice =>
  choice.mode === 'only' || choice.mode === 'except' ? { ...choice, items: [...new Set(choice.items)] } : choice

/** As the decision reads it (access/choice.ts, which stands above keys): a mode that is not known admits nothing. */
const admits = (choice: Choice, id: string): boolean =>
  choice.mode === 'all' ||
  (choice.mode === 'only' && choice.items.includes(id)) ||
  (choice.mode === 'except' && !choice.items.includes(id))
