import type { Db } from '../../db/database.ts'

export type DueMail = {
  readonly organizationId: string
  readonly id: string
  readonly memberId: string
  readonly title: string
  readonly body: string
  readonly at: number
  readonly attempts: number
}
export type Addressee = { readonly email: string; readonly name: string; readonly organization: string }

/** Members to whom something is due, a few at a time. Over all organizations. */
export async function dueMembers(
  db: Db,
  now: number,
  limit: number,
): Promise<{ readonly organizationId: string; readonly memberId: string }[]> {
  const rows = await db
    .selectFrom('notifications')
    .select(['organization_id', 'member_id'])
    .where('mail', 'in', ['waiting', 'sending'])
    .where('mail_next_at', '<=', now)
    .groupBy(['organization_id', 'member_id'])
    .limit(limit)
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, memberId: row.member_id }))
}

/** Takes what is due to one member: until then nobody else sends it, and afterwards somebody does who finds it unsent. */
export async function claimMail(
  db: Db,
  organizationId: string,
  memberId: string,
  { now, until, limit }: { readonly now: number; readonly until: number; readonly limit: number },
): Promise<DueMail[]> {
  const rows = await db
    .updateTable('notifications')
    .set((is) => ({ mail: 'sending' as const, mail_next_at: until, mail_attempts: is('mail_attempts', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', 'in', (query) =>
      query
        .selectFrom('notifications')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('member_id', '=', memberId)
        .where('mail', 'in', ['waiting', 'sending'])
        .where('mail_next_at', '<=', now)
        .orderBy('seq')
        .limit(limit),
    )
    // Asked once more of the row itself: two controls may have found the same ones.
    .where('mail', 'in', ['waiting', 'sending'])
    .where('mail_next_at', '<=', now)
    .returning(['organization_id', 'id', 'member_id', 'title', 'body', 'at', 'mail_attempts', 'seq'])
    .execute()
  return rows
    .sort((one, other) => one.seq - other.seq || (one.id < other.id ? -1 : 1))
    .map((row) => ({
      organizationId: row.organization_id,
      id: row.id,
      memberId: row.member_id,
      title: row.title,
      body: row.body,
      at: row.at,
      attempts: row.mail_attempts,
    }))
}

/** Null: the member is not there any more. */
export async function addressee(db: Db, organizationId: string, memberId: string): Promise<Addressee | null> {
  const row = await db
    .selectFrom('members')
    .innerJoin('organizations', 'organizations.id', 'members.organization_id')
    .select(['members.email', 'members.name', 'organizations.name as organization'])
    .where('members.organization_id', '=', organizationId)
    .where('members.id', '=', memberId)
    .where('members.state', '=', 'active')
    .executeTakeFirst()
  return row ?? null
}

export type Settled = {
  readonly state: 'sent' | 'waiting' | 'given-up' | 'none'
  readonly nextAt: number | null
  readonly error: string | null
}

export async function settleMail(
  db: Db,
  organizationId: string,
  ids: readonly string[],
  { state, nextAt, error }: Settled,
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ mail: state, mail_next_at: nextAt, mail_error: error })
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .where('mail', '=', 'sending')
    .execute()
}
