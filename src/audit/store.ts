import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { type ChainedEvent, genesis, hashAfter, type Link, type Party } from './chain.ts'
import type { AuditAction } from './schema.ts'

export type NewEvent = {
  /** `evt_…` */
  readonly id: string
  readonly at: number
  readonly actor: Party
  readonly action: AuditAction
  readonly subject: Party
  /** JSON values, never a secret. */
  readonly before?: unknown
  readonly after?: unknown
  readonly requestId: string
}
export type SealedEvent = ChainedEvent & { readonly hash: string }

export type EventFilter = {
  readonly subject?: string | undefined
  readonly actor?: string | undefined
  readonly action?: string | undefined
  /** First instant, and the instant before which, in ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** In the transaction of what it tells of: both commit together or neither does. */
export const insertEvent = async (db: Db, organizationId: string, event: NewEvent): Promise<void> => {
  await db
    .insertInto('audit_events')
    .values({
      organization_id: organizationId,
      id: event.id,
      at: event.at,
      actor_kind: event.actor.kind,
      actor_id: event.actor.id,
      actor_name: event.actor.name,
      action: event.action,
      subject_kind: event.subject.kind,
      subject_id: event.subject.id,
      subject_name: event.subject.name,
      before: textOf(event.before),
      after: textOf(event.after),
      request_id: event.requestId,
    })
    .execute()
}

/** As many as one sealing takes on, so that its transaction stays short. */
const sealedAtOnce = 500

/**
 * Takes unsealed events of all organizations, oldest first, into their chains; answers how many. Only the sequencer
 * calls it, one at a time: two would forge the same link.
 */
export const seal = async (db: Db): Promise<number> => {
  const rows = await db
    .selectFrom('audit_events')
    .select(['row_id', 'organization_id', ...shown])
    .where('seq', 'is', null)
    .orderBy('row_id')
    .limit(sealedAtOnce)
    .execute()
  if (rows.length === 0) return 0
  const heads = await headsOf(db, [...new Set(rows.map((row) => row.organization_id))])
  const links = rows.map((row) => {
    const head = heads.get(row.organization_id) ?? genesis
    const seq = head.seq + 1
    const link = { seq, hash: hashAfter(head.hash, eventOf(row, row.organization_id, seq)) }
    heads.set(row.organization_id, link)
    return { rowId: row.row_id, ...link }
  })
  // One statement for all: a write each would hold the writer for as many round trips.
  const values = links.map(({ rowId, seq, hash }) => sql`(cast(${rowId} as bigint), cast(${seq} as bigint), ${hash})`)
  await sql`update audit_events set seq = link.column2, hash = link.column3
    from (values ${sql.join(values)}) as link where audit_events.row_id = link.column1`.execute(db)
  return links.length
}

/** What no index answers alone is looked for among so many events; the next page goes on from there. */
export const seenAtMost = 20_000

/**
 * Sealed events of one organization, newest first, below a place in the chain. `lookedTo` is where the search for them
 * ended before the chain did; the next page goes on from there.
 */
export const listEvents = async (
  db: Db,
  organizationId: string,
  filter: EventFilter,
  below: number | null,
  limit: number,
): Promise<{ events: SealedEvent[]; lookedTo: number | null }> => {
  const { subject, actor, action, from, to } = filter
  // A subject has few events, and one actor's or one action's stand in an index in this order.
  const isTimed = from !== undefined || to !== undefined
  const isLong = subject === undefined && (isTimed || (actor !== undefined && action !== undefined))
  const lookedTo = isLong ? await boundary(db, organizationId, below) : null
  const rows = await db
    .selectFrom('audit_events')
    .select([...shown, 'seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .where('seq', 'is not', null)
    .$if(below !== null, (query) => query.where('seq', '<', below))
    .$if(lookedTo !== null, (query) => query.where('seq', '>=', lookedTo))
    .$if(subject !== undefined, (query) => query.where('subject_id', '=', subject ?? ''))
    .$if(actor !== undefined, (query) => query.where('actor_id', '=', actor ?? ''))
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(from !== undefined, (query) => query.where('at', '>=', from ?? 0))
    .$if(to !== undefined, (query) => query.where('at', '<', to ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .$narrowType<{ seq: number; hash: string }>()
    .execute()
  return { events: rows.map((row) => ({ ...eventOf(row, organizationId, row.seq), hash: row.hash })), lookedTo }
}

/** The chain has no gaps, so the place is counted and not looked for; null when the beginning is nearer. */
const boundary = async (db: Db, organizationId: string, below: number | null): Promise<number | null> => {
  const top = below ?? ((await headsOf(db, [organizationId])).get(organizationId)?.seq ?? 0) + 1
  return top > seenAtMost ? top - seenAtMost : null
}

/** Sealed events of one organization, oldest first, above a place in the chain: pages for `verify` and export. */
export const chainAfter = async (
  db: Db,
  organizationId: string,
  after: number,
  limit: number,
): Promise<SealedEvent[]> => {
  const rows = await db
    .selectFrom('audit_events')
    .select([...shown, 'seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .$narrowType<{ seq: number; hash: string }>()
    .execute()
  return rows.map((row) => ({ ...eventOf(row, organizationId, row.seq), hash: row.hash }))
}

const shown = [
  'id',
  'at',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'subject_kind',
  'subject_id',
  'subject_name',
  'before',
  'after',
  'request_id',
] as const
type Shown = Readonly<Record<Exclude<(typeof shown)[number], 'at' | 'before' | 'after'>, string>> & {
  readonly at: number
  readonly before: string | null
  readonly after: string | null
}

const eventOf = (row: Shown, organization: string, seq: number): ChainedEvent => ({
  organization,
  id: row.id,
  seq,
  at: new Date(row.at).toISOString(),
  actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
  action: row.action,
  subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
  ...(row.before === null ? {} : { before: JSON.parse(row.before) }),
  ...(row.after === null ? {} : { after: JSON.parse(row.after) }),
  requestId: row.request_id,
})

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** The last link of each chain that has one. */
const headsOf = async (db: Db, organizationIds: readonly string[]): Promise<Map<string, Link>> => {
  const rows = await db
    .selectFrom('audit_events')
    .select(['organization_id', 'seq', 'hash'])
    .where(({ eb, refTuple, selectFrom, fn }) =>
      eb(
        refTuple('organization_id', 'seq'),
        'in',
        selectFrom('audit_events')
          .select(['organization_id', fn.max('seq').as('seq')])
          .where('organization_id', 'in', organizationIds)
          .where('seq', 'is not', null)
          .groupBy('organization_id')
          .$asTuple('organization_id', 'seq'),
      ),
    )
    .$narrowType<{ seq: number; hash: string }>()
    .execute()
  return new Map(rows.map(({ organization_id, seq, hash }) => [organization_id, { seq, hash }]))
}
