import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { EnrolDeps } from './enrol.ts'
import type { Feed } from './feed.ts'
import type { Effect, GatewayView } from './schema.ts'
import { findGateway, type GatewayRow, markRevoked } from './store.ts'
import { viewOf } from './view.ts'

export type RevokeDeps = Pick<EnrolDeps, 'transaction' | 'newId' | 'now'> & Pick<Feed, 'disconnect'>

type Request = { readonly id: string; readonly waitMs: number; readonly requestId: string }
type Revoked = { readonly gateway: GatewayView; readonly effect: Effect }

/** Final. First its token stops opening the feed, then its connections are cut, so that none can come back between. */
export const revokeGateway =
  (deps: RevokeDeps) =>
  async (actor: Actor, { id, waitMs, requestId }: Request): Promise<Result<Revoked>> => {
    const { organizationId } = actor
    const revoked = await deps.transaction(organizationId, async (db): Promise<Result<GatewayRow>> => {
      const row = await findGateway(db, organizationId, id)
      if (!row) return refuse('not_found')
      if (!row.secret) return refuse('in_use', { detail: 'This gateway belongs to ostiary serve and goes with it.' })
      const at = deps.now()
      if (!(await markRevoked(db, organizationId, id, at))) return refuse('not_found')
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId,
        actor: audited(actor),
        action: 'gateway.revoked',
        subject: { kind: 'gateway', id, name: row.name },
        before: { revokedAt: null },
        after: { revokedAt: new Date(at).toISOString() },
      })
      return ok(row)
    })
    if (!revoked.ok) return revoked
    const effect = await deps.disconnect({ id, organizationId, waitMs })
    return ok({ gateway: viewOf(revoked.value, null), effect })
  }
