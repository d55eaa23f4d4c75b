import { ok, type Result, refuse } from '../../../problems.ts'
import type { Caller } from '../../authenticate.ts'
import type { Change } from '../../snapshot.ts'
import { holderNameOf } from '../../target.ts'
import type { Holder, Sessions as Sealing } from '../sessions.ts'
import type { Exchange } from './exchange.ts'
import { admitSome } from './gate.ts'
import { createSession, type Session } from './session.ts'

/** Sessions with all servers of a key, which live in this process. */
export type Table = {
  readonly begin: (exchange: Exchange) => Promise<Session>
  /** Null: there is none of that id for this key. */
  readonly find: (caller: Caller, presented: string) => Result<Session> | { readonly elsewhere: string }
  readonly changed: (change: Change) => void
  readonly sweep: () => void
  readonly size: () => number
  readonly close: () => Promise<void>
}

type Deps = Omit<Parameters<typeof createSession>[0], 'id' | 'holder' | 'onClosed'> & {
  readonly sealing: Pick<Sealing, 'wrap' | 'open'>
  readonly newId: () => string
  readonly now: () => number
}

export const sessionIdleMs = 30 * 60_000
const mostPerKey = 100
const most = 5000

type Held = { readonly session: Session; usedAt: number; open: number }

export function createTable(deps: Deps): Table {
  /** Those that were used longest ago first. */
  const held = new Map<string, Held>()
  const end = (name: string, one: Held) => {
    held.delete(name)
    void one.session.close()
  }
  const makeRoom = (keyId: string) => {
    const own = [...held].filter(([, { session }]) => session.keyId === keyId)
    for (const [name, one] of own.slice(0, Math.max(0, own.length - mostPerKey + 1))) end(name, one)
    for (const [name, one] of [...held].slice(0, Math.max(0, held.size - most + 1))) end(name, one)
  }
  const touch = (name: string, one: Held) => {
    one.usedAt = deps.now()
    held.delete(name)
    held.set(name, one)
  }
  const isOver = ({ session, usedAt, open }: Held) => {
    if (open === 0 && usedAt + sessionIdleMs <= deps.now()) return true
    const some = admitSome(session.gate())
    // Without contact nobody is served, and nobody has lost anything yet.
    return !some.ok && some.problem.code !== 'gateway_stale'
  }
  return {
    begin: async (exchange) => {
      const { caller } = exchange.gate
      makeRoom(caller.key.id)
      const name = deps.newId()
      const holder = holderIn(caller)
      const own = { id: deps.sealing.wrap(holder, name), holder: holder.key, onClosed: () => held.delete(name) }
      const session = await createSession({ ...deps, ...own }, exchange)
      const one: Held = { session, usedAt: deps.now(), open: 0 }
      held.set(name, one)
      return counted(one)
    },
    find: (caller, presented) => {
      const found = deps.sealing.open(holderIn(caller), presented, true)
      if (found === null) return unknown
      if ('elsewhere' in found) return found
      const one = held.get(found.here)
      if (one === undefined) return unknown
      if (isOver(one)) {
        end(found.here, one)
        return unknown
      }
      touch(found.here, one)
      return ok(counted(one))
    },
    changed: (change) => {
      for (const [name, one] of [...held]) {
        if (!concerns(change, one.session)) continue
        if (isOver(one)) end(name, one)
        else one.session.judge()
      }
    },
    sweep: () => {
      for (const [name, one] of [...held]) if (isOver(one)) end(name, one)
    },
    size: () => held.size,
    close: async () => {
      const all = [...held.values()]
      held.clear()
      await Promise.allSettled(all.map(({ session }) => session.close()))
    },
  }
}

/** Of the changes of an organization those of other keys are none. */
export const concerns = (change: Change, of: { readonly organization: string; readonly keyId: string }): boolean =>
  change.kind === 'all' ||
  (change.organization === of.organization && (change.kind !== 'key' || change.id === of.keyId))

/** A session with an open stream is in use, however silent it is. */
const counted = (one: Held): Session => ({
  ...one.session,
  serve: async (exchange, request) => {
    one.open += 1
    exchange.over.addEventListener('abort', () => (one.open -= 1), { once: true })
    return one.session.serve(exchange, request)
  },
})

/** Bound to the key like any session; to no server, so to no address either. */
const holderIn = (caller: Caller): Holder => ({
  organization: caller.key.organization,
  server: '*',
  target: '',
  key: holderNameOf(caller),
})

const unknown = refuse('session_unknown')
