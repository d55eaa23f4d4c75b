import { idOf } from './choice-facts.ts'
import { refusal, usage } from './control.ts'
import type { Refs } from './refs.ts'
import type { Given } from './values.ts'

/** How a set of ids is to change: replaced, or by what joins and what leaves. */
export type SetChange = {
  readonly whole?: readonly string[] | undefined
  readonly add?: readonly string[] | undefined
  readonly remove?: readonly string[] | undefined
}

type Words = readonly [flag: string, text: string | undefined]
type Read = (flag: string, text: string | undefined) => Given<string[] | undefined>

/** From three options; a whole beside its changes could be read in two ways. */
export function setOf(read: Read, whole: Words, add: Words, remove: Words): Given<SetChange> {
  const [all, joining, leaving] = [read(...whole), read(...add), read(...remove)]
  if (!all.ok) return all
  if (!joining.ok) return joining
  if (!leaving.ok) return leaving
  if (all.value !== undefined && (joining.value ?? leaving.value) !== undefined)
    return usage(`${whole[0]} says the whole list, so ${joining.value ? add[0] : remove[0]} does not go with it.`)
  return { ok: true, value: { whole: all.value, add: joining.value, remove: leaving.value } }
}

export const isChanged = ({ whole, add, remove }: SetChange): boolean => (whole ?? add ?? remove) !== undefined
/** Whether what is there has to be known. */
export const isRelative = ({ add, remove }: SetChange): boolean => (add ?? remove) !== undefined

/** What is to leave has to be there: a slip of the pen must not look like a right that was taken away. */
export function setAfter(before: readonly string[], change: SetChange, refs: Refs): Given<readonly string[]> {
  const { whole, add = [], remove = [] } = change
  if (whole !== undefined) return { ok: true, value: whole }
  const leaving = new Set(remove.map((word) => idOf(word, before, refs)))
  const absent = [...leaving].find((id) => !before.includes(id))
  if (absent !== undefined) return refusal('not_found', `"${absent}" is not in it, so it cannot be taken out.`)
  const joining = add.map((word) => idOf(word, before, refs))
  return { ok: true, value: [...new Set([...before, ...joining])].filter((id) => !leaving.has(id)) }
}
