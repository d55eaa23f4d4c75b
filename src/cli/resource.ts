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
  /** What no later answer holds: a secret, an address or token that holds one, a link that works once. */
  readonly once: readonly Fact[]
  readonly answer: Readonly<Record<string, unknown>>
}

const Around = z.looseObject({
  refs: Refs,
  effect: EffectFields.optional(),
  url: z.string().optional(),
  secret: z.string().optional(),
  access_token: z.string().optional(),
  setupUrl: z.string().optional(),
  claim: z.looseObject({ url: z.string() }).optional(),
})

export const oneOf = <T extends Item>({ field, item }: Pick<Resource<T>, 'field' | 'item'>): z.ZodType<One<T>> =>
  Around.transform((answer, context) => {
    const found = item.safeParse(answer[field])
    if (!found.success) {
      context.addIssue({ code: 'custom', message: `must hold ${field}` })
      return z.NEVER
    }
    const { refs, effect = null, url, secret, access_token, setupUrl, claim } = answer
    const shown = { url, secret, token: access_token, 'setup link': setupUrl, link: claim?.url }
    const once = Object.entries(shown).flatMap(([name, value]): Fact[] => (value === undefined ? [] : [[name, value]]))
    return { item: found.data, refs, effect, once, answer }
  })

const asides: Readonly<Record<string, string>> = {
  link: 'Give the link to the owner: it shows the secret once, to nobody else.\n',
}

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
    quiet: once[0]?.[1] ?? item.id,
    text: facts([...lines, ...once]),
    aside: [
      ...once.slice(0, 1).map(([name]) => asides[name] ?? `Keep the ${name} now: it is shown this once.\n`),
      aside,
      effect === null ? '' : await effectLines(control, effect, force),
    ].join(''),
  }
  return { ok: true, value }
}
