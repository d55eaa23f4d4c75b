/** What can be in a bag; the bag keeps the number. */
export type Placed = { place: number }

export type Bag<Item> = {
  readonly add: (item: Item) => void
  /** Nothing happens to what is not in it. */
  readonly remove: (item: Item) => void
  /** In no order. Take a copy where the loop adds or removes. */
  readonly items: readonly Item[]
}

/**
 * For what comes and goes with every call. A Set or Map would leave a trail: V8 replaces its table again and again, each
 * old table points to the next, and once one of them is in the old generation all that follow survive with everything
 * in them. Measured after the first full collection: scavenges of 10 ms instead of 0.6, 119 µs a call instead of 80.
 */
export function createBag<Item extends Placed>(): Bag<Item> {
  const items: Item[] = []
  return {
    items,
    add: (item) => {
      item.place = items.length
      items.push(item)
    },
    remove: (item) => {
      if (items[item.place] !== item) return
      const last = items.pop()
      if (last !== undefined && last !== item) {
        items[item.place] = last
        last.place = item.place
      }
      item.place = -1
    },
  }
}
