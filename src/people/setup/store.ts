import type { Db } from '../../db/database.ts'

export type SetupCode = { readonly organizationId: string; readonly id: string; readonly memberId: string }
export type NewSetupCode = {
  readonly id: string
  readonly memberId: string
  readonly hash: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** A new code ends the member's earlier ones that nobody has used. */
export async function replaceSetupCode(db: Db, organizationId: string, code: NewSetupCode): Promise<void> {
  await db
    .deleteFrom('setup_codes')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', code.memberId)
    .where('used_at', 'is', null)
    .execute()
  await db
    .insertInto('setup_codes')
    .values({
      organization_id: organizationId,
      id: code.id,
      member_id: code.memberId,
      code_hash: code.hash,
      created_at: code.createdAt,
      expires_at: code.expiresAt,
      used_at: null,
    })
    .execute()
}

export async function isSetupDone(db: Db, organizationId: string): Promise<boolean> {
  const used = await db
    .selectFrom('setup_codes')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('used_at', 'is not', null)
    .executeTakeFirst()
  return used !== undefined
}

/** Over all organizations: the code is all that its bearer has. */
export async function findLiveSetupCode(db: Db, hash: string, now: number): Promise<SetupCode | null> {
  const row = await db
    .selectFrom('setup_codes')
    .select(['organization_id', 'id', 'member_id'])
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? { organizationId: row.organization_id, id: row.id, memberId: row.member_id } : null
}

/** Guarded by the update itself: of two who redeem one code at the same time only one sees true. */
export async function useSetupCode(db: Db, organizationId: string, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('setup_codes')
    .set({ used_at: now })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Address and name as the person himself says them. */
export async function nameMember(
  db: Db,
  organizationId: string,
  { id, email, name }: { readonly id: string; readonly email: string; readonly name: string },
): Promise<void> {
  await db
    .updateTable('members')
    .set((is) => ({ email, name, revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute()
}
