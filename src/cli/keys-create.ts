import { NewKey } from '../keys/schema.ts'
import type { Control } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present } from './input.ts'
import { type CapOptions, capsAfter, capsIn } from './key-caps.ts'
import { keys } from './key-facts.ts'
import { type KeyOptions, keyFields, keySentences, wholeNumber } from './key-options.ts'
import { templateCalled } from './key-templates.ts'
import { makeOne } from './make-one.ts'
import { ownerIn, ownerOf } from './owner.ts'
import type { Style } from './print.ts'
import { newScope, type ScopeOptions, scopeParts } from './scope.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type KeysCreateOptions = Style &
  KeyOptions &
  CapOptions &
  ScopeOptions & {
    readonly team?: string
    readonly app?: string
    readonly owner?: string
    readonly inactive?: boolean
    readonly url?: boolean
    readonly honey?: boolean
    /** Seconds; bare: as long as control gives by itself. */
    readonly ephemeral?: string | true
    readonly template?: string
  }

export const keysCreate = (terminal: Terminal, name: string, options: KeysCreateOptions): Promise<Exit> =>
  makeOne(
    terminal,
    { resource: keys, aside: aboutNothing(options) },
    newKey(name, options),
    async (control, typed) => {
      const owner = await ownerIn(control, typed.owner)
      if (!owner.ok) return owner
      const body = present({ ...typed, owner: owner.value })
      return options.template === undefined ? { ok: true, value: body } : from(control, options.template, body)
    },
    options,
  )

/** What is said beside a template counts more than what is in it. */
async function from(control: Control, name: string, given: object): Promise<Given<object>> {
  const template = await templateCalled(control, name)
  return template.ok ? { ok: true, value: { ...template.value, ...given } } : template
}

/** The input as control takes it. What is not said is not granted. */
export function newKey(name: string, options: KeysCreateOptions): Given<NewKey> {
  const parts = scopeParts(options)
  if (!parts.ok) return parts
  const scope = newScope(parts.value)
  if (!scope.ok) return scope
  const fields = keyFields(options)
  if (!fields.ok) return fields
  const caps = capsIn(options)
  if (!caps.ok) return caps
  const owner = ownerOf(options)
  if (!owner.ok) return owner
  const ephemeral = ephemeralOf(options)
  if (!ephemeral.ok) return ephemeral
  const kinds = {
    kind: options.url ? 'url' : undefined,
    honey: options.honey,
    active: options.inactive ? false : undefined,
    ephemeral: ephemeral.value,
  }
  const said = { ...keySentences, ephemeral: ttl, owner: 'The owner must be a slug or an id.' }
  const given = { name, ...fields.value, ...capsAfter(caps.value), ...scope.value, ...kinds, owner: owner.value }
  return inputOf(NewKey, given, said)
}

const ttl = '--ephemeral must be a whole number of seconds from 1 to 86400.'

function ephemeralOf({ ephemeral }: KeysCreateOptions): Given<object | undefined> {
  if (ephemeral === undefined) return { ok: true, value: undefined }
  if (ephemeral === true) return { ok: true, value: {} }
  const seconds = wholeNumber(ephemeral, ttl)
  return seconds.ok ? { ok: true, value: { ttlSeconds: seconds.value } } : seconds
}

const aboutNothing = ({ servers, exceptServers, providers, template, honey }: KeysCreateOptions): string =>
  (servers ?? exceptServers ?? providers ?? template) === undefined && !honey
    ? 'The key may call no MCP server; --servers would have said which.\n'
    : ''
