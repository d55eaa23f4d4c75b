import type { z } from 'zod'
import { usage } from './control.ts'
import { byComma, type Given } from './values.ts'

/** Options become the input of a call here: what was not given is not sent, and the first slip is one sentence. */

type Fields = Readonly<Record<string, unknown>>

/** What was given. */
export const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** All of them, or the first that cannot be right. */
export function together(fields: Readonly<Record<string, Given<unknown>>>): Given<Fields> {
  const values: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(fields)) {
    if (!given.ok) return given
    values[name] = given.value
  }
  return { ok: true, value: present(values) }
}

/** Read by the schema of the wire; `sentences` says, by field, with which word a wrong value was given. */
export function inputOf<T>(
  schema: z.ZodType<T>,
  fields: Fields,
  sentences: Readonly<Record<string, string>>,
): Given<T> {
  const parsed = schema.safeParse(present(fields))
  if (parsed.success) return { ok: true, value: parsed.data }
  const path = parsed.error.issues[0]?.path ?? []
  for (let length = path.length; length > 0; length--) {
    const sentence = sentences[path.slice(0, length).join('.')]
    if (sentence !== undefined) return usage(sentence)
  }
  return usage('These values do not go together.')
}

/** The same for changes: none at all is a slip, too. */
export function changesOf<T extends object>(
  schema: z.ZodType<T>,
  fields: Fields,
  sentences: Readonly<Record<string, string>>,
): Given<T> {
  if (Object.keys(present(fields)).length > 0) return inputOf(schema, fields, sentences)
  return usage('Nothing to change was given; --help names what can be.')
}

const name = /^[A-Za-z0-9_-]{1,64}$/

/** Ids or slugs by comma; none at all is said in a word, because an empty list is more often a slip. */
export function names(flag: string, text: string | undefined): Given<string[] | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'none') return { ok: true, value: [] }
  const items = byComma(text)
  const isRight = items.length > 0 && items.every((item) => name.test(item))
  return isRight ? { ok: true, value: items } : usage(`${flag} must be slugs or ids by comma, or none.`)
}

export function yesOrNo(flag: string, text: string | undefined): Given<boolean | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  return text === 'yes' || text === 'no'
    ? { ok: true, value: text === 'yes' }
    : usage(`${flag} must be yes or no, not "${text}".`)
}

export const sentences = {
  slug: (flag: string) => `${flag} must be small letters, digits and single hyphens, 31 at most.`,
  name: (flag: string) => `${flag} must be 1 to 120 visible characters.`,
}
