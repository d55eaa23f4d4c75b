import type { Choice, KeyRecord } from '../keys/schema.ts'
import { refusalOfState } from '../keys/standing.ts'
import type { ProblemCode } from '../problems.ts'
import { admitsAddress } from './addresses.ts'
import type { Call, Verdict } from './schema.ts'

/** Who asks: the live record of the key, the gateway that was asked, and the client's address. */
export type Subject = { readonly key: KeyRecord; readonly gateway: string; readonly address: string }

type Refusal = { readonly code: ProblemCode; readonly rule: string }
type Check = { readonly name: string; readonly refuses: (subject: Subject, call: Call, now: number) => Refusal | null }

/** Every check, in order; the first that refuses names the reason. A new right is a new line here. */
export const checks: readonly Check[] = [
  { name: 'standing', refuses: standing },
  { name: 'address', refuses: address },
  { name: 'mcp', refuses: mcp },
  { name: 'server', refuses: server },
]

/** The only place where a yes is made. Pure, so the same function filters lists and answers why. */
export function decide(subject: Subject, call: Call, now: number): Verdict {
  for (const check of checks) {
    const refusal = check.refuses(subject, call, now)
    if (refusal) return { kind: 'deny', ...refusal, revision: subject.key.revision }
  }
  return { kind: 'allow', duties: [] }
}

/** Authentication has asked already; here again, because lists and open streams are decided on without it. */
function standing({ key }: Subject, _call: Call, now: number): Refusal | null {
  const code = refusalOfState(key, now)
  return code && { code, rule: 'key.state' }
}

function address({ key, address: from }: Subject): Refusal | null {
  return admitsAddress(key.scope.addresses, from) ? null : { code: 'address_not_allowed', rule: 'key.addresses' }
}

function mcp({ key }: Subject): Refusal | null {
  return key.scope.mcp.enabled ? null : { code: 'mcp_disabled', rule: 'key.mcp.enabled' }
}

/** An unknown server and one that is not admitted answer alike, so nobody learns which slugs exist. */
function server({ key }: Subject, call: Call): Refusal | null {
  if (call.server !== null && admits(key.scope.mcp.servers, call.server.id)) return null
  return { code: 'server_not_allowed', rule: 'key.mcp.servers' }
}

/** Exhaustive on purpose: a mode that is not known here admits nothing. */
export function admits(choice: Choice, id: string): boolean {
  switch (choice.mode) {
    case 'all':
      return true
    case 'only':
      return itemsOf(choice).has(id)
    case 'except':
      return !itemsOf(choice).has(id)
    default:
      return false
  }
}

type Listed = Extract<Choice, { mode: 'only' | 'except' }>
const sets = new WeakMap<Listed, ReadonlySet<string>>()

/** A choice may name a thousand servers: looked up, not searched. Compiled once, as records are never changed. */
function itemsOf(choice: Listed): ReadonlySet<string> {
  const held = sets.get(choice)
  if (held) return held
  const set = new Set(choice.items)
  sets.set(choice, set)
  return set
}
