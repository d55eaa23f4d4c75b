import { type AuditFilters, wrongFilter } from './audit-filters.ts'
import { connect, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { printFailure, type Style } from './print.ts'
import { saved } from './save.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type AuditExportOptions = AuditFilters &
  Style & { readonly format?: string; readonly after?: string; readonly out?: string }

const formats = ['ndjson', 'csv'] as const

/** Every event that the filters leave, oldest first: to stdout or into a new file. Without filters it can be verified. */
export async function auditExport(terminal: Terminal, options: AuditExportOptions): Promise<Exit> {
  const { format = 'ndjson', after, out, subject, actor, action, address, from, to } = options
  const wrong = wrongFilter(options) ?? wrongExport(format, after)
  if (wrong) return printFailure(terminal, wrong, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const query = { format, after, subject, actor, action, address, from, to }
  const call = { method: 'GET', path: '/audit-events/export', query } as const
  return saved(terminal, out, (take) => control.download(call, take), options)
}

function wrongExport(format: string, after: string | undefined) {
  if (!isOneOf(formats, format)) return usage(`--format must be ${formats.join(' or ')}, not "${format}".`)
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    return usage(`--after must be the number of an event, not "${after}".`)
  return null
}
