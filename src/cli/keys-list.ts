import { KeyStatus } from '../keys/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { KeyFields, serversOf } from './key-facts.ts'
import { type ListOptions, printList } from './list.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type KeysListOptions = ListOptions & { readonly status?: string }

export async function keysList(terminal: Terminal, options: KeysListOptions): Promise<Exit> {
  const { status } = options
  if (status !== undefined && !isOneOf(KeyStatus.options, status)) {
    const wrong = `--status must be one of ${KeyStatus.options.join(', ')}, not "${status}".`
    return printFailure(terminal, usage(wrong), options)
  }
  const list = {
    path: '/keys',
    query: { status },
    item: KeyFields,
    head: ['ID', 'NAME', 'STATUS', 'SERVERS', 'EXPIRES'],
    row: (key: KeyFields, refs: Parameters<typeof serversOf>[1]) => [
      key.id,
      key.name,
      key.status,
      serversOf(key, refs),
      key.expiresAt ?? 'never',
    ],
  }
  return printList(terminal, list, options)
}
