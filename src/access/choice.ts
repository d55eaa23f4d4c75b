import type { Choice } from '../keys/schema.ts'

/** Exhaustive on purpose: a mode that is not known here admits nothing. */
export function admits(choice: Choice, item: string): boolean {
  switch (choice.mode) {
    case 'all':
      return true
    case 'only':
      return setOf(choice.items).has(item)
    case 'except':
      return !setOf(choice.items).has(item)
    default:
      return false
  }
}

/**
 * Tools are names that a server reads, and some read leniently: PHP's methods know no case, databases often neither case
 * nor accents' forms, C ends a name at its NUL. So an exception holds for every name that could be taken for it; a list
 * of what is admitted means its names alone.
 */
export function admitsTool(choice: Choice, tool: string): boolean {
  if (choice.mode !== 'except') return admits(choice, tool)
  return tool.length <= longestName && !foldedSetOf(choice.items).has(folded(tool))
}

/** Eight times what the protocol allows; to fold what a caller writes into four megabytes would cost a second. */
const longestName = 1024

const folded = (name: string): string =>
  name
    .replace(/\0.*$/s, '')
    .normalize('NFKC')
    .replaceAll(/[\s\p{C}]/gu, '')
    .toUpperCase()
    .toLowerCase()

/** An empty list is a word for `none`: it never means everything, and not the server without its tools either. */
export function admitsNothing(choice: Choice): boolean {
  switch (choice.mode) {
    case 'all':
    case 'except':
      return false
    case 'only':
      return choice.items.length === 0
    default:
      return true
  }
}

/** The tools that both admit, as one choice. */
export function both(one: Choice, other: Choice): Choice {
  if (one.mode === 'all') return other
  if (other.mode === 'all') return one
  if (one.mode === 'only') return { mode: 'only', items: one.items.filter((item) => admitsTool(other, item)) }
  if (other.mode === 'only') return { mode: 'only', items: other.items.filter((item) => admitsTool(one, item)) }
  if (one.mode !== 'except' || other.mode !== 'except') return { mode: 'none' }
  return { mode: 'except', items: [...new Set([...one.items, ...other.items])] }
}

/**
 * The tools that one admits or the other names, as one choice. Never `all` where one left something out: a name that is
 * excepted keeps those out that could be taken for it, even where it is named itself.
 */
export function either(one: Choice, other: Choice): Choice {
  if (one.mode === 'all' || other.mode === 'none') return one
  if (other.mode !== 'only' || one.mode === 'none') return other
  const named = setOf(other.items)
  if (one.mode === 'only') return { mode: 'only', items: [...new Set([...one.items, ...other.items])] }
  return { mode: 'except', items: one.items.filter((item) => !named.has(item)) }
}

/** A record may name thousands: looked up, not searched. Compiled once, as records are replaced and never changed. */
const compiled = (compile: (items: readonly string[]) => readonly string[]) => {
  const sets = new WeakMap<readonly string[], ReadonlySet<string>>()
  return (items: readonly string[]): ReadonlySet<string> => {
    const held = sets.get(items)
    if (held) return held
    const set = new Set(compile(items))
    sets.set(items, set)
    return set
  }
}

export const setOf = compiled((items) => items)
const foldedSetOf = compiled((items) => items.map(folded))
