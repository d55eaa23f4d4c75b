import { z } from 'zod'
import type { Database } from '../db/database.ts'
import type { Route } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { cursorOf, seqOf } from './cursor.ts'
import { AuditEventView, auditActions } from './schema.ts'
import { listEvents, type SealedEvent } from './store.ts'

type Deps = { readonly read: Database['read'] }

const Query = z.strictObject({
  subject: z.string().min(1).max(128).optional(),
  actor: z.string().min(1).max(128).optional(),
  action: z.enum(auditActions).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
const Output = z.strictObject({ items: z.array(AuditEventView), nextCursor: z.string().nullable() })

export const auditRoutes = (deps: Deps): Route<Actor, Permission>[] => [listRoute(deps)]

const listRoute = ({ read }: Deps): Route<Actor, Permission, z.ZodType, typeof Query, z.ZodType, typeof Output> => ({
  method: 'GET',
  path: '/audit-events',
  summary: 'Audit events of the organization, newest first',
  needs: { right: 'audit-events:read' },
  query: Query,
  output: Output,
  handle: async ({ organizationId }, { query: { cursor, limit, ...asked } }) => {
    const below = cursor === undefined ? null : seqOf(cursor, asked)
    if (cursor !== undefined && below === null) return refuse('bad_cursor')
    const filter = { ...asked, from: instant(asked.from), to: instant(asked.to) }
    // One more than is shown tells whether there is a next page.
    const { events, lookedTo } = await read(organizationId, (db) =>
      listEvents(db, organizationId, filter, below, limit + 1),
    )
    const shown = events.slice(0, limit)
    const next = events.length > limit ? (shown.at(-1)?.seq ?? null) : lookedTo
    return ok({ items: shown.map(viewOf), nextCursor: next === null ? null : cursorOf(next, asked) })
  },
})

const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))

const viewOf = ({ organization: _, ...event }: SealedEvent): AuditEventView => event
