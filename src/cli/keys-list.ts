import { KeyStatus } from '../keys/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { type OwnedOptions, printOwned } from './owned-list.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type KeysListOptions = OwnedOptions & { readonly status?: string }

export async function keysList(terminal: Terminal, options: KeysListOptions): Promise<Exit> {
  const { status } = options
  if (status === undefined || isOneOf(KeyStatus.options, status)) return printOwned(terminal, keys, options, { status })
  const wrong = `--status must be one of ${KeyStatus.options.join(', ')}, not "${status}".`
  return printFailure(terminal, usage(wrong), options)
}
