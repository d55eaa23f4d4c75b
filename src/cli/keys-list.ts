import { KeyStatus } from '../keys/schema.ts'
import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { type ListOptions, printList } from './list.ts'
import { type OwnedOptions, ownedBy } from './owned-list.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isOneOf } from './values.ts'

export type KeyFilters = Omit<OwnedOptions, keyof ListOptions> & {
  readonly search?: string
  readonly status?: string
  readonly server?: string
  readonly app?: string
  readonly tag?: string
  readonly expiring?: string
  readonly unused?: string
  readonly sort?: string
}
export type KeysListOptions = ListOptions & KeyFilters

export const keysList = (terminal: Terminal, options: KeysListOptions): Promise<Exit> =>
  printList(terminal, keys, options, (control) => keyFilters(control, options))

type Query = Readonly<Record<string, string | undefined>>

/** Which keys: as a list and an export take it. */
export async function keyFilters(control: Control, options: KeyFilters): Promise<Given<Query>> {
  const { search, status, server, app, tag, expiring, unused, sort } = options
  if (status !== undefined && !isOneOf(KeyStatus.options, status))
    return usage(`--status must be one of ${KeyStatus.options.join(', ')}, not "${status}".`)
  for (const [flag, days] of Object.entries({ expiring, unused }))
    if (days !== undefined && !/^\d{1,3}$/.test(days)) return usage(`--${flag} must be a whole number of days.`)
  const owned = await ownedBy(control, options)
  if (!owned.ok) return owned
  return { ok: true, value: { search, status, server, app, tag, expiring, unused, sort, ...owned.value } }
}
