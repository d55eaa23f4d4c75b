import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Tables } from '../db/tables.ts'
import { countedTo } from '../http/lists.ts'
import type { Subject, Target } from './deps.ts'
import type { AccessRequestState } from './schema.ts'

export type AccessRequest = {
  readonly id: string
  readonly member: { readonly id: string; readonly name: string }
  readonly target: Target
  readonly subject: Subject
  readonly reason: string
  readonly state: AccessRequestState
  readonly createdAt: number
  readonly decidedAt: number | null
  readonly decidedBy: { readonly id: string; readonly name: string } | null
  readonly decisionReason: string | null
  readonly until: number | null
  readonly endedAt: number | null
  readonly revision: number
}

const columns = [
  'id',
  'member_id',
  'member_name',
  'target_type',
  'target_id',
  'target_name',
  'owner_id',
  'kind',
  'subject_id',
  'subject_name',
  'part',
  'nano_usd',
  'reason',
  'state',
  'created_at',
  'decided_at',
  'decided_by',
  'decided_by_name',
  'decision_reason',
  'until',
  'ended_at',
  'revision',
] as const
type Row = Pick<Selectable<Tables['access_requests']>, (typeof columns)[number]>

const requestOf = (row: Row): AccessRequest => ({
  id: row.id,
  member: { id: row.member_id, name: row.member_name },
  target: { type: row.target_type, id: row.target_id, name: row.target_name, ownerId: row.owner_id },
  subject: {
    kind: row.kind,
    id: row.subject_id,
    name: row.subject_name,
    part: row.part,
    nanoUsd: row.nano_usd === null ? null : Number(row.nano_usd),
  },
  reason: row.reason,
  state: row.state,
  createdAt: row.created_at,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by === null ? null : { id: row.decided_by, name: row.decided_by_name ?? row.decided_by },
  decisionReason: row.decision_reason,
  until: row.until,
  endedAt: row.ended_at,
  revision: row.revision,
})

export async function insertRequest(db: Db, organizationId: string, request: AccessRequest): Promise<void> {
  const { member, target, subject } = request
  await db
    .insertInto('access_requests')
    .values({
      organization_id: organizationId,
      id: request.id,
      member_id: member.id,
      member_name: member.name,
      target_type: target.type,
      target_id: target.id,
      target_name: target.name,
      owner_id: target.ownerId,
      kind: subject.kind,
      subject_id: subject.id,
      subject_name: subject.name,
      part: subject.part,
      nano_usd: subject.nanoUsd === null ? null : BigInt(subject.nanoUsd),
      reason: request.reason,
      state: request.state,
      created_at: request.createdAt,
      revision: request.revision,
    })
    .execute()
}

/**
 * As it stays until this unit of work ends, so that of two who decide at once the second finds it decided. A write that
 * changes nothing, since SQLite has no `select … for update`.
 */
export async function holdRequest(db: Db, organizationId: string, id: string): Promise<AccessRequest | null> {
  const row = await db
    .updateTable('access_requests')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
  return row ? requestOf(row) : null
}

export async function findRequest(db: Db, organizationId: string, id: string): Promise<AccessRequest | null> {
  const row = await db
    .selectFrom('access_requests')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? requestOf(row) : null
}

/** One that is held. */
export async function writeRequest(db: Db, organizationId: string, request: AccessRequest): Promise<void> {
  await db
    .updateTable('access_requests')
    .set({
      state: request.state,
      decided_at: request.decidedAt,
      decided_by: request.decidedBy?.id ?? null,
      decided_by_name: request.decidedBy?.name ?? null,
      decision_reason: request.decisionReason,
      until: request.until,
      ended_at: request.endedAt,
      revision: request.revision,
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', request.id)
    .execute()
}

/** Whoever asks twice at once comes one after the other. */
export async function holdAsker(db: Db, organizationId: string, memberId: string): Promise<void> {
  await db
    .updateTable('members')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', memberId)
    .execute()
}

/** What a member has asked for and nobody has decided, the newest first. */
export async function openRequestsOf(db: Db, organizationId: string, memberId: string): Promise<AccessRequest[]> {
  const rows = await db
    .selectFrom('access_requests')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('state', '=', 'open')
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map(requestOf)
}

type Narrowing = {
  readonly state: AccessRequestState | undefined
  /** Only this member's; null: everybody's. */
  readonly memberId: string | null
  readonly now: number
}
type Page = Narrowing & {
  readonly after: { readonly createdAt: number; readonly id: string } | null
  readonly limit: number
}

/** The newest first. */
export async function listRequests(db: Db, organizationId: string, page: Page): Promise<AccessRequest[]> {
  const { after } = page
  const rows = await narrowed(db, organizationId, page)
    .select(columns)
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('created_at', 'id'), '<', tuple(after?.createdAt ?? 0, after?.id ?? '')),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(requestOf)
}

export async function countRequests(db: Db, organizationId: string, narrowing: Narrowing): Promise<number> {
  const rows = narrowed(db, organizationId, narrowing)
    .select('id')
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** One whose end has come has ended, whether somebody has written that down or not. */
const narrowed = (db: Db, organizationId: string, { state, memberId, now }: Narrowing) =>
  db
    .selectFrom('access_requests')
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('member_id', '=', memberId ?? ''))
    .$if(state !== undefined && state !== 'approved' && state !== 'ended', (query) =>
      query.where('state', '=', state ?? 'open'),
    )
    .$if(state === 'approved', (query) =>
      query.where('state', '=', 'approved').where((is) => is.or([is('until', 'is', null), is('until', '>', now)])),
    )
    .$if(state === 'ended', (query) =>
      query.where((is) =>
        is.or([is('state', '=', 'ended'), is.and([is('state', '=', 'approved'), is('until', '<=', now)])]),
      ),
    )

export type Over = { readonly organizationId: string; readonly id: string }

/**
 * Approved ones that are over, of all organizations (as system): their instant has come, or whom they were approved for
 * is not there any more, or belongs to somebody else.
 */
export async function overNow(db: Db, now: number, limit: number): Promise<Over[]> {
  const rows = await db
    .selectFrom('access_requests as request')
    .leftJoin('keys', (join) =>
      join
        .onRef('keys.organization_id', '=', 'request.organization_id')
        .onRef('keys.id', '=', 'request.target_id')
        .onRef('keys.owner_id', '=', 'request.owner_id')
        .on('keys.state', 'in', ['active', 'suspended']),
    )
    .leftJoin('members', (join) =>
      join
        .onRef('members.organization_id', '=', 'request.organization_id')
        .onRef('members.id', '=', 'request.target_id')
        .on('members.state', '!=', 'removed'),
    )
    .select(['request.organization_id', 'request.id'])
    .where('request.state', '=', 'approved')
    .where('request.kind', '!=', 'budget')
    .where((is) =>
      is.or([
        is('request.until', '<=', now),
        is.and([is('request.target_type', '=', 'key'), is('keys.id', 'is', null)]),
        is.and([is('request.target_type', '=', 'member'), is('members.id', 'is', null)]),
      ]),
    )
    .orderBy('request.organization_id')
    .orderBy('request.id')
    .limit(limit)
    .execute()
  return rows.map(({ organization_id, id }) => ({ organizationId: organization_id, id }))
}
