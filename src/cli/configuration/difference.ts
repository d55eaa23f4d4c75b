import type { Form } from './forms.ts'

export type Difference = { readonly field: string; readonly before: unknown; readonly after: unknown }

/** Field by field, as far as the files have a say. */
export const differencesOf = (before: Form, after: Form): Difference[] =>
  Object.keys(after)
    .filter((field) => after[field] !== undefined && !isSame(before[field], after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }))

/** Whatever the order of members in an object. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [left, right] = [new Map(present(one)), new Map(present(other))]
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && isSame(value, right.get(key)))
}

const present = (value: object): [string, unknown][] => Object.entries(value).filter(([, inner]) => inner !== undefined)

/** One line for each part that differs: `transport.url: "a" → "b"`. */
export function linesOf({ field, before, after }: Difference): string[] {
  if (isSame(before, after)) return []
  if (isSet(before) && isSet(after)) {
    const gone = before.filter((item) => !after.includes(item)).map((item) => `-${item}`)
    const added = after.filter((item) => !before.includes(item)).map((item) => `+${item}`)
    if (gone.length + added.length > 0) return [`${field}: ${[...gone, ...added].join(' ')}`]
  }
  if (isPlain(before) && isPlain(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) => linesOf({ field: `${field}.${key}`, before: before[key], after: after[key] }))
  }
  return [`${field}: ${said(before)} → ${said(after)}`]
}

const isSet = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))
