import type { AuditAction } from '../audit/schema.ts'
import { type Doer, insertEvent } from '../audit/store.ts'
import type { Db } from '../db/database.ts'
import type { AccessRequest } from './store.ts'
import { viewOf, wordsFor } from './view.ts'

type Happened = {
  readonly action: Extract<AuditAction, `access-request.${string}`>
  readonly actor: Doer
  readonly requestId: string
  /** Null: there was none. */
  readonly before: AccessRequest | null
  readonly after: AccessRequest
}

export async function recordEvent(
  deps: { readonly newId: (prefix: string) => string; readonly now: () => number },
  db: Db,
  organizationId: string,
  { action, actor, requestId, before, after }: Happened,
): Promise<void> {
  const at = deps.now()
  const { until } = after
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor,
    action,
    subject: { kind: 'access-request', id: after.id, name: wordsFor(after.subject, after.target) },
    ...(before && { before: viewOf(before, at) }),
    after: { ...viewOf(after, at), lasts: until === null ? 'for good' : `until ${new Date(until).toISOString()}` },
  })
}
