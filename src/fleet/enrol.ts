import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import type { Database } from '../db/database.ts'
import type { StoredSecret } from '../keys/schema.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { GatewayView, NewGateway } from './schema.ts'
import { type GatewayRow, insertGateway } from './store.ts'
import { viewOf } from './view.ts'

export type EnrolDeps = {
  readonly transaction: Database['transaction']
  /** A fresh token of kind `g`. */
  readonly mintGatewayToken: () => { readonly id16: string; readonly secret: Secret }
  /** Argon2id with the organization's pepper, through the lane: `busy` when it is full. */
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
type Enrolled = { readonly gateway: GatewayView; readonly enrolmentToken: string }

/** A gateway that runs apart: it is sent its own organization's records and nothing else. */
export const enrolGateway =
  (deps: EnrolDeps) =>
  async (actor: Actor, { name }: NewGateway, requestId: string): Promise<Result<Enrolled>> => {
    const { organizationId } = actor
    const { id16, secret } = deps.mintGatewayToken()
    const id = `gwy_${id16}`
    // Argon2 before the transaction: inside, it would hold the only writer.
    const stored = await deps.hash(organizationId, id, secret)
    if (!stored.ok) return stored
    const at = deps.now()
    const { phc, gate, pepperId } = stored.value
    const row: GatewayRow = {
      organizationId,
      id,
      name,
      secret: { phc, gate, pepperId },
      createdAt: at,
      revokedAt: null,
      lastSeenAt: null,
      publicUrl: null,
    }
    await deps.transaction(organizationId, async (db) => {
      await insertGateway(db, organizationId, row)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId,
        actor: audited(actor),
        action: 'gateway.created',
        subject: { kind: 'gateway', id, name },
        after: { name },
      })
    })
    return ok({ gateway: viewOf(row, null), enrolmentToken: secret.reveal() })
  }
