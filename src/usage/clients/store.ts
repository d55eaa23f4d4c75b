import type { Db } from '../../db/database.ts'

/** Who has called with a key: what the program says of itself, from where, and with which of the key's secrets. */
export type SeenClient = {
  /** 0: a child token that no secret of the key asked for. */
  readonly version: number
  /** Empty as the address is: many that are not kept apart any more. */
  readonly client: string
  readonly address: string
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  readonly requests: number
}

/** Whoever was seen since then, the last one first. */
export async function clientsOf(
  db: Db,
  organizationId: string,
  keyId: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<SeenClient[]> {
  const rows = await db
    .selectFrom('key_clients')
    .select(['version', 'client', 'address', 'first_seen_at', 'last_seen_at', 'requests'])
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('last_seen_at', '>=', since)
    .orderBy('last_seen_at', 'desc')
    .orderBy('version', 'desc')
    .orderBy('client')
    .orderBy('address')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    version: row.version,
    client: row.client,
    address: row.address,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    requests: row.requests,
  }))
}
