import { type ChainedEvent, hashAfter, type Link } from './chain.ts'

export type Linked = ChainedEvent & { readonly hash: string }
export type Diagnosis = {
  readonly because: 'changed' | 'missing' | 'reordered' | 'inserted'
  readonly seq: number
  readonly detail: string
}

/** As many events as are looked at to tell what happened where a chain breaks; each is tried in each place. */
export const lookedAt = 100

/**
 * What was done to a chain that is right up to `head` and does not go on with the first of `found`, which is what stands
 * there now, in its order.
 */
export function diagnose(head: Link, found: readonly [Linked, ...Linked[]]): Diagnosis {
  const seq = head.seq + 1
  const [first] = found
  if (first.seq < seq) return { because: 'inserted', seq: first.seq, detail: `There are two events ${first.seq}.` }
  const fitting = found.findIndex((event) => belongsAfter(head, event))
  if (fitting > 0) {
    const id = found[fitting]?.id ?? ''
    return isLater(head, found)
      ? { because: 'reordered', seq, detail: `Where ${id} belongs stands ${first.id}, which belongs behind it.` }
      : { because: 'inserted', seq, detail: `${first.id} was put in: ${id} continues the chain, ${first.id} does not.` }
  }
  if (fitting === 0) return { because: 'changed', seq, detail: `The number of ${first.id} was changed.` }
  if (first.seq > seq) return { because: 'missing', seq, detail: `${rangeOf(seq, first.seq - 1)} not there any more.` }
  const before = seq === 1 ? '' : ', or the one before it with its hash computed anew'
  return { because: 'changed', seq, detail: `${first.id} does not continue the chain: it was changed${before}.` }
}

const rangeOf = (from: number, to: number): string =>
  from === to ? `Event ${from} is` : `The events from ${from} to ${to} are`

const belongsAfter = (head: Link, event: Linked): boolean =>
  hashAfter(head.hash, { ...event, seq: head.seq + 1 }) === event.hash

/** Whether the chain, put in order as far as it goes, comes to the event that now stands first. */
function isLater(head: Link, found: readonly [Linked, ...Linked[]]): boolean {
  const left = new Set(found)
  for (let link = head; ; ) {
    const next = [...left].find((event) => belongsAfter(link, event))
    if (next === undefined) return false
    if (next === found[0]) return true
    left.delete(next)
    link = { seq: link.seq + 1, hash: next.hash }
  }
}
