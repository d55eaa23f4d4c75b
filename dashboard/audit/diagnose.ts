import { type Chained, hashAfter, type Link } from './chain.ts'

export type Break = { readonly because: 'changed' | 'missing' | 'reordered' | 'inserted'; readonly seq: number }

/** As many events as are looked at to tell what happened where a chain breaks; each is tried in each place. */
export const lookedAt = 100

/** What was done to a chain that is right up to `head`, where `found` stands now instead of what followed. */
export async function diagnose(head: Link, found: readonly [Chained, ...Chained[]]): Promise<Break> {
  const seq = head.seq + 1
  const [first] = found
  if (first.seq < seq) return { because: 'inserted', seq: first.seq }
  const fitting = await fittingIn(head, found)
  if (fitting > 0) return { because: (await isLater(head, found)) ? 'reordered' : 'inserted', seq }
  return { because: fitting < 0 && first.seq > seq ? 'missing' : 'changed', seq }
}

const belongsAfter = async (head: Link, event: Chained): Promise<boolean> =>
  (await hashAfter(head.hash, { ...event, seq: head.seq + 1 })) === event.hash

async function fittingIn(head: Link, events: readonly Chained[]): Promise<number> {
  for (const [at, event] of events.entries()) if (await belongsAfter(head, event)) return at
  return -1
}

/** Whether the chain, put in order as far as it goes, comes to the event that now stands first. */
async function isLater(head: Link, found: readonly [Chained, ...Chained[]]): Promise<boolean> {
  const left = [...found]
  for (let link = head; ; ) {
    const at = await fittingIn(link, left)
    const [next] = at < 0 ? [] : left.splice(at, 1)
    if (next === undefined) return false
    if (next === found[0]) return true
    link = { seq: link.seq + 1, hash: next.hash }
  }
}
