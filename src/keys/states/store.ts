import type { Db } from '../../db/database.ts'
import type { KeyRecord } from '../schema.ts'

/**
 * Ends a key for good. Guarded by the update itself: false when somebody else has ended it first, and then nothing has
 * changed. The revision grows in the statement, so that no two changes share one.
 */
export async function endKey(
  db: Db,
  organizationId: string,
  id: string,
  end: {
    readonly from: readonly KeyRecord['state'][]
    readonly to: 'revoked' | 'deleted'
    readonly at: number
    /** Null: what was said before stays. */
    readonly reason: string | null
    /** The revision that whoever ends it has in mind; null: whichever it is. */
    readonly onlyAt: number | null
  },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({
      state: end.to,
      revoked_at: is.fn.coalesce('revoked_at', is.val(end.at)),
      ...(end.reason === null ? {} : { state_reason: end.reason }),
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', 'in', end.from)
    .$if(end.onlyAt !== null, (query) => query.where('revision', '=', end.onlyAt ?? 0))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function requestsOfKey(db: Db, organizationId: string, id: string): Promise<number> {
  const { requests } = await db
    .selectFrom('keys')
    .select('requests')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return requests
}
