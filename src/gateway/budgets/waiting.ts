import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'
import { askOf, empty, has, type Purse, put, turn, type Waiter } from './purse.ts'

/** Calls that wait until there is enough in every purse. One question at a time for each budget, for all who wait. */
export type WaitingDeps = {
  /** What comes later than anybody waits is for `late` of the budgets. */
  readonly askSlice: (ask: SliceAsk) => ReturnType<SliceAsking['ask']>
  readonly giveBack: SliceAsking['giveBack']
  readonly monotonic: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly isAttached: () => boolean
  /** Nothing is taken any more: what still comes goes back. */
  isClosed: boolean
}

export type Short = { readonly purse: Purse; readonly why: 'too little' | 'nobody says' }

/** Longer no call waits. */
const waitMs = 250
/** So long a "too little" is believed: a budget that is spent must not cost the store a transaction a call. */
const believedMs = 100

export function roll(deps: Pick<WaitingDeps, 'giveBack'>, purse: Purse, now: number): void {
  if (purse.endsAt !== null && now >= purse.endsAt) turn(deps, purse, '')
}

/** The caller has seen that it is there. Asks for more ahead, so that the next call finds something. */
export function draw(deps: WaitingDeps, purse: Purse, nano: number, now: number): void {
  if (purse.isGone) return
  purse.free -= nano
  purse.usedAt = now
  purse.lastNeed = nano
  purse.taken += nano
  const isLow = purse.free * 2 < purse.slice && !purse.isDry && !deps.isClosed
  if (isLow && !purse.isAsking && purse.waiting.size === 0) ask(deps, purse, nano)
}

/** Whoever finds enough goes, the longest waiting first; then control is asked for the next. */
export function serve(deps: WaitingDeps, purse: Purse, now: number): void {
  for (const waiter of [...purse.waiting]) {
    for (const each of waiter.purses) roll(deps, each, now)
    if (!waiter.purses.every((each) => has(each, waiter.nano))) continue
    leave(waiter)
    for (const each of waiter.purses) draw(deps, each, waiter.nano, now)
    waiter.served()
  }
  askForNext(deps, purse)
}

/** Answers what `done` makes of it the moment that it is taken, or which purse has not enough. */
export function wait<T>(
  deps: WaitingDeps,
  purses: readonly Purse[],
  nano: number,
  done: () => T,
): Promise<{ readonly value: T } | Short> {
  const now = deps.monotonic()
  for (const purse of purses)
    if (!has(purse, nano) && isRefusedStill(purse, nano, now)) return Promise.resolve({ purse, why: 'too little' })
  return new Promise((resolve) => {
    const served = (): void => {
      stop()
      resolve({ value: done() })
    }
    const refused: Waiter['refused'] = (purse, why) => {
      stop()
      resolve({ purse, why })
    }
    const waiter: Waiter = { purses, nano, served, refused }
    const stop = deps.setTimer(waitMs, () => {
      const purse = purses.find((each) => !has(each, nano)) ?? purses[0]
      leave(waiter)
      if (purse) resolve({ purse, why: 'nobody says' })
    })
    for (const purse of purses) purse.waiting.add(waiter)
    for (const purse of purses) askForNext(deps, purse)
  })
}

/** Those here who need more than that wait no longer. */
export function refuseBeyond(purse: Purse, why: Short['why'], beyond: number): void {
  for (const waiter of [...purse.waiting]) {
    if (has(purse, waiter.nano) || waiter.nano <= beyond) continue
    leave(waiter)
    waiter.refused(purse, why)
  }
}

const isRefusedStill = (purse: Purse, nano: number, now: number): boolean =>
  now - purse.refusedAt < believedMs && nano > purse.free + Math.max(0, purse.left ?? 0)

const leave = (waiter: Waiter): void => {
  for (const purse of waiter.purses) purse.waiting.delete(waiter)
}

function askForNext(deps: WaitingDeps, purse: Purse): void {
  if (purse.isAsking) return
  for (const { nano } of purse.waiting) {
    if (has(purse, nano)) continue
    ask(deps, purse, nano - purse.free)
    return
  }
}

function ask(deps: WaitingDeps, purse: Purse, need: number): void {
  purse.isAsking = true
  const sentAt = deps.monotonic()
  let waited = 0
  for (const { nano } of purse.waiting) waited += nano
  const asked = askOf(purse, need)
  deps
    .askSlice({ ...asked, wanted: Math.max(asked.wanted, waited) })
    .catch(() => null)
    .then((grant) => heard(deps, purse, grant, sentAt))
}

function heard(deps: WaitingDeps, purse: Purse, grant: Grant | null, sentAt: number): void {
  purse.isAsking = false
  const now = deps.monotonic()
  if (grant === null || (grant.window === '' && !grant.isGone)) {
    purse.isDry = true
    refuseBeyond(purse, 'nobody says', 0)
    return
  }
  if (grant.isGone) purse.isGone = true
  else put(deps, purse, grant, sentAt)
  if (grant.amount === 0 && !grant.isGone) {
    purse.isDry = true
    purse.refusedAt = now
    refuseBeyond(purse, 'too little', purse.free + Math.max(0, grant.left))
  }
  if (deps.isClosed) empty(deps, purse)
  else serve(deps, purse, now)
}
