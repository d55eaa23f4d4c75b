import type { Db } from '../db/database.ts'
import { reachable } from '../http/egress/reachable.ts'
import { ok, type Result } from '../problems.ts'
import type { ServerDeps } from './deps.ts'
import type { StoredTransport } from './store.ts'

/** Refuses an address that gateways of this organization would not call. */
export const refusedReach = async (
  deps: Pick<ServerDeps, 'reachOf'>,
  db: Db,
  organizationId: string,
  transport: StoredTransport,
): Promise<Result<null>> =>
  transport.type === 'stdio'
    ? ok(null)
    : reachable(transport.url, await deps.reachOf(db, organizationId), '/transport/url')
