import type { Duty } from '../access/schema.ts'
import { type Problem, type Result, refuse } from '../problems.ts'
import { createBag, type Placed } from './bag.ts'
import type { Change } from './snapshot.ts'

/** A call that is running, an open stream among them. */
export type OpenCall = Placed & {
  readonly keyId: string
  readonly organization: string
  readonly serverId: string
  /** A stream of the protocol: it ends when the gateway drains, where calls are waited for, and takes a seat of its own. */
  readonly isStream: boolean
  /** Would it be admitted now? Asks everything again: record, version, freshness, decision. */
  readonly decideAgain: () => Result<unknown>
  /** Instant (ms) from which the key, the secret's version or a grant is over, or null. */
  readonly endsAt: number | null
  readonly cut: (problem: Problem) => void
  /** Something of what decides has changed, and it goes on: its client may see other lists now. */
  readonly goOn?: () => void
}

export type Streams = {
  readonly open: (call: OpenCall) => void
  /** May one more stream of that key be opened here? */
  readonly hasSeat: (keyId: string) => boolean
  readonly close: (call: OpenCall) => void
  readonly changed: (change: Change) => void
  /** Cuts what is over by time or by staleness. */
  readonly sweep: () => void
  readonly endStreams: (problem: Problem) => void
  readonly cutAll: (problem: Problem) => void
  readonly size: () => number
}

type Deps = {
  readonly now: () => number
  /** Longest time between two looks at the clock while something is open. */
  readonly everyMs: number
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** What a key has on each gateway that has no limit of its own for them (contract, `limits.streams`). */
export const streamsPerKey = 100

/** A limit of the key itself says how many it has, over all gateways. */
export const hasStreamLimit = (duties: readonly Duty[], keyId: string): boolean =>
  duties.some(
    (duty) =>
      duty.kind === 'seats' &&
      duty.limits.some(({ target, streams }) => target.type === 'key' && target.id === keyId && streams !== null),
  )

/** Node's timers overflow into "at once" beyond this. */
const longestTimerMs = 2 ** 31 - 1

export function createStreams(deps: Deps): Streams {
  const calls = createBag<OpenCall>()
  let timer: NodeJS.Timeout | null = null
  let wakesAt = Number.POSITIVE_INFINITY

  const seats = createSeats()
  const close = (call: OpenCall) => {
    if (call.place !== -1 && call.isStream) seats.free(call.keyId)
    calls.remove(call)
  }
  /** True: it goes on. */
  const judge = (call: OpenCall): boolean => {
    const problem = noLonger(deps, call)
    if (problem === null) return true
    close(call)
    call.cut(problem)
    return false
  }
  const judgeAll = (concerns: (call: OpenCall) => boolean) => {
    // A copy: whoever is cut closes itself.
    for (const call of [...calls.items]) if (concerns(call)) judge(call)
  }
  const changed = (change: Change) => {
    for (const call of [...calls.items]) if (isAbout(change, call) && judge(call)) call.goOn?.()
  }
  const wakeAt = (at: number) => {
    if (at >= wakesAt) return
    if (timer !== null) clearTimeout(timer)
    wakesAt = at
    timer = setTimeout(onTimer, Math.min(Math.max(0, at - deps.now()), longestTimerMs)).unref()
  }
  const rest = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    wakesAt = Number.POSITIVE_INFINITY
  }
  const onTimer = () => {
    rest()
    judgeAll(() => true)
    if (calls.items.length > 0) wakeAt(deps.now() + deps.everyMs)
    // What goes on behind its end did not need what has ended.
    const now = deps.now()
    for (const { endsAt } of calls.items) if (endsAt !== null && endsAt > now) wakeAt(endsAt)
  }

  return {
    open: (call) => {
      calls.add(call)
      if (call.isStream) seats.take(call.keyId)
      if (timer === null) wakeAt(deps.now() + deps.everyMs)
      if (call.endsAt !== null) wakeAt(call.endsAt)
    },
    hasSeat: (keyId) => seats.taken(keyId) < streamsPerKey,
    close,
    changed,
    sweep: () => judgeAll(() => true),
    endStreams: (problem) => {
      for (const call of [...calls.items]) if (call.isStream) call.cut(problem)
    },
    cutAll: (problem) => {
      for (const call of [...calls.items]) call.cut(problem)
      rest()
    },
    size: () => calls.items.length,
  }
}

function createSeats() {
  const byKey = new Map<string, number>()
  const taken = (keyId: string): number => byKey.get(keyId) ?? 0
  return {
    taken,
    take: (keyId: string) => byKey.set(keyId, taken(keyId) + 1),
    free: (keyId: string) => (taken(keyId) > 1 ? byKey.set(keyId, taken(keyId) - 1) : byKey.delete(keyId)),
  }
}

/** An accident with one call is a no to that call, and the others are asked all the same. */
function noLonger({ log }: Deps, call: OpenCall): Problem | null {
  try {
    const again = call.decideAgain()
    return again.ok ? null : again.problem
  } catch (error) {
    log.error({ keyId: call.keyId, serverId: call.serverId, error }, 'an open call could not be decided on again')
    return accident
  }
}

const accident = refuse('internal').problem

function isAbout(change: Change, call: OpenCall): boolean {
  switch (change.kind) {
    case 'all':
      return true
    case 'organization':
    case 'child':
    case 'rights':
      // Who stands behind which key is not known here, so everybody of the organization is asked again.
      return call.organization === change.organization
    case 'key':
      return call.keyId === change.id
    case 'server':
    case 'provider':
      return call.serverId === change.id
    // What runs has been paid for; what comes next meets the new ones.
    case 'limit':
    case 'budget':
      return false
  }
}
