import { connect, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { type KeyFilters, keyFilters } from './keys-list.ts'
import { printFailure, type Style } from './print.ts'
import { saved } from './save.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type KeysExportOptions = KeyFilters & Style & { readonly format?: string; readonly out?: string }

const formats = ['csv', 'json'] as const

/** Every key that the filters leave, without secrets: to stdout or into a new file. */
export async function keysExport(terminal: Terminal, options: KeysExportOptions): Promise<Exit> {
  const { format = 'csv', out } = options
  if (!isOneOf(formats, format))
    return printFailure(terminal, usage(`--format must be ${formats.join(' or ')}, not "${format}".`), options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const filters = await keyFilters(control, options)
  if (!filters.ok) return printFailure(terminal, filters, options)
  const query = { ...filters.value, format }
  return saved(terminal, out, (take) => control.download({ method: 'GET', path: '/keys/export', query }, take), options)
}
