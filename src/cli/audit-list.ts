import { z } from 'zod'
import { type AuditFilters, wrongFilter } from './audit-filters.ts'
import type { Exit } from './exit.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'

export type AuditListOptions = ListOptions & AuditFilters

const Party = z.looseObject({ kind: z.string(), id: z.string(), name: z.string() })
const EventFields = z.looseObject({
  id: z.string(),
  seq: z.number(),
  at: z.string(),
  actor: Party,
  action: z.string(),
  subject: Party,
  address: z.string().optional(),
})
type EventFields = z.infer<typeof EventFields>

export const eventHead = ['SEQ', 'AT', 'ACTOR', 'ACTION', 'SUBJECT', 'ADDRESS'] as const
export const eventRow = ({ seq, at, actor, action, subject, address }: EventFields): string[] => [
  String(seq),
  at,
  actor.name || actor.id,
  action,
  subject.name === subject.id ? subject.id : `${subject.id} ${subject.name}`,
  address ?? '-',
]

export async function auditList(terminal: Terminal, options: AuditListOptions): Promise<Exit> {
  const wrong = wrongFilter(options)
  if (wrong) return printFailure(terminal, wrong, options)
  const { subject, actor, action, address, from, to } = options
  const list = { path: '/audit-events', item: EventFields, head: eventHead, row: eventRow }
  return printList(terminal, list, options, filteredBy({ subject, actor, action, address, from, to }))
}
