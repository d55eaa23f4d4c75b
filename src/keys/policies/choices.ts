import type { Choice } from '../schema.ts'

/** Pure set theory of choices over whatever there is, now and later. */

const admits = (choice: Choice, id: string): boolean =>
  choice.mode === 'all' ||
  (choice.mode === 'only' && choice.items.includes(id)) ||
  (choice.mode === 'except' && !choice.items.includes(id))

/** Does the outer one admit all that the inner one admits, whatever comes later? */
export function isWithin(inner: Choice, outer: Choice): boolean {
  if (inner.mode === 'none' || outer.mode === 'all') return true
  if (inner.mode === 'only') return inner.items.every((id) => admits(outer, id))
  if (outer.mode !== 'except') return false
  return inner.mode === 'except' ? outer.items.every((id) => inner.items.includes(id)) : outer.items.length === 0
}

/** What both admit. */
export function both(one: Choice, other: Choice): Choice {
  if (one.mode === 'none' || other.mode === 'none') return { mode: 'none' }
  if (one.mode === 'only') return { mode: 'only', items: one.items.filter((id) => admits(other, id)) }
  if (other.mode === 'only') return both(other, one)
  const items = [one, other].flatMap((choice) => (choice.mode === 'except' ? choice.items : []))
  return items.length === 0 ? { mode: 'all' } : { mode: 'except', items: [...new Set(items)] }
}
