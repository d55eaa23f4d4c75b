import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { Tables } from '../../db/tables.ts'
import { countedTo } from '../../http/lists.ts'
import type { TokenUse } from '../tokens/store.ts'
import { SignInMethod } from './schema.ts'

export type Session = {
  readonly organizationId: string
  readonly id: string
  readonly memberId: string
  readonly method: SignInMethod
  readonly identityProviderId: string | null
  readonly secondFactorAt: number | null
  readonly address: string | null
  readonly userAgent: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
}

export const sessionColumns = [
  'sessions.organization_id',
  'sessions.id',
  'sessions.member_id',
  'sessions.method',
  'sessions.identity_provider_id',
  'sessions.second_factor_at',
  'sessions.address',
  'sessions.user_agent',
  'sessions.created_at',
  'sessions.last_used_at',
  'sessions.expires_at',
  'sessions.ended_at',
] as const

/** Why a session ended, for whoever looks at the table. */
export type End = { readonly at: number; readonly why: string }

export async function insertSession(db: Db, session: Session, browserHash: string): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      organization_id: session.organizationId,
      id: session.id,
      member_id: session.memberId,
      browser_hash: browserHash,
      method: session.method,
      identity_provider_id: session.identityProviderId,
      second_factor_at: session.secondFactorAt,
      address: session.address,
      user_agent: session.userAgent,
      created_at: session.createdAt,
      last_used_at: session.lastUsedAt,
      expires_at: session.expiresAt,
      ended_at: null,
      ended_why: null,
    })
    .execute()
}

/** All of a member, or all but one; answers how many there were. */
export async function endSessionsOf(
  db: Db,
  organizationId: string,
  memberId: string,
  { at, why, except }: End & { readonly except?: string },
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ ended_at: at, ended_why: why })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .$if(except !== undefined, (query) => query.where('id', '<>', except ?? ''))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** False when it had ended already. */
export async function endSession(db: Db, organizationId: string, id: string, { at, why }: End): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ ended_at: at, ended_why: why })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What a browser has in one organization. */
export async function endInBrowser(
  db: Db,
  organizationId: string,
  browserHash: string,
  { at, why }: End,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ ended_at: at, ended_why: why })
    .where('organization_id', '=', organizationId)
    .where('browser_hash', '=', browserHash)
    .where('ended_at', 'is', null)
    .execute()
}

type Move = { readonly from: string; readonly to: string; readonly at: number }

/** Over all organizations: what the browser is signed in to goes on under the new value; answers when each ends. */
export async function moveBrowser(db: Db, { from, to, at }: Move): Promise<number[]> {
  const rows = await db
    .updateTable('sessions')
    .set({ browser_hash: to })
    .where('browser_hash', '=', from)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .returning('expires_at')
    .execute()
  return rows.map(({ expires_at }) => expires_at)
}

/** Also an ended one. */
export async function findSession(db: Db, organizationId: string, id: string): Promise<Session | null> {
  const row = await db
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? sessionOf(row) : null
}

/** The second factor has been shown, under the cookie's new value. */
export async function markFactorShown(db: Db, organizationId: string, id: string, at: number): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ second_factor_at: at })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute()
}

export type SessionFilter = {
  /** Null: of everybody. */
  readonly memberId: string | null
  /** Began after, was used after, ends after: what of a session counts by the policies of now. */
  readonly createdAfter: number
  readonly usedAfter: number
  readonly now: number
}
type Page = SessionFilter & { readonly after: readonly [number, string] | null; readonly limit: number }

/** Those that open something, newest first. */
export async function listSessions(db: Db, organizationId: string, page: Page): Promise<Session[]> {
  const { after } = page
  const rows = await db
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('organization_id', '=', organizationId)
    .where((is) => live(is, page))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(created_at, id) < (cast(${after?.[0] ?? 0} as bigint), ${after?.[1] ?? ''})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(sessionOf)
}

export async function countSessions(db: Db, organizationId: string, filter: SessionFilter): Promise<number> {
  const rows = db
    .selectFrom('sessions')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where((is) => live(is, filter))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function live(is: ExpressionBuilder<Tables, 'sessions'>, filter: SessionFilter): Expression<SqlBool> {
  const { memberId, createdAfter, usedAfter, now } = filter
  return is.and([
    is('ended_at', 'is', null),
    is('expires_at', '>', now),
    is('created_at', '>', createdAfter),
    is('last_used_at', '>', usedAfter),
    ...(memberId === null ? [] : [is('member_id', '=', memberId)]),
  ])
}

/** Over all organizations, in one statement. Never back: another control may have seen a later use. */
export async function writeSessionUse(db: Db, uses: readonly TokenUse[]): Promise<void> {
  const values = uses.map(({ organizationId, id, at }) => sql`(${organizationId}, ${id}, cast(${at} as bigint))`)
  await sql`update sessions set last_used_at = used.column3
    from (values ${sql.join(values)}) as used
    where sessions.organization_id = used.column1 and sessions.id = used.column2
    and last_used_at < used.column3`.execute(db)
}

type Row = {
  organization_id: string
  id: string
  member_id: string
  method: string
  identity_provider_id: string | null
  second_factor_at: number | null
  address: string | null
  user_agent: string
  created_at: number
  last_used_at: number
  expires_at: number
  ended_at: number | null
}

export const sessionOf = (row: Row): Session => ({
  organizationId: row.organization_id,
  id: row.id,
  memberId: row.member_id,
  method: SignInMethod.parse(row.method),
  identityProviderId: row.identity_provider_id,
  secondFactorAt: row.second_factor_at,
  address: row.address,
  userAgent: row.user_agent,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  endedAt: row.ended_at,
})
