import { nameAfterResets, type Span, spanAt } from './periods.ts'
import type { Budget } from './store.ts'

/** The period that runs: as the calendar has it, or what has run in it since it was begun anew. Pure. */
export const runningOf = (
  budget: Pick<Budget, 'period' | 'resetPeriod' | 'resets'>,
  zone: string,
  at: number,
): Span => {
  const span = spanAt(budget.period, zone, at)
  return budget.resetPeriod === span.name ? { ...span, name: nameAfterResets(span.name, budget.resets) } : span
}

/** The same budget, begun anew: what was spent stays in the books of what is over now. */
export const begunAnew = (budget: Budget, zone: string, at: number): Budget => {
  const { name } = spanAt(budget.period, zone, at)
  return { ...budget, resetPeriod: name, resets: budget.resetPeriod === name ? budget.resets + 1 : 1 }
}
