import { ok, type Result, refuse } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { holderNameOf, leadsElsewhere } from '../../target.ts'
import type { Holder, Sessions } from '../sessions.ts'
import type { Gate } from './gate.ts'
import type { Turn } from './turn.ts'

/** Calls that wait in this process for their client to come back with answers. */
export type Parked = {
  /** The state with which the client comes back. */
  readonly park: (gate: Gate, server: ServerRecord, asked: Asked, turn: Turn) => Result<string>
  /** The gateway that has it, where it is another one. */
  readonly elsewhere: (gate: Gate, server: ServerRecord, state: string) => string | null
  /** Once, and for the same thing: only that was decided. Null: the state is none of ours. */
  readonly find: (gate: Gate, server: ServerRecord, asked: Asked, state: string) => Found | null
  /** Ends those whose key may not go on, or whose server is another. */
  readonly judge: () => void
  readonly sweep: () => void
  readonly size: () => number
  readonly close: () => void
}
/** Null: it has been ended, or answered, or is on another gateway. */
export type Asked = { readonly method: string; readonly name: string }
export type Found = { readonly turn: Turn | null }

type Deps = {
  readonly sessions: Pick<Sessions, 'wrap' | 'open'>
  /** The record of now. */
  readonly server: (id: string) => ServerRecord | null
  readonly newId: () => string
  readonly now: () => number
}

type Waiting = {
  readonly gate: Gate
  readonly server: ServerRecord
  readonly asked: Asked
  readonly turn: Turn
  readonly until: number
}

export const parkedMs = 5 * 60_000
const mostPerKey = 20

export function createParked(deps: Deps): Parked {
  const waiting = new Map<string, Waiting>()
  const endWhere = (isOver: (one: Waiting) => boolean) => {
    for (const [id, one] of waiting) {
      if (!isOver(one)) continue
      waiting.delete(id)
      one.turn.end()
    }
  }
  const isOver = ({ until, gate, server, asked: { method, name } }: Waiting) => {
    const now = deps.server(server.id)
    if (until <= deps.now() || now === null || leadsElsewhere(server, now)) return true
    return !gate.may(now, method, method === 'tools/call' ? name : null)
  }
  return {
    park: (gate, server, asked, turn) => {
      const { id: key } = gate.caller.key
      const held = [...waiting.values()].filter((one) => one.gate.caller.key.id === key).length
      if (held >= mostPerKey) return tooMany
      const id = deps.newId()
      waiting.set(id, { gate, server, asked, turn, until: deps.now() + parkedMs })
      return ok(deps.sessions.wrap(holderIn(gate, server), id))
    },
    elsewhere: (gate, server, state) => {
      const found = deps.sessions.open(holderIn(gate, server), state, true)
      return found !== null && 'elsewhere' in found ? found.elsewhere : null
    },
    find: (gate, server, asked, state) => {
      const found = deps.sessions.open(holderIn(gate, server), state, true)
      if (found === null) return null
      if ('elsewhere' in found) return { turn: null }
      const one = waiting.get(found.here)
      if (one === undefined || one.asked.method !== asked.method || one.asked.name !== asked.name) return { turn: null }
      waiting.delete(found.here)
      if (!isOver(one)) return { turn: one.turn }
      one.turn.end()
      return { turn: null }
    },
    judge: () => endWhere(isOver),
    sweep: () => endWhere(isOver),
    size: () => waiting.size,
    close: () => endWhere(() => true),
  }
}

/** By key and server: the state of another is none. */
const holderIn = ({ caller }: Gate, server: ServerRecord): Holder => ({
  organization: caller.key.organization,
  server: server.id,
  target: 'parked',
  key: holderNameOf(caller),
})

const tooMany = refuse('rate_limited', {
  detail: `${mostPerKey} calls of this API key wait for answers on this gateway. Answer one, or wait.`,
  retryAfterSeconds: 10,
})
