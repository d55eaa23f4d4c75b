import { dutiesOf } from '../access/caps.ts'
import type { Subject } from '../access/decide.ts'
import { usdOf } from '../budgets/schema.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { Limits } from './limits/limits.ts'

type Deps = { readonly limits: Pick<Limits, 'standings'>; readonly budgets: Pick<Budgets, 'available'> }

/** Towards these every call of the key counts, whatever it is to. */
const anyCall = { kind: 'mcp', server: null, method: 'tools/list', tool: null } as const

/**
 * How the limits and budgets over a key stand, as far as this gateway knows. How much others have is told of limits,
 * whose headers say it with every call; of their budgets only whether there is something left.
 */
export function capsOfKey({ limits, budgets }: Deps, subject: Subject) {
  const seats = dutiesOf(subject, anyCall).flatMap((duty) => (duty.kind === 'seats' ? [duty] : []))
  const standings = limits.standings(seats.flatMap((seat) => seat.limits))
  return {
    limits: standings.map(({ limit: { target }, measure, most, left, resetMs }) => ({
      target: target.type,
      measure,
      limit: most,
      left: Math.max(0, left),
      resetMs: Math.max(0, Math.ceil(resetMs)),
    })),
    budgets: seats
      .flatMap((seat) => seat.budgets)
      .map((budget) => {
        const nano = budgets.available([budget])
        const isOwn = budget.target.type === 'key'
        return {
          target: budget.target.type,
          period: budget.period,
          isSpent: nano <= 0,
          // Not known before something was drawn from it here.
          leftUsd: isOwn && nano < Number.MAX_SAFE_INTEGER ? usdOf(nano) : null,
        }
      }),
  }
}
