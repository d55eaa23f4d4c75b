import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Tables } from '../db/tables.ts'
import { redact } from '../observe/redact.ts'
import { type ChainedEvent, genesis, hashAfter, type Link, type Party } from './chain.ts'
import type { AuditAction } from './schema.ts'

/** Who did it, and from where; no address: nobody called. */
export type Doer = Party & { readonly address?: string | null }

export type NewEvent = {
  /** `evt_…` */
  readonly id: string
  readonly at: number
  readonly actor: Doer
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
  readonly address?: string | undefined
  /** Of the subject. */
  readonly kind?: string | undefined
}

/** In the transaction of what it tells of: both commit together or neither does. */
export const insertEvent = async (db: Db, organizationId: string, event: NewEvent): Promise<void> => {
  await db.insertInto('audit_events').values(rowOf(organizationId, event)).execute()
}

const writtenAtOnce = 200

/** Many, in their order. */
export const insertEvents = async (db: Db, organizationId: string, events: readonly NewEvent[]): Promise<void> => {
  for (let from = 0; from < events.length; from += writtenAtOnce) {
    const rows = events.slice(from, from + writtenAtOnce).map((event) => rowOf(organizationId, event))
    await db.insertInto('audit_events').values(rows).execute()
  }
}

/** The same where an event of this id may be there already, and then nothing is written. */
export const insertEventOnce = async (db: Db, organizationId: string, event: NewEvent): Promise<void> => {
  await db
    .insertInto('audit_events')
    .values(rowOf(organizationId, event))
    .onConflict((conflict) => conflict.columns(['organization_id', 'id']).doNothing())
    .execute()
}

/** Whether the event of this id says so; null: there is none. */
export const isToldAs = async (db: Db, organizationId: string, id: string, after: unknown): Promise<boolean | null> => {
  const row = await db
    .selectFrom('audit_events')
    .select('after')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : row.after === textOf(after)
}

const rowOf = (organizationId: string, event: NewEvent) => ({
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
  address: event.actor.address ?? null,
})

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
  const heads = new Map<string, Link>()
  for (const { organization_id } of rows)
    if (!heads.has(organization_id)) heads.set(organization_id, await headOf(db, organization_id))
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
  const { subject, actor, action, from, to, address } = filter
  // A subject has few events, and one actor's or one action's stand in an index in this order.
  const isSifted = from !== undefined || to !== undefined || address !== undefined
  const isLong = subject === undefined && (isSifted || (actor !== undefined && action !== undefined))
  const lookedTo = isLong ? await boundary(db, organizationId, below) : null
  const rows = await db
    .selectFrom('audit_events')
    .select([...shown, 'seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .where('seq', 'is not', null)
    .$if(below !== null, (query) => query.where('seq', '<', below))
    .$if(lookedTo !== null, (query) => query.where('seq', '>=', lookedTo))
    .where((row) => row.and(conditionsOf(row, filter)))
    .orderBy('seq', 'desc')
    .limit(limit)
    .$narrowType<{ seq: number; hash: string }>()
    .execute()
  return { events: rows.map((row) => sealedOf(row, organizationId)), lookedTo }
}

/** The chain has no gaps, so the place is counted and not looked for; null when the beginning is nearer. */
const boundary = async (db: Db, organizationId: string, below: number | null): Promise<number | null> => {
  const top = below ?? (await headOf(db, organizationId)).seq + 1
  return top > seenAtMost ? top - seenAtMost : null
}

type Row = ExpressionBuilder<Tables, 'audit_events'>

const conditionsOf = (
  row: Row,
  { subject, actor, action, from, to, address, kind }: EventFilter,
): Expression<SqlBool>[] => [
  ...(subject === undefined ? [] : [row('subject_id', '=', subject)]),
  ...(actor === undefined ? [] : [row('actor_id', '=', actor)]),
  ...(action === undefined ? [] : [row('action', '=', action)]),
  ...(from === undefined ? [] : [row('at', '>=', from)]),
  ...(to === undefined ? [] : [row('at', '<', to)]),
  ...(address === undefined ? [] : [row('address', '=', address)]),
  ...(kind === undefined ? [] : [row('subject_kind', '=', kind)]),
]

/** Sealed events of one organization, oldest first, above a place in the chain: pages for `verify`. */
export const chainAfter = async (
  db: Db,
  organizationId: string,
  after: number,
  limit: number,
): Promise<SealedEvent[]> => {
  const rows = await above(db, organizationId, after).limit(limit).execute()
  return rows.map((row) => sealedOf(row, organizationId))
}

/** Those that the filter leaves above one place in the chain and up to another, oldest first: pages for an export. */
export const eventsBetween = async (
  db: Db,
  organizationId: string,
  filter: EventFilter,
  after: number,
  upTo: number,
): Promise<SealedEvent[]> => {
  const rows = await above(db, organizationId, after)
    .where('seq', '<=', upTo)
    .where((row) => row.and(conditionsOf(row, filter)))
    .execute()
  return rows.map((row) => sealedOf(row, organizationId))
}

const above = (db: Db, organizationId: string, after: number) =>
  db
    .selectFrom('audit_events')
    .select([...shown, 'seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .where('seq', '>', after)
    .orderBy('seq')
    .$narrowType<{ seq: number; hash: string }>()

/** Where the organization's chain ends now. */
export const headOf = async (db: Db, organizationId: string): Promise<Link> => {
  const row = await db
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .where('seq', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .$narrowType<Link>()
    .executeTakeFirst()
  return row ?? genesis
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
  'address',
] as const
type Shown = Readonly<Record<Exclude<(typeof shown)[number], 'at' | 'before' | 'after' | 'address'>, string>> & {
  readonly at: number
  readonly address: string | null
  readonly before: string | null
  readonly after: string | null
}

const eventOf = (row: Shown, organization: string, seq: number): ChainedEvent => ({
  organization,
  id: row.id,
  seq,
  at: isoOf(row.at),
  actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
  action: row.action,
  subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
  ...(row.before === null ? {} : { before: jsonIn(row.before) }),
  ...(row.after === null ? {} : { after: jsonIn(row.after) }),
  requestId: row.request_id,
  ...(row.address === null ? {} : { address: row.address }),
})

const sealedOf = (row: Shown & Link, organization: string): SealedEvent => ({
  ...eventOf(row, organization, row.seq),
  hash: row.hash,
})

/** What somebody has put into a row behind our back is shown and found, and does not make the log unreadable. */
export const isoOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms))
const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
/** Whatever somebody has typed or pasted, such as a search: no token of ours is kept with it. */
const textOf = (value: unknown): string | null => (value === undefined ? null : redact(JSON.stringify(value)))
