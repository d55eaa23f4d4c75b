import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { hurryWaiting } from './deliveries/store.ts'
import type { Asked, WebhookDeps } from './deps.ts'
import { judged } from './judge.ts'
import type { WebhookPatch } from './schema.ts'
import { activeWebhook, countKeysServed, noteOutcome, type Webhook, updateWebhook as write } from './store.ts'
import { auditedWebhook } from './view.ts'

/** Its secret stays: who is told to send elsewhere does not learn with what is signed. */
export const updateWebhook =
  (deps: WebhookDeps) =>
  async (actor: Actor, asked: Asked, patch: WebhookPatch): Promise<Result<Webhook>> => {
    const { organizationId } = actor
    const url = patch.url === undefined ? null : await judged(deps, patch.url)
    if (url !== null && !url.ok) return url
    const change = async (db: Db): Promise<Result<Webhook>> => {
      const before = await activeWebhook(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const href = url?.value.href ?? before.url
      const isMoved = href !== before.url
      const losesSecrets = (patch.format ?? before.format) !== 'standard' && before.format === 'standard'
      const keys = isMoved || losesSecrets ? await countKeysServed(db, organizationId, before.id, mayDeliver) : 0
      if (keys > 0) return carriesSecrets(keys)
      const name = patch.name === undefined ? before.name : (patch.name ?? new URL(href).host)
      const webhook = {
        ...before,
        name,
        url: href,
        events: patch.events ?? before.events,
        format: patch.format ?? before.format,
        revision: before.revision + 1,
      }
      if (!(await write(db, organizationId, webhook))) return refuse('stale')
      if (isMoved) await startAnew(db, webhook, deps.now())
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: deps.now(),
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'webhook.updated',
        subject: { kind: 'webhook', id: webhook.id, name: webhook.name },
        before: auditedWebhook(before),
        after: auditedWebhook(webhook),
      })
      return ok(isMoved ? { ...webhook, failingSince: null } : webhook)
    }
    return untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, change))
  }

/** A revoked key delivers nothing, but a replacement of it takes its schedule over. */
const mayDeliver = ['active', 'suspended', 'revoked'] as const

/**
 * New secrets of keys go to the webhooks that their schedules name, and whoever named one may be shown the secret. Who
 * moves it need not be that, nor would they who named it hear of it: so it stays where it was when it was named.
 */
const carriesSecrets = (keys: number): ReturnType<typeof refuse> =>
  refuse('in_use', {
    detail: `The schedules of ${keys} ${keys === 1 ? 'key deliver' : 'keys deliver'} new secrets to this webhook, so its address and its format stay: make another webhook and name it in their schedules.`,
    errors: [{ pointer: '/url', detail: 'receives the secrets of keys' }],
  })

/** What failed at the old address says nothing about the new one. */
async function startAnew(db: Db, { organizationId, id }: Webhook, now: number): Promise<void> {
  await noteOutcome(db, organizationId, id, null)
  await hurryWaiting(db, organizationId, id, now)
}
