import { z } from 'zod'
import { auditActions } from '../audit/schema.ts'
import { type Failure, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'
import { isInstant, isOneOf } from './values.ts'

export type AuditListOptions = ListOptions & {
  readonly subject?: string
  readonly actor?: string
  readonly action?: string
  readonly from?: string
  readonly to?: string
}

const Party = z.looseObject({ kind: z.string(), id: z.string(), name: z.string() })
const EventFields = z.looseObject({
  id: z.string(),
  seq: z.number(),
  at: z.string(),
  actor: Party,
  action: z.string(),
  subject: Party,
})

export async function auditList(terminal: Terminal, options: AuditListOptions): Promise<Exit> {
  const wrong = wrongFilter(options)
  if (wrong) return printFailure(terminal, wrong, options)
  const { subject, actor, action, from, to } = options
  const list = {
    path: '/audit-events',
    item: EventFields,
    head: ['SEQ', 'AT', 'ACTOR', 'ACTION', 'SUBJECT'],
    row: (event: z.infer<typeof EventFields>) => [
      String(event.seq),
      event.at,
      event.actor.name || event.actor.id,
      event.action,
      event.subject.name === event.subject.id ? event.subject.id : `${event.subject.id} ${event.subject.name}`,
    ],
  }
  return printList(terminal, list, options, filteredBy({ subject, actor, action, from, to }))
}

function wrongFilter({ subject, actor, action, from, to }: AuditListOptions): Failure | null {
  for (const [flag, id] of [
    ['--subject', subject],
    ['--actor', actor],
  ] as const)
    if (id !== undefined && (id === '' || id.length > 128)) return usage(`${flag} must be an id.`)
  if (action !== undefined && !isOneOf(auditActions, action))
    return usage(`--action must be one of ${auditActions.join(', ')}, not "${action}".`)
  for (const [flag, at] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (at !== undefined && !isInstant(at))
      return usage(`${flag} must be a time in UTC like 2026-01-31T00:00:00Z, not "${at}".`)
  return null
}
