import { createBudgetGrants } from '../budgets/grant.ts'
import type { SliceDeps } from '../fleet/slices/answering.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'
import { newId } from '../keys/token.ts'
import { createLimitGrants } from '../limits/grant.ts'
import type { Store } from './open-store.ts'
import { anyFields, type World } from './world.ts'

export type Slices = SliceDeps & { readonly closed: (holder: Holder) => Promise<void> }

/** Who grants what: pools of budgets begin with `bud_`, all others are of limits. */
export const createSlices = (
  { randomBytes, log }: World,
  { database: { system } }: Store,
  { storeNow }: { readonly storeNow: () => number | null },
): Slices => {
  const limits = createLimitGrants({ system, storeNow, log: anyFields(log) })
  const newIdOf = (prefix: string) => newId(prefix, randomBytes)
  const budgets = createBudgetGrants({ system, storeNow, newId: newIdOf, log: anyFields(log) })
  return {
    grantSlices: async (holder, asks) => {
      const [money, rest] = parted(asks)
      const [booked, debited] = await Promise.all([
        money.length > 0 ? budgets.grant(holder, money) : none,
        rest.length > 0 ? limits.grant(holder, rest) : none,
      ])
      const [ofMoney, ofRest] = [booked.values(), debited.values()]
      return asks.flatMap((ask) => (isMoney(ask) ? ofMoney : ofRest).next().value ?? [])
    },
    takeBack: async (holder, items) => {
      const [money, rest] = parted(items)
      await Promise.all([
        money.length > 0 ? budgets.takeBack(holder, money) : null,
        rest.length > 0 ? limits.takeBack(holder, rest) : null,
      ])
    },
    holderEnded: async (holder) => {
      await Promise.all([limits.ended(holder), budgets.ended(holder)])
    },
    closed: budgets.closed,
  }
}

const none: readonly Grant[] = []
const isMoney = ({ pool }: SliceAsk | Returned): boolean => pool.startsWith('bud_')
const parted = <T extends SliceAsk | Returned>(items: readonly T[]): readonly [money: T[], rest: T[]] => [
  items.filter(isMoney),
  items.filter((item) => !isMoney(item)),
]
