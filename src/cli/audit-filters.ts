import { auditActions } from '../audit/schema.ts'
import { type Failure, usage } from './control.ts'
import { isInstant, isOneOf } from './values.ts'

export type AuditFilters = {
  readonly subject?: string
  readonly actor?: string
  readonly action?: string
  readonly address?: string
  readonly from?: string
  readonly to?: string
}

/** As control reads them; null where they are right. */
export function wrongFilter({ subject, actor, action, address, from, to }: AuditFilters): Failure | null {
  for (const [flag, id] of [
    ['--subject', subject],
    ['--actor', actor],
  ] as const)
    if (id !== undefined && (id === '' || id.length > 128)) return usage(`${flag} must be an id.`)
  if (action !== undefined && !isOneOf(auditActions, action))
    return usage(`--action must be one of ${auditActions.join(', ')}, not "${action}".`)
  if (address !== undefined && (address === '' || address.length > 64))
    return usage('--address must be an IP address, as the list shows it.')
  return wrongTimes({ from, to })
}

export function wrongTimes(times: {
  readonly from?: string | undefined
  readonly to?: string | undefined
}): Failure | null {
  for (const flag of ['from', 'to'] as const) {
    const at = times[flag]
    if (at !== undefined && !isInstant(at))
      return usage(`--${flag} must be a time in UTC like 2026-01-31T00:00:00Z, not "${at}".`)
  }
  return null
}
