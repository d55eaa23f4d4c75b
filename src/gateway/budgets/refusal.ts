import { type BudgetRecord, usdOf } from '../../budgets/schema.ts'
import { refuse } from '../../problems.ts'
import type { Purse } from './purse.ts'

/** Which budget, how much there is, when there is more, and what can be done before. */
export function refuseSpent(
  { budget, left, free, endsAt }: Purse,
  nano: number,
  { now, monotonic }: { readonly now: (() => number) | undefined; readonly monotonic: number },
) {
  const rest = Math.max(0, (left ?? 0) + free)
  const forMs = endsAt === null ? null : Math.max(0, endsAt - monotonic)
  return refuse('budget_exceeded', {
    detail: [
      `The ${nameOf(budget)} has ${usdOf(rest)} USD left, and this call may cost ${usdOf(nano)}.`,
      forMs === null ? 'It has no end.' : `The next period begins ${instant(forMs, now)}.`,
      `Whoever may change budgets can top it up (ostiary budgets top-up ${budget.id} <usd>), raise or reset it.`,
    ].join(' '),
    data: { budget: budget.id },
    // Never before there is more: who comes again earlier is refused again.
    ...(forMs === null ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1000)) }),
  })
}

export const refuseUncounted = ({ budget }: Pick<Purse, 'budget'>) =>
  refuse('limits_unavailable', {
    detail: `Nobody can say right now what the ${nameOf(budget)} has left: control does not answer. Try again in a moment.`,
    data: { budget: budget.id },
    retryAfterSeconds: 1,
  })

const nameOf = ({ id, period, target }: BudgetRecord): string => {
  const whose = target.type === 'organization' ? 'the organization' : `${target.type} ${target.id}`
  return `${words[period]} of ${whose} (${id})`
}
const words = { total: 'budget', day: 'daily budget', week: 'weekly budget', month: 'monthly budget' } as const

const instant = (forMs: number, now: (() => number) | undefined): string =>
  now === undefined ? `in ${Math.ceil(forMs / 1000)} s` : `at ${new Date(now() + forMs).toISOString()}`
