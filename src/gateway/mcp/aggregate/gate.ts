import { dutiesOf } from '../../../access/caps.ts'
import { decide, type Subject } from '../../../access/decide.ts'
import { endOfGrants } from '../../../access/grants.ts'
import type { Deny, Duty, McpCall } from '../../../access/schema.ts'
import { toolChoice } from '../../../access/tools.ts'
import { ok, type Result } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Caller } from '../../authenticate.ts'
import { denied } from '../../denied.ts'

export type GateDeps = {
  readonly subjectOf: (caller: Caller, address: string) => Result<Subject>
  /** Servers of an organization by slug. */
  readonly serversOf: (organization: string) => readonly ServerRecord[]
  readonly findServer: (organization: string, slug: string) => ServerRecord | null
  readonly now: () => number
}

type Asked = Pick<McpCall, 'method' | 'tool'>

/** What one caller may do by now, asked anew each time: his rights change while a list is gathered or a stream is open. */
export type Gate = {
  readonly caller: Caller
  readonly subject: () => Result<Subject>
  /** All servers that he reaches, by slug; none if he is refused by now. */
  readonly servers: () => readonly ServerRecord[]
  /** Is there one that he reaches, of those that are meant? The others are not asked about. */
  readonly reachesSome: (subject: Subject, isMeant?: (server: ServerRecord) => boolean) => boolean
  /** The record of now; null: there is no such server any more. */
  readonly current: (server: ServerRecord) => ServerRecord | null
  readonly find: (slug: string) => ServerRecord | null
  /** The no, or null. Without a server: the no to a server that does not exist. */
  readonly deny: (subject: Subject, server: ServerRecord | null, asked: Asked) => Deny | null
  /** The decision of now, and what a yes still has to go through. Without a server: what is about all of them. */
  readonly duties: (server: ServerRecord | null, asked: Asked) => Result<readonly Duty[]>
  readonly may: (server: ServerRecord, method: string, tool?: string | null) => boolean
  /** When the first grant that may have opened it is over (ms), or null. */
  readonly until: (server: ServerRecord) => number | null
  /** Which servers and tools he reaches, to be compared; empty: he is not admitted at all. */
  readonly word: () => string
}

const opening: Asked = { method: 'initialize', tool: null }

export function createGate(deps: GateDeps, caller: Caller, address: string): Gate {
  const subject = () => deps.subjectOf(caller, address)
  const deny: Gate['deny'] = (asks, server, asked) => {
    const verdict = decide(asks, { kind: 'mcp', server, ...asked }, deps.now())
    return verdict.kind === 'deny' ? verdict : null
  }
  const isReached = (asks: Subject) => (server: ServerRecord) => deny(asks, server, opening) === null
  const reached = (asks: Subject) => deps.serversOf(asks.key.organization).filter(isReached(asks))
  return {
    caller,
    subject,
    servers: () => {
      const asks = subject()
      return asks.ok ? reached(asks.value) : []
    },
    reachesSome: (asks, isMeant = () => true) =>
      deps.serversOf(asks.key.organization).some((server) => isMeant(server) && isReached(asks)(server)),
    current: ({ id }) => deps.serversOf(caller.key.organization).find((server) => server.id === id) ?? null,
    find: (slug) => deps.findServer(caller.key.organization, slug),
    deny,
    duties: (server, asked) => {
      const asks = subject()
      if (!asks.ok) return asks
      const call: McpCall = { kind: 'mcp', server, ...asked }
      if (server === null) return ok(dutiesOf(asks.value, call))
      const verdict = decide(asks.value, call, deps.now())
      return verdict.kind === 'allow' ? ok(verdict.duties) : denied(verdict, asks.value)
    },
    may: (server, method, tool = null) => {
      const asks = subject()
      return asks.ok && deny(asks.value, server, { method, tool }) === null
    },
    until: ({ id }) => {
      const asks = subject()
      return asks.ok ? endOfGrants(asks.value, id, deps.now()) : null
    },
    word: () => {
      const asks = subject()
      if (!asks.ok) return ''
      return reached(asks.value)
        .map(({ id, slug }) => JSON.stringify([id, slug, toolChoice(asks.value, id, deps.now())]))
        .join('\n')
    },
  }
}

/** At least one server, or the reason why there is none: what refuses at the door, else as if there were no server. */
export function admitSome(gate: Gate): Result<null> {
  const subject = gate.subject()
  if (!subject.ok) return subject
  if (gate.reachesSome(subject.value)) return ok(null)
  const no = gate.deny(subject.value, null, opening)
  return no === null ? ok(null) : denied(no, subject.value)
}

/** Of two words of a gate: is something of the first not in the second as it was? A wider choice of tools counts, too. */
export function takesAway(before: string, now: string): boolean {
  const left = new Set(now.split('\n'))
  return before !== '' && before.split('\n').some((part) => !left.has(part))
}
