import type { BudgetRecord } from '../../../budgets/schema.ts'
import type { LimitRecord } from '../../../limits/schema.ts'
import type { Problem } from '../../../problems.ts'
import type { MoneyHold } from '../../budgets/budgets.ts'
import type { LimitHold, Limits } from '../../limits/limits.ts'
import type { UsageReader } from '../meter/reader.ts'
import { limitedMeanwhile, spentMeanwhile } from './ending.ts'
import { nanoOf, type Plan } from './plan.ts'
import { secondsOf, tightestOf } from './standing.ts'
import { after } from './take.ts'

/** Tokens that a running stream pays for at once. */
export const sliceTokens = 256
/** So many tokens before what is paid for ends, more is asked for: they are what the next pieces may bring. */
const aheadTokens = 32

type Deps = { readonly limits: Pick<Limits, 'standings'> }
type Held = {
  readonly plan: Plan
  readonly hold: LimitHold
  readonly money: MoneyHold
  readonly limits: readonly LimitRecord[]
  readonly budgets: readonly BudgetRecord[]
}

/** What a stream has paid for while it runs. */
export type Running = {
  /** May it go on after what was read? Asks for more where that is used up; false is final. */
  readonly goesOn: (reader: UsageReader) => boolean | Promise<boolean>
  /** Why not. */
  readonly problem: () => Problem
}

export function runOn({ limits: known }: Deps, held: Held): Running {
  const { plan, hold, money, limits, budgets } = held
  let tokens = plan.input + plan.output
  let output = plan.output
  let nano = plan.nano
  let ended: Problem | null = null

  const endFor = (problem: Problem): false => {
    ended = problem
    return false
  }
  const payFor = (nextOutput: number, nextTokens: number, nextNano: number): boolean | Promise<boolean> => {
    const more = nextNano - nano
    const paid = budgets.length === 0 || more <= 0 ? true : money.extend(more)
    return after(paid, (isPaid) => {
      // Tokens that were taken for it meanwhile go back when the call is settled.
      tokens = nextTokens
      if (!isPaid) return endFor(spentMeanwhile(budgets))
      nano = Math.max(nano, nextNano)
      output = nextOutput
      return true
    })
  }
  return {
    goesOn: (reader) => {
      if (ended !== null) return false
      if (!plan.isStoppable) return true
      const made = reader.made()
      if (made + aheadTokens <= output) return true
      const most = plan.mostOutput ?? Number.MAX_SAFE_INTEGER
      // What is seen of it is an estimate; where that is far beyond, its provider does not keep to what it was asked for.
      const cap = made > 2 * most + aheadTokens ? Number.MAX_SAFE_INTEGER : most
      if (output >= cap) return true
      const slices = Math.ceil((made + aheadTokens - output) / sliceTokens)
      const nextOutput = Math.min(output + slices * sliceTokens, cap)
      // What the provider has said of the input by now may be more than was expected.
      const input = Math.max(plan.input, reader.said().tokens?.input ?? 0)
      const nextTokens = Math.max(tokens, input + nextOutput)
      const nextNano = plan.price === null ? 0 : nanoOf(plan.price, input, nextOutput)
      const taken = limits.length === 0 || nextTokens === tokens ? true : hold.extend(nextTokens - tokens)
      return after(taken, (isTaken) => {
        if (isTaken) return payFor(nextOutput, nextTokens, nextNano)
        const tightest = tightestOf(known.standings(limits), 'tokens')
        return endFor(limitedMeanwhile(tightest === null ? 60 : Math.max(1, secondsOf(tightest))))
      })
    },
    problem: () => ended ?? spentMeanwhile(budgets),
  }
}
