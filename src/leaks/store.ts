import type { Db } from '../db/database.ts'

/** Over all organizations, as a token does not say which one it belongs to; the proof of its secret comes after. */
export async function organizationOfKey(db: Db, keyId: string): Promise<string | null> {
  const row = await db.selectFrom('keys').select('organization_id').where('id', '=', keyId).executeTakeFirst()
  return row?.organization_id ?? null
}

export type Exposure = {
  /** Null: it stays as it is, and only the day is noted. */
  readonly to: 'suspended' | 'revoked' | null
  readonly reason: string
  readonly at: number
}

/** Guarded by the update itself: false when somebody else has ended the key first, and then nothing has changed. */
export async function exposeKey(
  db: Db,
  organizationId: string,
  id: string,
  { to, reason, at }: Exposure,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({
      exposed_at: at,
      revision: is('revision', '+', 1),
      // Nothing that happens to its owner brings it back.
      ...(to === null ? {} : { state: to, state_reason: reason, suspended_for: null }),
      ...(to === 'revoked' ? { revoked_at: at } : {}),
    }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', 'in', ['active', 'suspended'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** No change of the key: no revision grows. Never back, as another control may have heard of a later call. */
export async function noteBrowser(db: Db, organizationId: string, id: string, at: number): Promise<void> {
  await db
    .updateTable('keys')
    .set({ seen_in_browser_at: at })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where((is) => is.or([is('seen_in_browser_at', 'is', null), is('seen_in_browser_at', '<', at)]))
    .execute()
}

/** The first network wins: false when the key has one already, or none is asked for any more. */
export async function pinNetwork(db: Db, organizationId: string, id: string, network: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({ pinned_network: network, revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('pin_network', '=', 1)
    .where('pinned_network', 'is', null)
    .where('state', 'in', ['active', 'suspended'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when it is not active any more, or has been bound to that other network since. */
export async function suspendOutside(
  db: Db,
  organizationId: string,
  id: string,
  { network, reason }: { readonly network: string; readonly reason: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({ state: 'suspended', state_reason: reason, revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .where('pin_network', '=', 1)
    .where('pinned_network', 'is not', null)
    .where('pinned_network', '<>', network)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
