import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { countedTo } from '../../http/lists.ts'
import type { Role } from '../schema.ts'
import { type Member, memberColumns, memberOf } from '../store.ts'
import type { InvitationState } from './schema.ts'

export type Invitation = {
  readonly id: string
  readonly memberId: string
  readonly email: string
  readonly role: Role
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
  readonly acceptedAt: number | null
  readonly withdrawnAt: number | null
  readonly mailedAt: number | null
}
export type Link = { readonly codeHash: string; readonly createdBy: string; readonly expiresAt: number }

const columns = [
  'id',
  'member_id',
  'email',
  'role',
  'created_at',
  'created_by',
  'expires_at',
  'accepted_at',
  'withdrawn_at',
  'mailed_at',
] as const

export async function insertInvitation(
  db: Db,
  organizationId: string,
  invitation: Pick<Invitation, 'id' | 'memberId' | 'email' | 'role' | 'createdAt'> & Link,
): Promise<void> {
  const { id, memberId, email, role, codeHash, createdAt, createdBy, expiresAt } = invitation
  await db
    .insertInto('invitations')
    .values({
      organization_id: organizationId,
      id,
      member_id: memberId,
      email,
      role,
      code_hash: codeHash,
      created_at: createdAt,
      created_by: createdBy,
      expires_at: expiresAt,
    })
    .execute()
}

export async function findInvitation(db: Db, organizationId: string, id: string): Promise<Invitation | null> {
  const row = await db
    .selectFrom('invitations')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? invitationOf(row) : null
}

/** Over all organizations, so as system: the code is all that its bearer has. */
export async function findOpenByCode(
  db: Db,
  codeHash: string,
  now: number,
): Promise<{ organizationId: string; invitation: Invitation } | null> {
  const row = await db
    .selectFrom('invitations')
    .select(['organization_id', ...columns])
    .where('code_hash', '=', codeHash)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? { organizationId: row.organization_id, invitation: invitationOf(row) } : null
}

/** Guarded by the update itself: of two who open one link at the same time only one sees true. */
export async function useInvitation(db: Db, organizationId: string, codeHash: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('invitations')
    .set({ accepted_at: now })
    .where('organization_id', '=', organizationId)
    .where('code_hash', '=', codeHash)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Another link in the place of the one that was; false when it was accepted or withdrawn meanwhile. */
export async function renewInvitation(db: Db, organizationId: string, id: string, link: Link): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('invitations')
    .set({ code_hash: link.codeHash, created_by: link.createdBy, expires_at: link.expiresAt, mailed_at: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when it was accepted or withdrawn before. */
export async function withdrawInvitation(db: Db, organizationId: string, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('invitations')
    .set({ withdrawn_at: at })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Of a member there is one link at most. */
export async function withdrawInvitationsOf(
  db: Db,
  organizationId: string,
  memberId: string,
  at: number,
): Promise<void> {
  await db
    .updateTable('invitations')
    .set({ withdrawn_at: at })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .execute()
}

/** Only of the link that was mailed: another may have taken its place. */
export async function noteMailed(db: Db, organizationId: string, codeHash: string, at: number): Promise<void> {
  await db
    .updateTable('invitations')
    .set({ mailed_at: at })
    .where('organization_id', '=', organizationId)
    .where('code_hash', '=', codeHash)
    .execute()
}

/** The one who has the address now, deactivated or not. */
export async function findMemberByEmail(db: Db, organizationId: string, email: string): Promise<Member | null> {
  const row = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where('email', '=', email)
    .where('state', '<>', 'removed')
    .executeTakeFirst()
  return row ? memberOf(row) : null
}

/** Whether the person has come in before, by whatever way, or could by a password of his own. */
export async function hasOwnWayIn(db: Db, organizationId: string, memberId: string): Promise<boolean> {
  const secrets = await db
    .selectFrom('sign_in_secrets')
    .select('member_id')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where((is) => is.or([is('password_phc', 'is not', null), is('first_sign_in_at', 'is not', null)]))
    .executeTakeFirst()
  if (secrets) return true
  const identity = await db
    .selectFrom('identities')
    .select('subject')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .limit(1)
    .executeTakeFirst()
  return identity !== undefined
}

export type InvitationFilter = {
  readonly state: InvitationState | undefined
  readonly email: string | undefined
  readonly now: number
}
type Page = InvitationFilter & { readonly after: { readonly at: number; readonly id: string } | null; limit: number }

/** Newest first. */
export async function listInvitations(db: Db, organizationId: string, page: Page): Promise<Invitation[]> {
  const { after } = page
  const rows = await db
    .selectFrom('invitations')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where(matching(page))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(created_at, id) < (${after?.at ?? 0}, ${after?.id ?? ''})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(invitationOf)
}

export async function countInvitations(db: Db, organizationId: string, filter: InvitationFilter): Promise<number> {
  const rows = db
    .selectFrom('invitations')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(matching(filter))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching({ state, email, now }: InvitationFilter): RawBuilder<SqlBool> {
  const parts = [sql`1 = 1`]
  if (state !== undefined) parts.push(inState(state, now))
  if (email !== undefined) parts.push(sql`email = ${email}`)
  return sql<SqlBool>`${sql.join(parts, sql` and `)}`
}

/** As `stateOf` of view.ts says it. */
function inState(state: InvitationState, now: number): RawBuilder<SqlBool> {
  if (state === 'accepted') return sql<SqlBool>`accepted_at is not null`
  if (state === 'withdrawn') return sql<SqlBool>`withdrawn_at is not null`
  const waiting = sql<SqlBool>`accepted_at is null and withdrawn_at is null`
  return state === 'open' ? sql`${waiting} and expires_at > ${now}` : sql`${waiting} and expires_at <= ${now}`
}

type Row = {
  readonly id: string
  readonly member_id: string
  readonly email: string
  readonly role: Role
  readonly created_at: number
  readonly created_by: string
  readonly expires_at: number
  readonly accepted_at: number | null
  readonly withdrawn_at: number | null
  readonly mailed_at: number | null
}
const invitationOf = (row: Row): Invitation => ({
  id: row.id,
  memberId: row.member_id,
  email: row.email,
  role: row.role,
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at,
  withdrawnAt: row.withdrawn_at,
  mailedAt: row.mailed_at,
})
