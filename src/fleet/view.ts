import type { OnlineGateway } from './feed.ts'
import type { GatewayView } from './schema.ts'
import type { GatewayRow } from './store.ts'

export const viewOf = (row: GatewayRow, online: OnlineGateway | null): GatewayView => {
  const lastSeenAt = online?.lastSeenAt ?? row.lastSeenAt
  return {
    id: row.id,
    name: row.name,
    online: online !== null,
    version: online?.software ?? null,
    seq: online?.seq ?? null,
    lagMs: online?.lagMs ?? null,
    lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString(),
    // While it does not know itself, what it said last holds.
    publicUrl: online?.publicUrl || row.publicUrl,
    createdAt: new Date(row.createdAt).toISOString(),
  }
}
