import { displayName } from '../keys/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { sentences } from './input.ts'
import { keys } from './key-facts.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'
import { nothing, verbOne } from './verb-one.ts'

export type DuplicateOptions = Style & { readonly name?: string }

/** A key like another, with an id and a secret of its own. */
export const keysDuplicate = (terminal: Terminal, id: string, options: DuplicateOptions): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'duplicate' }, named(options), options)

/** What a revoked key could do, under a new id. */
export const keysReplace = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'replacement' }, nothing, style)

function named({ name }: DuplicateOptions): Given<object> {
  if (name === undefined) return nothing
  const known = displayName.safeParse(name).data
  return known === undefined ? usage(sentences.name('--name')) : { ok: true, value: { name: known } }
}
