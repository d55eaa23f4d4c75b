import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { decodeCursor } from '../http/cursor.ts'
import { countedTo, cursor, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { downloadOutput, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { genesis, type Link } from './chain.ts'
import type { Signer } from './checkpoint.ts'
import { countCheckpoints, listCheckpoints } from './checkpoints/store.ts'
import { cursorOf, seqOf } from './cursor.ts'
import { csv, endOf, ndjson } from './export.ts'
import { type Asked, createReadings, type ReadingDeps, recordExport } from './reading.ts'
import { AuditEventView, auditActions, CheckpointView } from './schema.ts'
import { type EventFilter, eventsBetween, listEvents, type SealedEvent } from './store.ts'

export type AuditDeps = ReadingDeps & {
  readonly read: Database['read']
  /** Signs for an organization; here only its public key is asked for. */
  readonly signerOf: (organizationId: string) => Pick<Signer, 'publicKey'>
}

const Filter = z.strictObject({
  subject: z.string().min(1).max(128).optional(),
  actor: z.string().min(1).max(128).optional(),
  action: z.enum(auditActions).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  address: z.string().min(1).max(64).optional(),
})
const Output = z.strictObject({ items: z.array(AuditEventView), nextCursor: z.string().nullable() })

const route = routeOf<Actor, Permission>()
const needs = { right: 'audit-events:read' } as const

export const auditRoutes = (deps: AuditDeps) => [listRoute(deps), exportRoute(deps), checkpointsRoute(deps)]

const listRoute = (deps: AuditDeps) => {
  const { read } = deps
  const wasRead = createReadings(deps)
  return route({
    method: 'GET',
    path: '/audit-events',
    summary: 'Audit events of the organization, newest first; who asks is in there, too',
    needs,
    query: Filter.extend({ cursor: z.string().max(128).optional(), limit }),
    output: Output,
    handle: async (actor, { query: { cursor, limit, ...asked }, requestId }) => {
      const { organizationId } = actor
      const below = cursor === undefined ? null : seqOf(cursor, asked)
      if (cursor !== undefined && below === null) return refuse('bad_cursor')
      // One more than is shown tells whether there is a next page.
      const { events, lookedTo } = await read(organizationId, (db) =>
        listEvents(db, organizationId, filterOf(asked), below, limit + 1),
      )
      await wasRead(actor, requestId, asked)
      const shown = events.slice(0, limit)
      const next = events.length > limit ? (shown.at(-1)?.seq ?? null) : lookedTo
      return ok({ items: shown.map(viewOf), nextCursor: next === null ? null : cursorOf(next, asked) })
    },
  })
}

const ExportQuery = Filter.extend({
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
  /** Begins behind this event: what is new since an earlier export. */
  after: z.coerce.number().int().min(0).default(0),
})

const exportRoute = (deps: AuditDeps) => {
  const { read, now, signerOf } = deps
  const exported = recordExport(deps)
  return route({
    method: 'GET',
    path: '/audit-events/export',
    summary: 'All audit events that a filter leaves, oldest first, with their checkpoints where there is no filter',
    needs,
    query: ExportQuery,
    output: downloadOutput,
    handle: async (actor, { query: { format, after, ...asked }, requestId }) => {
      const { organizationId } = actor
      const begin = await linkAt(read, organizationId, after)
      if (!begin.ok) return begin
      const end = await read(organizationId, (db) => endOf(db, organizationId))
      const filter = given(asked)
      await exported(actor, requestId, { format, filter, after, upTo: end.upTo.seq })
      const at = new Date(now()).toISOString()
      const source = { read, organizationId, filter: filterOf(asked), after, ...end }
      const signingKeys = [signerOf(organizationId).publicKey]
      const fileName = `audit-events-${at.slice(0, 10)}.${format}`
      if (format === 'csv')
        return ok({ contentType: 'text/csv; charset=utf-8; header=present', fileName, chunks: csv(source) })
      const head = { organization: organizationId, at, filter, after: begin.value, signingKeys }
      return ok({ contentType: 'application/x-ndjson; charset=utf-8', fileName, chunks: ndjson(source, head) })
    },
  })
}

async function linkAt(read: Database['read'], organizationId: string, seq: number): Promise<Result<Link>> {
  if (seq === 0) return ok(genesis)
  const [event] = await read(organizationId, (db) => eventsBetween(db, organizationId, {}, seq - 1, seq))
  if (event) return ok({ seq: event.seq, hash: event.hash })
  return refuse('invalid', { errors: [{ pointer: '?after', detail: 'there is no such event' }] })
}

const checkpointsRoute = ({ read }: AuditDeps) =>
  route({
    method: 'GET',
    path: '/audit-events/checkpoints',
    summary: 'Signed statements of how far the log had come, newest first',
    needs,
    query: z.strictObject({ cursor, limit }),
    output: listOf(CheckpointView),
    handle: async ({ organizationId }, { query }) => {
      const place = decodeCursor(query.cursor, z.tuple([z.int().min(1)]))
      if (!place.ok) return place
      const below = place.value === null ? null : place.value[0]
      const [found, count] = await read(organizationId, async (db) => [
        await listCheckpoints(db, organizationId, below, query.limit + 1),
        await countCheckpoints(db, organizationId, countedTo + 1),
      ])
      return ok({ ...pageOf(found, query.limit, ({ seq }) => [seq]), ...totalOf(count), refs: {} })
    },
  })

const given = (asked: Asked): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))

const filterOf = ({ from, to, ...asked }: z.output<typeof Filter>): EventFilter => ({
  ...asked,
  from: instant(from),
  to: instant(to),
})
const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))

const viewOf = ({ organization: _, ...event }: SealedEvent): AuditEventView => event
