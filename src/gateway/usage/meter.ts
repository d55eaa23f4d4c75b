import { type UsageItem, usageLimits } from '../../fleet/schema.ts'

/** One call that is served, by all that is told of it. */
export type Served = Omit<UsageItem, 'requests' | 'firstAt' | 'lastAt'>

/** Counts calls in memory until somebody takes what was counted. */
export type Meter = {
  readonly count: (call: Served) => void
  /** At most so many groups; they are counted anew from then on. */
  readonly take: (most: number) => UsageItem[]
  readonly groups: () => number
}

type Group = { -readonly [Field in keyof UsageItem]: UsageItem[Field] } & { next: Group | null }
/** Of one key, those that were met last in front. */
type Chain = { first: Group | null; length: number }

/** Looked through for each call of the key, so a key does not get more. */
const groupsPerKey = 200

/**
 * Groups hang on their key in a chain: comparing a few strings takes a tenth of what it takes to build one name of them
 * all for a map. Where there are too many, calls are counted with less said about them, so that the sums stay exact.
 */
export function createMeter(now: () => number): Meter {
  const chains = new Map<string, Chain>()
  let groups = 0

  const add = (chain: Chain, call: Served, at: number): void => {
    chain.first = { ...call, requests: 1, firstAt: at, lastAt: at, next: chain.first }
    chain.length += 1
    groups += 1
  }
  const isRoomIn = (chain: Chain, share: number): boolean =>
    chain.length < groupsPerKey * share && groups < usageLimits.groupsHeld * share
  const count = (call: Served): void => {
    const at = now()
    const known = chains.get(call.key)
    if (known !== undefined && again(known, call, at)) return
    const chain = known ?? { first: null, length: 0 }
    chains.set(call.key, chain)
    for (const [less, share] of levels) {
      const said = less(call)
      if (less !== whole && again(chain, said, at)) return
      if (!isRoomIn(chain, share)) continue
      add(chain, said, at)
      return
    }
  }
  const take = (most: number): UsageItem[] => {
    const taken: UsageItem[] = []
    for (const [key, chain] of chains) {
      while (chain.first !== null && taken.length < most) {
        const { next, ...item } = chain.first
        taken.push(item)
        chain.first = next
        chain.length -= 1
      }
      if (chain.first !== null) break
      chains.delete(key)
    }
    groups -= taken.length
    return taken
  }
  return { count, take, groups: () => groups }
}

/** Counts the call in its group, if there is one, and moves that to the front. */
function again(chain: Chain, call: Served, at: number): boolean {
  let before: Group | null = null
  for (let group = chain.first; group !== null; group = group.next) {
    if (!isOf(group, call)) {
      before = group
      continue
    }
    group.requests += 1
    group.lastAt = at
    if (before !== null) {
      before.next = group.next
      group.next = chain.first
      chain.first = group
    }
    return true
  }
  return false
}

/** What differs most often first. A key belongs to one organization for good. */
const isOf = (group: Group, call: Served): boolean =>
  group.tool === call.tool &&
  group.server === call.server &&
  group.version === call.version &&
  group.address === call.address &&
  group.child === call.child &&
  group.client === call.client

const whole = (call: Served): Served => call
const withoutNames = (call: Served): Served => ({ ...call, client: '', tool: '' })
const barely = (call: Served): Served => ({ ...withoutNames(call), child: null, address: '', server: '' })

/** How a call is counted, and up to how much of what may be held. The last one always is. */
const levels: readonly (readonly [less: (call: Served) => Served, share: number])[] = [
  [whole, 1],
  [withoutNames, 1.5],
  [barely, Number.POSITIVE_INFINITY],
]
