import { NewKey } from '../keys/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf } from './input.ts'
import { keys } from './key-facts.ts'
import { type KeyOptions, keyFields, keySentences } from './key-options.ts'
import { makeOne } from './make-one.ts'
import { ownerOf } from './owner.ts'
import { asTyped } from './perform.ts'
import type { Style } from './print.ts'
import { newScope, type ScopeOptions, scopeParts } from './scope.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type KeysCreateOptions = Style &
  KeyOptions &
  ScopeOptions & { readonly team?: string; readonly app?: string; readonly inactive?: boolean }

export const keysCreate = (terminal: Terminal, name: string, options: KeysCreateOptions): Promise<Exit> =>
  makeOne(terminal, { resource: keys, aside: aboutNothing(options) }, newKey(name, options), asTyped, options)

/** The input as control takes it. What is not said is not granted. */
export function newKey(name: string, options: KeysCreateOptions): Given<NewKey> {
  const parts = scopeParts(options)
  if (!parts.ok) return parts
  const scope = newScope(parts.value)
  if (!scope.ok) return scope
  const fields = keyFields(options)
  if (!fields.ok) return fields
  const owner = ownerOf(options)
  if (!owner.ok) return owner
  const active = options.inactive ? false : undefined
  return inputOf(NewKey, { name, ...fields.value, ...scope.value, owner: owner.value, active }, keySentences)
}

const aboutNothing = ({ servers, exceptServers, providers }: KeysCreateOptions): string =>
  (servers ?? exceptServers ?? providers) === undefined
    ? 'The key may call no MCP server; --servers would have said which.\n'
    : ''
