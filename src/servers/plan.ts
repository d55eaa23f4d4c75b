import { headerFor, isHeaderValue, isInjectableName } from '../credentials/injection.ts'
import { problemOfUrl } from '../http/upstream-url.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { Secret } from '../secret.ts'
import { hiddenValue, type NewServerCredential, Slot, type Transport } from './schema.ts'
import type { StoredTransport } from './store.ts'

/** Pure checks of what a server is made of, beyond its shape. */
export type PlannedTransport = {
  readonly stored: StoredTransport
  /** Values of stdio variables that were given; null where the ones before stay. */
  readonly variables: Readonly<Record<string, string>> | null
}

export const planTransport = (input: Transport, before: StoredTransport | null): Result<PlannedTransport> => {
  if (input.type !== 'stdio') {
    const problem = problemOfUrl(input.url)
    if (problem !== null) return invalid('/transport/url', problem)
    return ok({ stored: { type: input.type, url: input.url }, variables: {} })
  }
  const args = input.args ?? []
  const bad = [input.command, ...args].some((text) => text.includes('\0'))
  if (bad) return invalid('/transport', 'must not hold a NUL character')
  const variables = input.env ?? {}
  const stored = { type: 'stdio' as const, command: input.command, args: [...args], variables: Object.keys(variables) }
  const hidden = Object.entries(variables).filter(([, value]) => value === hiddenValue)
  if (hidden.length === 0) return ok({ stored, variables })
  // A value that nobody sees again stays only with the command it was given for: else whoever may change the command
  // could send the secret to another program.
  const allKept = hidden.length === stored.variables.length && sameCommand(stored, before)
  if (allKept) return ok({ stored, variables: null })
  const detail = `${hiddenValue} stands for a value that is not shown: give all values again when something changes`
  return refuse('invalid', {
    errors: hidden.map(([name]) => ({ pointer: `/transport/env/${name}`, detail })),
  })
}

const sameCommand = (stored: StoredTransport & { type: 'stdio' }, before: StoredTransport | null): boolean =>
  before?.type === 'stdio' &&
  before.command === stored.command &&
  JSON.stringify(before.args) === JSON.stringify(stored.args) &&
  JSON.stringify(before.variables.toSorted()) === JSON.stringify(stored.variables.toSorted())

/** Children of other gateways are a question of commands only; elsewhere the word would promise what nothing does. */
export const problemOfPerGateway = (transport: StoredTransport, perGateway: boolean): Result<null> =>
  perGateway && transport.type !== 'stdio'
    ? invalid('/perGateway', 'is about commands: nothing else runs on a gateway')
    : ok(null)

export type PlannedCredential = { readonly slot: Slot; readonly value: Secret }

export const planCredential = (input: NewServerCredential, transport: StoredTransport): Result<PlannedCredential> => {
  if (transport.type === 'stdio') {
    return invalid('/credential', 'goes into a header: give a stdio server its secrets in `transport.env`')
  }
  if (!isInjectableName(input.name)) {
    return invalid('/credential/name', 'must be a header name that the transport does not use itself')
  }
  const isAuthorization = input.name.toLowerCase() === 'authorization'
  const template = input.template ?? (isAuthorization ? 'Bearer {value}' : '{value}')
  const slot = Slot.safeParse({ slot: 'header', name: input.name, template })
  if (!slot.success) return invalid('/credential/template', 'must hold {value} exactly once, in 256 characters or less')
  const value = new Secret(input.value, 'credential')
  // Never the value itself in a refusal.
  if (!isHeaderValue(input.value)) return invalid('/credential/value', 'must be visible ASCII without outer spaces')
  if (headerFor(slot.data, value) === null) return invalid('/credential/template', 'does not make a header value')
  return ok({ slot: slot.data, value })
}

export const invalid = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer} ${detail}.`, errors: [{ pointer, detail }] })
