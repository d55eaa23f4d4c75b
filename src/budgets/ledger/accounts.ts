import type { Holder } from '../../fleet/slices/schema.ts'

/**
 * The books of one budget in one period: what went from which account to which, and where that leaves each. Pure. The
 * sum of all balances is 0 at any time, because every move takes as much as it gives.
 */
export type Balances = ReadonlyMap<string, number>

export type MoveKind =
  | 'opening'
  | 'amount'
  | 'top-up'
  | 'grant'
  | 'return'
  | 'settled'
  | 'reconciled'
  | 'overdrawn'
  | 'unreconciled'
  | 'closed'

/** nano-USD, more than 0. */
export type Move = {
  readonly kind: MoveKind
  readonly from: string
  readonly to: string
  readonly amount: number
}

/** Minus what the period was given: by its amount, and beyond it. */
const owner = 'owner'
const topUp = 'top-up'
/** What may still be given out; below 0: the amount was lowered, or more was spent than was given out. */
const budget = 'budget'
const spent = 'spent'
const unreconciledPrefix = 'unreconciled:'

export const heldBy = ({ gateway, boot }: Holder): string => `held:${gateway}:${boot}`
export const unreconciledOf = ({ gateway, boot }: Holder): string => `${unreconciledPrefix}${gateway}:${boot}`
/** Accounts of one process, which are no more when there is nothing in them. */
export const isOfHolder = (account: string): boolean => account.includes(':')

export const balanceOf = (balances: Balances, account: string): number => balances.get(account) ?? 0

const sumOf = (balances: Balances, prefix: string): number => {
  let sum = 0
  for (const [account, balance] of balances) if (account.startsWith(prefix)) sum += balance
  return sum
}

/** Each 0 or more but `left`. */
export const standingOf = (balances: Balances) => {
  const unreconciled = sumOf(balances, unreconciledPrefix)
  return {
    amount: 0 - balanceOf(balances, owner),
    toppedUp: 0 - balanceOf(balances, topUp),
    left: balanceOf(balances, budget),
    held: sumOf(balances, 'held:'),
    spent: balanceOf(balances, spent) + unreconciled,
    unreconciled,
  }
}

export const after = (balances: Balances, moves: readonly Move[]): Balances => {
  const next = new Map(balances)
  for (const { from, to, amount } of moves) {
    next.set(from, balanceOf(next, from) - amount)
    next.set(to, balanceOf(next, to) + amount)
  }
  return next
}

/** As much as the budget says now. Of a new period: all of it. What was spent or is held stays as it is. */
export const planAmount = (balances: Balances, amount: number): Move[] => {
  const difference = amount + balanceOf(balances, owner)
  const kind = balances.has(owner) ? 'amount' : 'opening'
  return difference < 0 ? moved(kind, budget, owner, -difference) : moved(kind, owner, budget, difference)
}

export const planTopUp = (amount: number): Move[] => moved('top-up', topUp, budget, amount)

/**
 * An eighth of what is left at most, so that what one gateway has in hand does not keep others from it; but what one
 * call needs. Nothing where there is less than that.
 */
export const planGrant = (
  balances: Balances,
  holder: Holder,
  { wanted, need }: { readonly wanted: number; readonly need: number },
): Move[] => {
  const left = balanceOf(balances, budget)
  if (left <= 0 || left < need) return []
  return moved('grant', budget, heldBy(holder), Math.min(wanted, left, Math.max(need, Math.floor(left / 8), 1)))
}

/** Never more than that process has: of what it holds, else of what was charged because it seemed to be gone. */
export const planReturn = (balances: Balances, holder: Holder, unused: number): Move[] =>
  drawn('return', balances, [heldBy(holder), unreconciledOf(holder)], budget, unused)

/**
 * What a call has cost, whether it was given out before or not. Beyond nine million USD in one period nothing is booked:
 * no calls cost that, a gateway that lies does, and balances that are no exact numbers would stop everybody's records.
 */
export const planSettle = (balances: Balances, holder: Holder, said: number): Move[] => {
  const [held, waiting] = [balanceOf(balances, heldBy(holder)), balanceOf(balances, unreconciledOf(holder))]
  const cost = Math.min(said, held + waiting + Math.max(mostUsed - usedIn(balances), 0))
  const reconciled = Math.min(Math.max(cost - held, 0), waiting)
  const settled = cost - reconciled
  return [
    ...moved('overdrawn', budget, heldBy(holder), Math.max(settled - held, 0)),
    ...moved('settled', heldBy(holder), spent, settled),
    ...moved('reconciled', unreconciledOf(holder), spent, reconciled),
  ]
}
/** More than a period can hold, and less than the largest exact number. */
const mostUsed = 9_000_000 * 1_000_000_000
/** Spent, held and not reconciled together. */
const usedIn = (balances: Balances): number => {
  const { amount, toppedUp, left } = standingOf(balances)
  return amount + toppedUp - left
}

/** Nobody knows yet what became of what it held. */
export const planEnded = (balances: Balances, holder: Holder): Move[] =>
  moved('unreconciled', heldBy(holder), unreconciledOf(holder), balanceOf(balances, heldBy(holder)))

/** Everything is known: what it did not spend is free. */
export const planClosed = (balances: Balances, holder: Holder): Move[] =>
  drawn('closed', balances, [heldBy(holder), unreconciledOf(holder)], budget, Number.POSITIVE_INFINITY)

/** Of these percentages the ones that are reached. BigInt, since a hundred times a large sum is no safe number. */
export const reached = (balances: Balances, percents: readonly number[]): number[] => {
  const standing = standingOf(balances)
  const [used, given] = [BigInt(standing.spent), BigInt(standing.amount + standing.toppedUp)]
  return used <= 0n ? [] : percents.filter((percent) => used * 100n >= given * BigInt(percent))
}

const drawn = (kind: MoveKind, balances: Balances, accounts: readonly string[], to: string, most: number): Move[] => {
  let rest = most
  return accounts.flatMap((account) => {
    const amount = Math.min(rest, Math.max(balanceOf(balances, account), 0))
    rest -= amount
    return moved(kind, account, to, amount)
  })
}

const moved = (kind: MoveKind, from: string, to: string, amount: number): Move[] =>
  amount > 0 ? [{ kind, from, to, amount }] : []
