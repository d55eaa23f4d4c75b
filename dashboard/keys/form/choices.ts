import type { Choice } from '../../../src/keys/schema.ts'

/** Pure: a choice as a row of toggles, one for each thing there is, and one for whatever comes later. */

export const itemsOf = (choice: Choice): readonly string[] =>
  choice.mode === 'only' || choice.mode === 'except' ? choice.items : []

export const admits = (choice: Choice, id: string): boolean =>
  choice.mode === 'all' ||
  (choice.mode === 'only' && choice.items.includes(id)) ||
  (choice.mode === 'except' && !choice.items.includes(id))

export const admitsLater = ({ mode }: Choice): boolean => mode === 'all' || mode === 'except'

/** What there is, and what the choice names beyond it: those stay as they are, whatever is toggled. */
const withNamed = (choice: Choice, known: readonly string[]): string[] => [...new Set([...known, ...itemsOf(choice)])]

const exactly = (items: readonly string[]): Choice =>
  items.length === 0 ? { mode: 'none' } : { mode: 'only', items: [...items] }

const allBut = (items: readonly string[]): Choice =>
  items.length === 0 ? { mode: 'all' } : { mode: 'except', items: [...items] }

/**
 * Switching one off leaves exactly the others, so that nothing comes in behind it; where what comes later was let in by
 * itself (`except`), it stays so. `isWhole`: with all of them on again there is no restriction any more.
 */
export function toggled(
  choice: Choice,
  id: string,
  isOn: boolean,
  { known, isWhole }: { readonly known: readonly string[]; readonly isWhole: boolean },
): Choice {
  const named = withNamed(choice, [...known, id])
  const on = named.filter((each) => (each === id ? isOn : admits(choice, each)))
  const off = named.filter((each) => !on.includes(each))
  if (off.length === 0 && (isWhole || admitsLater(choice))) return { mode: 'all' }
  return choice.mode === 'except' && on.length > 0 ? allBut(off) : exactly(on)
}

/** Lets in what comes later, or not; what there is stays as it is. */
export function withLater(choice: Choice, isOn: boolean, known: readonly string[]): Choice {
  const named = withNamed(choice, known)
  return isOn
    ? allBut(named.filter((each) => !admits(choice, each)))
    : exactly(named.filter((each) => admits(choice, each)))
}

/** Of those that are known, how many it admits. */
export const countOf = (choice: Choice, known: readonly string[]): number =>
  known.filter((id) => admits(choice, id)).length
