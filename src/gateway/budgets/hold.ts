import type { Charge } from '../../fleet/records/schema.ts'
import type { Result } from '../../problems.ts'
import type { MoneyHold } from './budgets.ts'
import type { Purse } from './purse.ts'

export type Holding = {
  /** Takes it of all of them or of none, and says then what `done` makes of it; a promise where control is asked. */
  readonly take: <T>(purses: readonly Purse[], nano: number, done: () => T) => Result<T> | Promise<Result<T>>
  /** More than 0. */
  readonly putBack: (purse: Purse, window: string, nano: number) => void
}

/** Of one purse, what was taken of which period: a long call may reserve in two. */
type Part = { readonly purse: Purse; readonly lots: Lot[] }
type Lot = { readonly window: string; nano: number }

/** `nano` has been taken of each of these. */
export function holdOf({ take, putBack }: Holding, purses: readonly Purse[], nano: number): MoneyHold {
  let isOver = false
  let reserved = nano
  const parts: Part[] = []
  for (const purse of purses) {
    if (purse.isGone) continue
    purse.holds += 1
    parts.push({ purse, lots: [{ window: purse.window, nano }] })
  }
  const more = (extra: number): boolean => {
    if (isOver) {
      for (const { purse } of parts) if (!purse.isGone) putBack(purse, purse.window, extra)
      return false
    }
    reserved += extra
    for (const { purse, lots } of parts) if (!purse.isGone) add(lots, purse.window, extra)
    return true
  }
  const end = (cost: number): readonly Charge[] => {
    if (isOver) return []
    isOver = true
    const charges: Charge[] = []
    for (const { purse, lots } of parts) {
      purse.holds -= 1
      chargeLots(purse, lots, cost, charges, putBack)
    }
    return charges
  }
  return {
    reserved: () => reserved,
    extend: (extra) => {
      if (isOver) return false
      const taken = take(
        parts.map(({ purse }) => purse),
        extra,
        () => more(extra),
      )
      return taken instanceof Promise ? taken.then(isTaken) : isTaken(taken)
    },
    settle: end,
    charges: () => {
      const charges: Charge[] = []
      if (!isOver)
        for (const { purse, lots } of parts) for (const lot of lots) addCharge(charges, purse, lot.window, lot.nano)
      return charges
    },
    undo: () => void end(0),
  }
}

const isTaken = (result: Result<boolean>): boolean => result.ok && result.value

const add = (lots: Lot[], window: string, nano: number): void => {
  const last = lots.at(-1)
  if (last?.window === window) last.nano += nano
  else lots.push({ window, nano })
}

/** What was reserved first is charged first. More than was reserved counts in the last period, out of what is in hand. */
function chargeLots(
  purse: Purse,
  lots: readonly Lot[],
  cost: number,
  charges: Charge[],
  putBack: Holding['putBack'],
): void {
  let rest = cost
  for (const [place, { window, nano }] of lots.entries()) {
    const charged = Math.min(rest, nano)
    const beyond = place === lots.length - 1 ? rest - charged : 0
    rest -= charged
    if (beyond > 0 && purse.window === window) purse.free -= Math.min(purse.free, beyond)
    addCharge(charges, purse, window, charged + beyond)
    if (nano > charged) putBack(purse, window, nano - charged)
  }
}

const addCharge = (charges: Charge[], { budget }: Purse, window: string, nano: number): void => {
  if (nano > 0) charges.push({ budget: budget.id, window, nano })
}
