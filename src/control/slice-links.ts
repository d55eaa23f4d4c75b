import { createBudgetGrants } from '../budgets/grant.ts'
import { storeNow as askStore } from '../db/clock.ts'
import type { SliceDeps } from '../fleet/slices/answering.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'
import { newId } from '../keys/token.ts'
import { createLimitGrants } from '../limits/grant.ts'
import type { Store } from './open-store.ts'
import { anyFields, type World } from './world.ts'

export type Slices = SliceDeps & { readonly closed: (holder: Holder) => Promise<void> }

/** Who grants what: pools of budgets begin with `bud_`, all others are of limits. */
export const createSlices = (
  { randomBytes, monotonic, log }: World,
  { database: { system, dialect } }: Store,
  { storeNow }: { readonly storeNow: () => number | null },
): Slices => {
  const limits = createLimitGrants({
    system,
    // Of a file on this machine the clock is ours; one clock of several controls is asked each time.
    storeTime: async (db) => (dialect === 'sqlite' ? (storeNow() ?? askStore(db, dialect)) : askStore(db, dialect)),
    monotonic,
    log: anyFields(log),
  })
  const newIdOf = (prefix: string) => newId(prefix, randomBytes)
  const budgets = createBudgetGrants({ system, storeNow, newId: newIdOf, log: anyFields(log) })
  // Limits at last: while their row of the process stands, an end that was cut short is found again.
  const holderEnded = async (holder: Holder): Promise<void> => {
    await budgets.ended(holder)
    await limits.ended(holder)
  }
  const endAll = async (holders: readonly Holder[]): Promise<void> => {
    for (const holder of holders) await holderEnded(holder)
  }
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
    holderEnded,
    gatewayEnded: async (gateway) => endAll(await limits.holdersOf(gateway)),
    holdersSeen: async (attached) => endAll(await limits.seen(attached)),
    closed: budgets.closed,
  }
}

const none: readonly Grant[] = []
const isMoney = ({ pool }: SliceAsk | Returned): boolean => pool.startsWith('bud_')
const parted = <T extends SliceAsk | Returned>(items: readonly T[]): readonly [money: T[], rest: T[]] => [
  items.filter(isMoney),
  items.filter((item) => !isMoney(item)),
]
