import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Asked, WebhookDeps } from './deps.ts'
import { activeWebhook, countKeysServed, updateWebhook, type Webhook } from './store.ts'
import { auditedWebhook } from './view.ts'

/** The row stays, so that its id is never another webhook; its secret goes, and what waits is never sent. */
export const removeWebhook =
  (deps: Pick<WebhookDeps, 'transaction' | 'newId' | 'now'>) =>
  async (actor: Actor, asked: Asked): Promise<Result<Webhook>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<Webhook>> => {
      const before = await activeWebhook(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const keys = await countKeysServed(db, organizationId, before.id, ['active', 'suspended'])
      if (keys > 0) return inUse(keys)
      const tombstone = { ...before, secretBlob: '', state: 'deleted', revision: before.revision + 1 } as const
      if (!(await updateWebhook(db, organizationId, tombstone))) return refuse('stale')
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: deps.now(),
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'webhook.deleted',
        subject: { kind: 'webhook', id: before.id, name: before.name },
        before: auditedWebhook(before),
      })
      return ok(before)
    }
    return untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
  }

const inUse = (keys: number): ReturnType<typeof refuse> =>
  refuse('in_use', {
    detail: `The schedules of ${keys} ${keys === 1 ? 'key deliver' : 'keys deliver'} new secrets to this webhook: name another one in them, or take the schedules away.`,
  })
