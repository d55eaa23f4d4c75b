import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { placeOfSecret } from './deliver.ts'
import type { WebhookDeps } from './deps.ts'
import { judged } from './judge.ts'
import { beginMarks } from './queue/store.ts'
import type { NewWebhook } from './schema.ts'
import { newSigningSecret } from './sign.ts'
import { activeWebhooks, insertWebhook, type Webhook } from './store.ts'
import { auditedWebhook } from './view.ts'

/** Each event makes a row for each of them. */
export const webhooksAtMost = 100

export const createWebhook =
  (deps: WebhookDeps) =>
  async (actor: Actor, input: NewWebhook, requestId: string): Promise<Result<{ webhook: Webhook; secret: Secret }>> => {
    const { organizationId } = actor
    const url = await judged(deps, input.url)
    if (!url.ok) return url
    const secret = newSigningSecret(deps.randomBytes)
    const insert = async (db: Db): Promise<Result<Webhook>> => {
      if ((await activeWebhooks(db, organizationId)).length >= webhooksAtMost) return tooMany
      const webhook = await planned(deps, db, actor, input, url.value, secret)
      await insertWebhook(db, organizationId, webhook)
      await beginMarks(db, organizationId)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: webhook.createdAt,
        requestId,
        actor: audited(actor),
        action: 'webhook.created',
        subject: { kind: 'webhook', id: webhook.id, name: webhook.name },
        after: auditedWebhook(webhook),
      })
      return ok(webhook)
    }
    const stored = await deps.transaction(organizationId, insert)
    return stored.ok ? ok({ webhook: stored.value, secret }) : stored
  }

const tooMany = refuse('invalid', { detail: `An organization has at most ${webhooksAtMost} webhooks.` })

const planned = async (
  deps: WebhookDeps,
  db: Db,
  actor: Actor,
  { name, events, format = 'standard' }: NewWebhook,
  url: URL,
  secret: Secret,
): Promise<Webhook> => {
  const { organizationId } = actor
  const id = deps.newId('whk')
  return {
    organizationId,
    id,
    name: name ?? url.host,
    url: url.href,
    events,
    format,
    secretBlob: await deps.vault.encryptText(db, organizationId, placeOfSecret(id), secret),
    state: 'active',
    createdAt: deps.now(),
    createdBy: audited(actor).id,
    failingSince: null,
    revision: 1,
  }
}
