import { KeyPatch } from '../keys/schema.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences } from './input.ts'
import { type CapOptions, capsAfter, capsIn } from './key-caps.ts'
import { type KeyFields, keys } from './key-facts.ts'
import { type KeyOptions, keyFields, keySentences } from './key-options.ts'
import { asTyped } from './perform.ts'
import { needsKey, type ScopeOptions, scopeAfter, scopeParts } from './scope.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type KeysUpdateOptions = ChangeOptions & KeyOptions & CapOptions & ScopeOptions & { readonly name?: string }

export const keysUpdate = (terminal: Terminal, id: string, options: KeysUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: keys, id }, keyChange(options), asTyped, options)

/** Only what was given changes; where one part of a whole was given, the rest of it is taken from the key. */
function keyChange(options: KeysUpdateOptions): Given<Change<KeyFields>> {
  const parts = scopeParts(options)
  if (!parts.ok) return parts
  const fields = keyFields(options)
  if (!fields.ok) return fields
  const caps = capsIn(options)
  if (!caps.ok) return caps
  const hasCaps = caps.value.limits !== null || caps.value.budgets !== null
  const given = { name: options.name, ...fields.value }
  if (Object.keys(present({ ...given, ...parts.value })).length === 0 && !hasCaps)
    return usage('Nothing to change was given; --help names what can be.')
  const said = { ...keySentences, name: sentences.name('--name') }
  const own = inputOf(KeyPatch, given, said)
  if (!own.ok) return own
  if (!needsKey(parts.value) && !hasCaps) return { ok: true, value: { ...own.value, ...parts.value } }
  const change: Change<KeyFields> = async (found, control) => {
    const scope = await scopeAfter(control, parts.value, found)
    return scope.ok
      ? { ok: true, value: { ...own.value, ...scope.value, ...capsAfter(caps.value, found.item) } }
      : scope
  }
  return { ok: true, value: change }
}
