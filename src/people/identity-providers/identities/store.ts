import type { Db } from '../../../db/database.ts'
import { type Member, memberColumns, memberOf } from '../../store.ts'

/** Who is who at an identity provider: its subjects, and the members that they are here. */

export type Person = { readonly member: Member; readonly state: 'active' | 'deactivated' | 'removed' }

export async function personBySubject(
  db: Db,
  organizationId: string,
  providerId: string,
  subject: string,
): Promise<Person | null> {
  const identity = await db
    .selectFrom('identities')
    .select('member_id')
    .where('organization_id', '=', organizationId)
    .where('identity_provider_id', '=', providerId)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (!identity) return null
  const row = await db
    .selectFrom('members')
    .select([...memberColumns, 'state'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', identity.member_id)
    .executeTakeFirst()
  return row ? { member: memberOf(row), state: row.state } : null
}

/** Whoever has the address now; else somebody who had it and was removed. */
export async function personByAddress(db: Db, organizationId: string, email: string): Promise<Person | null> {
  const rows = await db
    .selectFrom('members')
    .select([...memberColumns, 'state'])
    .where('organization_id', '=', organizationId)
    .where('email', '=', email)
    .orderBy('created_at', 'desc')
    .execute()
  const row = rows.find(({ state }) => state !== 'removed') ?? rows[0]
  return row ? { member: memberOf(row), state: row.state } : null
}

/** Whether the member is somebody there already. */
export async function hasIdentity(
  db: Db,
  organizationId: string,
  providerId: string,
  memberId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('identities')
    .select('subject')
    .where('organization_id', '=', organizationId)
    .where('identity_provider_id', '=', providerId)
    .where('member_id', '=', memberId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

type Identity = {
  readonly providerId: string
  readonly subject: string
  readonly memberId: string
  readonly at: number
}

/** The subject is this member from now on; who it was before is nobody any more. */
export async function linkIdentity(db: Db, organizationId: string, identity: Identity): Promise<void> {
  const { providerId, subject, memberId, at } = identity
  await db
    .insertInto('identities')
    .values({
      organization_id: organizationId,
      identity_provider_id: providerId,
      subject,
      member_id: memberId,
      created_at: at,
      last_used_at: at,
    })
    .onConflict((on) =>
      on
        .columns(['organization_id', 'identity_provider_id', 'subject'])
        .doUpdateSet({ member_id: memberId, last_used_at: at }),
    )
    .execute()
}

export async function noteIdentity(db: Db, organizationId: string, identity: Omit<Identity, 'memberId'>) {
  await db
    .updateTable('identities')
    .set({ last_used_at: identity.at })
    .where('organization_id', '=', organizationId)
    .where('identity_provider_id', '=', identity.providerId)
    .where('subject', '=', identity.subject)
    .execute()
}

type Ending = { readonly at: number; readonly why: string; readonly except: string | null }

/** What was opened over it ends; answers how many there were. */
export async function endSessionsOver(
  db: Db,
  organizationId: string,
  providerId: string,
  { at, why, except }: Ending,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ ended_at: at, ended_why: why })
    .where('organization_id', '=', organizationId)
    .where('identity_provider_id', '=', providerId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .$if(except !== null, (query) => query.where('id', '<>', except ?? ''))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

export async function forgetIdentities(db: Db, organizationId: string, providerId: string): Promise<void> {
  await db
    .deleteFrom('identities')
    .where('organization_id', '=', organizationId)
    .where('identity_provider_id', '=', providerId)
    .execute()
}
