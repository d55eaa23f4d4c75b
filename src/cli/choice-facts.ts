import { z } from 'zod'
import { named, type Refs } from './refs.ts'

/** A choice as control answers it; a later version may know more words. */
export const ChoiceFields = z.looseObject({ mode: z.string(), items: z.array(z.string()).optional() })
export type ChoiceFields = z.infer<typeof ChoiceFields>
export const ToolFields = z.record(z.string(), ChoiceFields)
export type ToolFields = z.infer<typeof ToolFields>

/** By slug; what is gone keeps its id. */
export const sayChoice = ({ mode, items }: ChoiceFields, refs: Refs = {}): string =>
  items === undefined ? mode : `${mode} ${items.map((id) => named(id, refs)).join(',')}`

export const sayTools = (tools: ToolFields, refs: Refs): string =>
  Object.entries(tools)
    .map(([server, choice]) => `${named(server, refs)}: ${sayChoice(choice)}`)
    .join('; ')

/** An entry for one server never changes another: those that were there stay, by the id that they have there. */
export function toolsAfter(before: ToolFields, given: ToolFields, refs: Refs): ToolFields {
  const after = { ...before }
  for (const [server, choice] of Object.entries(given)) after[idOf(server, Object.keys(before), refs)] = choice
  return after
}

/** The id of what is there under a slug; what is not there stays as it was typed. */
export const idOf = (idOrSlug: string, ids: readonly string[], refs: Refs): string =>
  ids.find((id) => refs[id]?.slug === idOrSlug) ?? idOrSlug
