import { z } from 'zod'
import type { Answer, Control } from './control.ts'
import { EffectFields, effectLines, type Force } from './effect.ts'
import type { List } from './list.ts'
import type { Shown } from './perform.ts'
import { type Fact, facts } from './print.ts'
import { Refs } from './refs.ts'
import { type Given, pathTo } from './values.ts'

export type Item = { readonly id: string }

/** A kind of thing that control keeps, as data: where it is and how people see it. */
export type Resource<T extends Item> = List<T> & {
  /** The member of an answer that holds one. */
  readonly field: string
  /** As people call it. */
  readonly titleOf: (item: T) => string
  readonly facts: (item: T, refs: Refs) => readonly Fact[]
  /** Of what stands beside it in an answer. */
  readonly factsBeside?: (answer: Readonly<Record<string, unknown>>, refs: Refs) => readonly Fact[]
  /** Where people have another word for one than its id or slug. */
  readonly idOf?: (control: Control, word: string) => Promise<Given<string>>
}

/** The path of the one that was named. */
export async function placeOf<T extends Item>(
  control: Control,
  { path, idOf }: Resource<T>,
  word: string,
): Promise<Given<string>> {
  const id = idOf === undefined ? null : await idOf(control, word)
  return id?.ok === false ? id : pathTo(path, id?.value ?? word)
}

/** An answer about one thing. */
export type One<T> = {
  readonly item: T
  readonly refs: Refs
  readonly effect: EffectFields | null
  /** What no later answer holds: a secret, or the link with which a first owner signs in. */
  readonly once: Fact | null
  readonly answer: Readonly<Record<string, unknown>>
}

const Around = z.looseObject({
  refs: Refs,
  effect: EffectFields.optional(),
  secret: z.string().optional(),
  setupUrl: z.string().optional(),
})

export const oneOf = <T extends Item>({ field, item }: Pick<Resource<T>, 'field' | 'item'>): z.ZodType<One<T>> =>
  Around.transform((answer, context) => {
    const found = item.safeParse(answer[field])
    if (!found.success) {
      context.addIssue({ code: 'custom', message: `must hold ${field}` })
      return z.NEVER
    }
    const { refs, effect = null, secret, setupUrl } = answer
    const once: Fact | null =
      secret !== undefined ? ['secret', secret] : setupUrl !== undefined ? ['setup link', setupUrl] : null
    return { item: found.data, refs, effect, once, answer }
  })

/** A secret is in the answer that makes it and in no other, so it is shown wherever it comes. */
export async function shownOne<T extends Item>(
  control: Control,
  resource: Resource<T>,
  found: Answer<One<T>>,
  { force = 'in effect', aside = '' }: { readonly force?: Force; readonly aside?: string } = {},
): Promise<Given<Shown>> {
  if (!found.ok) return found
  const { item, refs, effect, once, answer } = found.value
  const lines = [...resource.facts(item, refs), ...(resource.factsBeside?.(answer, refs) ?? [])]
  const value = {
    raw: found.raw,
    quiet: once?.[1] ?? item.id,
    text: facts(once === null ? lines : [...lines, once]),
    aside: [
      once === null ? '' : `Keep the ${once[0]} now: it is shown this once.\n`,
      aside,
      effect === null ? '' : await effectLines(control, effect, force),
    ].join(''),
  }
  return { ok: true, value }
}
