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

type Group = { -readonly [Field in keyof UsageItem]: UsageItem[Field] } & {
  next: Group | null
  /** Of the chain, where this is its first. */
  length: number
}

/** Looked through for each call of the key, so a key does not get more. */
const groupsPerKey = 200

/**
 * Groups hang on their key in a chain, those that were met last in front: comparing a few strings takes a tenth of what
 * it takes to build one name of them all for a map. Where there are too many, calls are counted with less said about
 * them, so that the sums stay exact.
 */
export function createMeter(now: () => number): Meter {
  const chains = new Map<string, Group>()
  let groups = 0

  const isRoom = (length: number, share: number): boolean =>
    length < groupsPerKey * share && groups < usageLimits.groupsHeld * share
  const again = (first: Group, call: Served, at: number): boolean => {
    const found = groupOf(first, call)
    if (found === null) return false
    found.requests += 1
    found.lastAt = at
    if (found !== first) chains.set(call.key, inFront(first, found))
    return true
  }
  const count = (call: Served): void => {
    const at = now()
    const first = chains.get(call.key) ?? null
    if (first !== null && again(first, call, at)) return
    const length = first?.length ?? 0
    for (const [less, share] of levels) {
      const said = less(call)
      if (less !== whole && first !== null && again(first, said, at)) return
      if (!isRoom(length, share)) continue
      chains.set(call.key, { ...said, requests: 1, firstAt: at, lastAt: at, next: first, length: length + 1 })
      groups += 1
      return
    }
  }
  const take = (most: number): UsageItem[] => {
    const taken: UsageItem[] = []
    for (const [key, first] of chains) {
      let group: Group | null = first
      let left = first.length
      for (; group !== null && taken.length < most; group = group.next) {
        const { next: _, length: __, ...item } = group
        taken.push(item)
        left -= 1
      }
      if (group === null) chains.delete(key)
      else {
        group.length = left
        chains.set(key, group)
        break
      }
    }
    groups -= taken.length
    return taken
  }
  return { count, take, groups: () => groups }
}

function groupOf(first: Group, call: Served): Group | null {
  for (let group: Group | null = first; group !== null; group = group.next) if (isOf(group, call)) return group
  return null
}

/** The chain with that group as its first. */
function inFront(first: Group, group: Group): Group {
  let before = first
  while (before.next !== null && before.next !== group) before = before.next
  before.next = group.next
  group.next = first
  group.length = first.length
  return group
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
