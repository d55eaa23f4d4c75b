import type { Opening } from '../session.ts'

/**
 * The one message that opens a unit of work. Everything in it ends with the transaction, so a pooler in between is safe.
 * The limits bound what a statement or a process that was stopped can hold; they are longer than ours, which comes first.
 */
export const openingOf = ({ access, as, limitMs }: Opening): string => {
  const begin = access === 'read' ? 'begin isolation level repeatable read read only' : 'begin'
  if (as === 'owner') return begin
  const role = as === 'system' ? 'ostiary_system' : 'ostiary_app'
  const settings = [
    ...(as === 'system' ? [] : [`set_config('ostiary.org', '${as.organizationId}', true)`]),
    ...(limitMs === null ? [] : limits(limitMs)),
  ]
  return `${begin}; set local role ${role}${settings.length > 0 ? `; select ${settings.join(', ')}` : ''}`
}

const limits = (limitMs: number): readonly string[] => [
  `set_config('statement_timeout', '${Math.trunc(limitMs)}', true)`,
  `set_config('idle_in_transaction_session_timeout', '${Math.trunc(limitMs) + 1_000}', true)`,
]
