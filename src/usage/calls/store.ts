import type { Db } from '../../db/database.ts'

/** What a key was used for. */
export type SeenCall = {
  /** Id; empty as the tool is: many that are not kept apart any more. */
  readonly server: string
  /** Empty: a call of no tool. */
  readonly tool: string
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  readonly requests: number
}

/** Whatever was called since then, the last one first. */
export async function callsOf(
  db: Db,
  organizationId: string,
  keyId: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<SeenCall[]> {
  const rows = await db
    .selectFrom('key_calls')
    .select(['server_id', 'tool', 'first_seen_at', 'last_seen_at', 'requests'])
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('last_seen_at', '>=', since)
    .orderBy('last_seen_at', 'desc')
    .orderBy('server_id')
    .orderBy('tool')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    server: row.server_id,
    tool: row.tool,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    requests: row.requests,
  }))
}
