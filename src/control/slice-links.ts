import { createBudgetGrants } from '../budgets/grant.ts'
import { storeNow as askStore } from '../db/clock.ts'
import type { Db } from '../db/database.ts'
import type { SliceDeps } from '../fleet/slices/answering.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'
import { newId } from '../keys/token.ts'
import { createLimitGrants } from '../limits/grant.ts'
import type { Store } from './open-store.ts'
import { anyFields, type World } from './world.ts'

export type Slices = SliceDeps & { readonly closed: (holder: Holder) => Promise<void> }

/** Who grants what: pools of budgets begin with `bud_`, all others are of limits. */
export const createSlices = (
  { randomBytes, monotonic, log }: Pick<World, 'randomBytes' | 'monotonic' | 'log'>,
  { database: { system, dialect } }: Pick<Store, 'database'>,
  { storeNow }: { readonly storeNow: () => number | null },
): Slices => {
  // Of a file on this machine the clock is ours; one clock of several controls is asked each time.
  const storeTime = async (db: Db): Promise<number> =>
    dialect === 'sqlite' ? (storeNow() ?? askStore(db, dialect)) : askStore(db, dialect)
  const limits = createLimitGrants({ system, storeTime, monotonic, log: anyFields(log) })
  const newIdOf = (prefix: string) => newId(prefix, randomBytes)
  const budgets = createBudgetGrants({ system, storeNow, storeTime, newId: newIdOf, log: anyFields(log) })
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
    // A file has one control, which does its writes in turn. Where there are several, another one might still take back
    // what was not counted here, and a seat that somebody has would be free: there lost ones wait for the process's end.
    seatsHeld: async (holder, held) => (dialect === 'sqlite' ? limits.seatsHeld(holder, held) : undefined),
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
