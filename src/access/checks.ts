import type { AppRecord } from '../apps/schema.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { refusalOfState } from '../keys/standing.ts'
import type { ProblemCode } from '../problems.ts'
import { admitsAddress } from './addresses.ts'
import type { Backing } from './backing.ts'
import { admits, admitsNothing, admitsTool, setOf } from './choice.ts'
import type { Call, Target } from './schema.ts'
import { admitsEveryTool, mayLeadToTools, toolsOf } from './tools.ts'

/** Who asks: the live record of the key, what stands behind it, the gateway that was asked, and the client's address. */
export type Subject = {
  readonly key: KeyRecord
  readonly backing: Backing
  readonly gateway: string
  readonly address: string
}

export type Refusal = { readonly code: ProblemCode; readonly rule: string; readonly revision: number }

export type Check = {
  readonly name: string
  /** Every code that it refuses with, and when: printed in docs/errors.md. */
  readonly codes: readonly ProblemCode[]
  readonly asks: string
  /** It asks who comes, from where and to whom, and nothing of what is called: for `/api/me` it counts too. */
  readonly atTheDoor?: true
  readonly refuses: (subject: Subject, call: Call, now: number) => Refusal | null
}

/** Every check, in order; the first that refuses names the reason. A new right is a new line here. */
export const checks: readonly Check[] = [
  {
    name: 'standing',
    codes: ['key_inactive', 'key_expired', 'key_revoked'],
    asks: 'Is the key active and not expired?',
    atTheDoor: true,
    refuses: standing,
  },
  {
    name: 'owner',
    codes: ['key_inactive', 'key_revoked'],
    asks: 'Is its owner still there, and is it the one key of its app?',
    atTheDoor: true,
    refuses: owner,
  },
  {
    name: 'gateway',
    codes: ['gateway_not_allowed'],
    asks: 'May it use this gateway?',
    atTheDoor: true,
    refuses: gateway,
  },
  {
    name: 'address',
    codes: ['address_not_allowed'],
    asks: 'May it be used from this address?',
    atTheDoor: true,
    refuses: address,
  },
  {
    name: 'environment',
    codes: ['environment_mixed'],
    asks: 'Are its projects of one tier, or may they be mixed?',
    refuses: environment,
  },
  {
    name: 'kind',
    codes: ['mcp_disabled', 'llm_disabled'],
    asks: 'Is MCP, or LLM, switched on for it?',
    refuses: kind,
  },
  {
    name: 'target',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is there such a server or provider?',
    refuses: about(() => null),
  },
  {
    name: 'project',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is it in one of the projects of the key?',
    refuses: about(project),
  },
  {
    name: 'choice',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Does the choice of the key admit it?',
    refuses: about(choice),
  },
  {
    name: 'app',
    codes: ['server_not_allowed'],
    asks: 'Does the app of the key have tools there?',
    refuses: ofMcp(about(app)),
  },
  {
    name: 'catalog',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is it in a catalog that reaches the owner, now?',
    refuses: about(catalog),
  },
  {
    name: 'tool',
    codes: ['tool_not_allowed'],
    asks: 'Do the choices of the key and its app admit the tool? Where they leave any out, is the method one that leads to none?',
    refuses: tool,
  },
  {
    name: 'model',
    codes: ['model_not_allowed'],
    asks: 'Is there such a model, and does the choice of the key admit it?',
    refuses: model,
  },
]

const byKey = ({ key }: Subject, code: ProblemCode, rule: string): Refusal => ({ code, rule, revision: key.revision })

/** Authentication has asked already; here again, because lists and open streams are decided on without it. */
function standing(subject: Subject, _call: Call, now: number): Refusal | null {
  const code = refusalOfState(subject.key, now)
  return code && byKey(subject, code, 'key.state')
}

/** An app has one key: a replaced one stays refused, even if somebody extends its life. */
function owner(subject: Subject): Refusal | null {
  const { key, backing } = subject
  if (!backing.isOwned) return byKey(subject, 'key_inactive', 'key.owner')
  if (key.owner.type !== 'app' || backing.app?.key === key.id) return null
  return byApp(backing.app, subject, 'key_revoked', 'app.key')
}

function gateway(subject: Subject): Refusal | null {
  const isAdmitted = admits(subject.key.scope.gateways, subject.gateway)
  return isAdmitted ? null : byKey(subject, 'gateway_not_allowed', 'key.gateways')
}

function address(subject: Subject): Refusal | null {
  const isAdmitted = admitsAddress(subject.key.scope.addresses, subject.address)
  return isAdmitted ? null : byKey(subject, 'address_not_allowed', 'key.addresses')
}

/** Refused at writing; asked again because two changes that are right by themselves may meet. */
function environment(subject: Subject): Refusal | null {
  return subject.backing.isOneEnvironment ? null : byKey(subject, 'environment_mixed', 'key.projects')
}

function kind(subject: Subject, call: Call): Refusal | null {
  const { mcp, llm } = subject.key.scope
  if (call.kind === 'mcp') return mcp.enabled ? null : byKey(subject, 'mcp_disabled', 'key.mcp.enabled')
  return llm.enabled ? null : byKey(subject, 'llm_disabled', 'key.llm.enabled')
}

type OfTarget = (subject: Subject, call: Call, target: Target) => Omit<Refusal, 'code'> | null

/** One code for all that keeps a caller from a server, unknown ones included: nobody learns which slugs exist. */
function about(refuses: OfTarget): Check['refuses'] {
  return (subject, call) => {
    const target = targetOf(call)
    const refusal =
      target === null ? { rule: nameOf(call), revision: subject.key.revision } : refuses(subject, call, target)
    return refusal && { ...refusal, code: call.kind === 'mcp' ? 'server_not_allowed' : 'provider_not_allowed' }
  }
}

/** Apps choose tools; providers are their key's matter. */
function ofMcp(refuses: Check['refuses']): Check['refuses'] {
  return (subject, call, now) => (call.kind === 'mcp' ? refuses(subject, call, now) : null)
}

const targetOf = (call: Call): Target | null => (call.kind === 'mcp' ? call.server : call.provider)
const nameOf = ({ kind: of }: Call): string => (of === 'mcp' ? 'server' : 'provider')

function project({ key, backing }: Subject, _call: Call, target: Target): Omit<Refusal, 'code'> | null {
  if (!backing.projects.has(target.project)) return { rule: 'key.projects', revision: key.revision }
  // The app lives in one project, whatever its key was given.
  const { app: of } = backing
  return of === null || of.project === target.project ? null : { rule: 'app.project', revision: of.revision }
}

function choice({ key }: Subject, call: Call, { id }: Target): Omit<Refusal, 'code'> | null {
  const { mcp, llm } = key.scope
  const isAdmitted = call.kind === 'mcp' ? admits(mcp.servers, id) : admits(llm.providers, id)
  const rule = call.kind === 'mcp' ? 'key.mcp.servers' : 'key.llm.providers'
  return isAdmitted ? null : { rule, revision: key.revision }
}

function app({ backing }: Subject, _call: Call, { id }: Target): Omit<Refusal, 'code'> | null {
  const { app: of } = backing
  if (of === null || !admitsNothing(toolsOf(of, id))) return null
  return { rule: 'app.tools', revision: of.revision }
}

function catalog({ backing }: Subject, call: Call, { id }: Target): Omit<Refusal, 'code'> | null {
  let revision = 0
  for (const each of backing.catalogs) {
    if (setOf(call.kind === 'mcp' ? each.servers : each.providers).has(id)) return null
    revision = Math.max(revision, each.revision)
  }
  return { rule: 'owner.catalogs', revision }
}

function tool(subject: Subject, call: Call): Refusal | null {
  if (call.kind !== 'mcp' || call.server === null) return null
  const { key, backing } = subject
  if (call.method !== 'tools/call') {
    const isClosed = mayLeadToTools(call.method) && !admitsEveryTool(subject, call.server.id)
    return isClosed ? byKey(subject, 'tool_not_allowed', 'method') : null
  }
  const isOfKey = call.tool !== null && admitsTool(toolsOf(key.scope.mcp, call.server.id), call.tool)
  if (!isOfKey) return byKey(subject, 'tool_not_allowed', 'key.mcp.tools')
  if (backing.app === null || admitsTool(toolsOf(backing.app, call.server.id), call.tool ?? '')) return null
  return byApp(backing.app, subject, 'tool_not_allowed', 'app.tools')
}

function model(subject: Subject, call: Call): Refusal | null {
  if (call.kind !== 'llm' || call.provider === null) return null
  const isKnown = call.model !== null && call.provider.models.has(call.model)
  if (!isKnown) return byKey(subject, 'model_not_allowed', 'model')
  const isAdmitted = admits(subject.key.scope.llm.models, call.model ?? '')
  return isAdmitted ? null : byKey(subject, 'model_not_allowed', 'key.llm.models')
}

const byApp = (of: AppRecord | null, { key }: Subject, code: ProblemCode, rule: string): Refusal => ({
  code,
  rule,
  revision: of?.revision ?? key.revision,
})
