import { z } from 'zod'
import type { Db } from '../../db/database.ts'

const Tools = z.array(z.strictObject({ name: z.string(), description: z.string().optional() }))

/** What gateways say about a server. Each gateway has a row of its own: it may reach what another one does not. */
export type Health = {
  readonly state: 'ready' | 'unreachable' | 'starting'
  readonly tools: z.infer<typeof Tools> | null
  readonly lastError: string | null
  readonly revision: number
  readonly checkedAt: number
}

const healthColumns = ['server_id', 'state', 'tools', 'last_error', 'server_revision', 'checked_at'] as const

/** The newest word about each of the servers. */
export async function healthOf(db: Db, organizationId: string, ids: readonly string[]): Promise<Map<string, Health>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('server_health')
    .select(healthColumns)
    .where('organization_id', '=', organizationId)
    .where('server_id', 'in', ids)
    .orderBy('server_revision')
    .orderBy('checked_at')
    .execute()
  return new Map(
    rows.map((row) => [
      row.server_id,
      {
        state: row.state,
        tools: row.tools === null ? null : Tools.parse(JSON.parse(row.tools)),
        lastError: row.last_error,
        revision: row.server_revision,
        checkedAt: row.checked_at,
      },
    ]),
  )
}

/** What this gateway said last, to tell news from repetition. Null for a server that is not there. */
export async function healthSaidBy(
  db: Db,
  organizationId: string,
  serverId: string,
  gatewayId: string,
): Promise<{ said: { row: string; checkedAt: number } | null } | null> {
  const row = await db
    .selectFrom('servers')
    .leftJoin('server_health as h', (join) =>
      join
        .onRef('h.organization_id', '=', 'servers.organization_id')
        .onRef('h.server_id', '=', 'servers.id')
        .on('h.gateway_id', '=', gatewayId),
    )
    .select(['h.state', 'h.tools', 'h.last_error', 'h.server_revision', 'h.checked_at'])
    .where('servers.organization_id', '=', organizationId)
    .where('servers.id', '=', serverId)
    .where('servers.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  if (row.checked_at === null) return { said: null }
  const { state, tools, last_error, server_revision, checked_at } = row
  return { said: { row: JSON.stringify([state, tools, last_error, server_revision]), checkedAt: checked_at } }
}

export async function upsertHealth(
  db: Db,
  organizationId: string,
  serverId: string,
  gatewayId: string,
  health: Health,
): Promise<void> {
  const said = healthRow(health)
  await db
    .insertInto('server_health')
    .values({ organization_id: organizationId, server_id: serverId, gateway_id: gatewayId, ...said })
    .onConflict((on) => on.columns(['organization_id', 'server_id', 'gateway_id']).doUpdateSet(said))
    .execute()
}

export const healthRow = (health: Health) => ({
  state: health.state,
  tools: health.tools && JSON.stringify(health.tools),
  last_error: health.lastError,
  server_revision: health.revision,
  checked_at: health.checkedAt,
})

export async function deleteHealth(db: Db, organizationId: string, serverId: string): Promise<void> {
  await db
    .deleteFrom('server_health')
    .where('organization_id', '=', organizationId)
    .where('server_id', '=', serverId)
    .execute()
}
