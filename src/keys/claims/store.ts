import type { Db } from '../../db/database.ts'

/** When the open link of each of these keys ends, by the id of the key: not used, not withdrawn, not over. */
export async function openClaims(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
  now: number,
): Promise<Map<string, number>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('key_claims')
    .select(['key_id', 'expires_at'])
    .where('organization_id', '=', organizationId)
    .where('key_id', 'in', keyIds)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
  return new Map(rows.map((row) => [row.key_id, row.expires_at]))
}

export type NewClaim = {
  readonly id: string
  readonly keyId: string
  readonly codeHash: string
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
}

export async function insertClaim(db: Db, organizationId: string, claim: NewClaim): Promise<void> {
  await db
    .insertInto('key_claims')
    .values({
      organization_id: organizationId,
      id: claim.id,
      key_id: claim.keyId,
      code_hash: claim.codeHash,
      created_at: claim.createdAt,
      created_by: claim.createdBy,
      expires_at: claim.expiresAt,
    })
    .execute()
}

/** Those of the key that nobody has used; answers how many there were that could still be used. */
export async function withdrawClaims(db: Db, organizationId: string, keyId: string, at: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('key_claims')
    .set({ withdrawn_at: at })
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/**
 * Its name, and from here to the end of the unit nobody else makes a link for it: two at the same time would each end those
 * that were there before, and leave both. An update that changes nothing takes the row on PostgreSQL.
 */
export async function holdKey(db: Db, organizationId: string, keyId: string): Promise<string> {
  const { name } = await db
    .updateTable('keys')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', keyId)
    .returning('name')
    .executeTakeFirstOrThrow()
  return name
}

export async function nameOfKey(db: Db, organizationId: string, keyId: string): Promise<string> {
  const { name } = await db
    .selectFrom('keys')
    .select('name')
    .where('organization_id', '=', organizationId)
    .where('id', '=', keyId)
    .executeTakeFirstOrThrow()
  return name
}

export type StoredClaim = {
  readonly id: string
  readonly keyId: string
  readonly expiresAt: number
  readonly usedAt: number | null
  readonly usedBy: string | null
  readonly withdrawnAt: number | null
}

export async function findClaim(db: Db, organizationId: string, codeHash: string): Promise<StoredClaim | null> {
  const row = await db
    .selectFrom('key_claims')
    .select(['id', 'key_id', 'expires_at', 'used_at', 'used_by', 'withdrawn_at'])
    .where('organization_id', '=', organizationId)
    .where('code_hash', '=', codeHash)
    .executeTakeFirst()
  if (!row) return null
  const { id, key_id: keyId, expires_at: expiresAt, used_at: usedAt } = row
  return { id, keyId, expiresAt, usedAt, usedBy: row.used_by, withdrawnAt: row.withdrawn_at }
}

/** Guarded by the update itself: of two who open one link at the same time only one sees true. */
export async function useClaim(db: Db, organizationId: string, id: string, by: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('key_claims')
    .set({ used_at: at, used_by: by })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
