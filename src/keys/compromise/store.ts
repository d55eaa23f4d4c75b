import type { Db } from '../../db/database.ts'

type Exposure = {
  readonly at: number
  /** Null: what was said before stays. */
  readonly reason: string | null
  /** The revision that was read. */
  readonly revision: number
}

/**
 * Ends a key for good as one whose secret others have: with the delegation epoch its children end, also where its own
 * state should be late. False when the key has changed since it was read.
 */
export async function exposeAndRevoke(
  db: Db,
  organizationId: string,
  id: string,
  { at, reason, revision }: Exposure,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({
      state: 'revoked',
      revoked_at: is.fn.coalesce('revoked_at', is.val(at)),
      exposed_at: is.fn.coalesce('exposed_at', is.val(at)),
      ...(reason === null ? {} : { state_reason: reason }),
      epoch: is('epoch', '+', 1),
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revision', '=', revision)
    .where('state', '!=', 'deleted')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
