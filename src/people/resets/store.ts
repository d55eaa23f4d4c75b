import type { Db } from '../../db/database.ts'
import { type Member, memberColumns, memberOf } from '../store.ts'

/** mail: the person asked; admin: somebody who may act for him made it; host: it was made on control's machine. */
export type ResetKind = 'mail' | 'admin' | 'host'
export type Reset = {
  readonly organizationId: string
  readonly id: string
  readonly memberId: string
  readonly kind: ResetKind
  readonly createdBy: string
}
export type NewReset = {
  readonly id: string
  readonly memberId: string
  readonly kind: ResetKind
  readonly hash: string
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
}

/** Ends those of its kind: of what strangers can ask for nothing ends what was made for the person on purpose. */
export async function insertReset(db: Db, organizationId: string, reset: NewReset): Promise<void> {
  await withdrawResets(db, organizationId, reset.memberId, { at: reset.createdAt, kind: reset.kind })
  await db
    .insertInto('password_resets')
    .values({
      organization_id: organizationId,
      id: reset.id,
      member_id: reset.memberId,
      kind: reset.kind,
      code_hash: reset.hash,
      created_at: reset.createdAt,
      created_by: reset.createdBy,
      expires_at: reset.expiresAt,
      used_at: null,
      withdrawn_at: null,
    })
    .execute()
}

/** Those who may be let in again on the host, by name. */
export async function activeOwners(db: Db, organizationId: string): Promise<Member[]> {
  const rows = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'owner')
    .where('state', '=', 'active')
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(memberOf)
}

type Withdrawal = { readonly at: number; readonly kind?: ResetKind }

/** Whatever nobody has used; of one kind, or all. */
export async function withdrawResets(
  db: Db,
  organizationId: string,
  memberId: string,
  { at, kind }: Withdrawal,
): Promise<void> {
  await db
    .updateTable('password_resets')
    .set({ withdrawn_at: at })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'mail'))
    .execute()
}

export async function countMailed(db: Db, organizationId: string, memberId: string, since: number): Promise<number> {
  const { count } = await db
    .selectFrom('password_resets')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('kind', '=', 'mail')
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Over all organizations: the code is all that its bearer has. */
export async function findLiveReset(db: Db, hash: string, now: number): Promise<Reset | null> {
  const row = await db
    .selectFrom('password_resets')
    .select(['organization_id', 'id', 'member_id', 'kind', 'created_by'])
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (!row) return null
  const { organization_id, member_id, created_by, ...rest } = row
  return { ...rest, organizationId: organization_id, memberId: member_id, createdBy: created_by }
}

/** Guarded by the update itself: of two who redeem one code at the same time only one sees true. */
export async function useReset(db: Db, organizationId: string, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('password_resets')
    .set({ used_at: now })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export type Account = {
  readonly organizationId: string
  readonly memberId: string
  /** Has a password, or has come in before. */
  readonly hasComeIn: boolean
}

/** Over all organizations, or in the one that is named: who may come in under the address. */
export async function accountsOf(
  db: Db,
  email: string,
  { organization, limit }: { readonly organization: string | null; readonly limit: number },
): Promise<Account[]> {
  const rows = await db
    .selectFrom('members')
    .innerJoin('organizations', 'organizations.id', 'members.organization_id')
    .leftJoin('sign_in_secrets', (join) =>
      join
        .onRef('sign_in_secrets.organization_id', '=', 'members.organization_id')
        .onRef('sign_in_secrets.member_id', '=', 'members.id'),
    )
    .select([
      'members.organization_id',
      'members.id',
      'sign_in_secrets.password_set_at',
      'sign_in_secrets.first_sign_in_at',
    ])
    .where('members.email', '=', email)
    .where('members.state', '=', 'active')
    .$if(organization !== null, (query) =>
      query.where((is) =>
        is.or([is('organizations.id', '=', organization ?? ''), is('organizations.slug', '=', organization ?? '')]),
      ),
    )
    .orderBy('members.created_at')
    .orderBy('members.id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    organizationId: row.organization_id,
    memberId: row.id,
    hasComeIn: row.password_set_at !== null || row.first_sign_in_at !== null,
  }))
}
