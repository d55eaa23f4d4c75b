import type { TextPlace, Vault } from '../credentials/vault.ts'
import type { Database, Db } from '../db/database.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import { Secret } from '../secret.ts'
import type { Post, Posted } from './post.ts'
import { wordsFor } from './queue/words.ts'
import type { Format } from './schema.ts'
import { signedHeaders } from './sign.ts'
import { activeWebhook, noteOutcome, type Webhook } from './store.ts'

/** What a receiver gets: `{type, timestamp, data}`. A `Secret` in `data` is revealed in the bytes that leave, and nowhere else. */
export type Message = {
  readonly type: string
  /** ISO 8601: when it happened. */
  readonly timestamp: string
  readonly data: unknown
}
/**
 * One attempt, at once, for what must not be kept: neither the message nor the receiver's words are written down. Opens
 * units of work of its own, so it belongs before or after a transaction.
 */
export type DeliverNow = (
  organizationId: string,
  webhookId: string,
  message: Message,
) => Promise<Result<{ readonly status: number }>>

export type DeliverDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'decryptText'>
  readonly post: Post
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

export const deliverNow =
  (deps: DeliverDeps): DeliverNow =>
  async (organizationId, webhookId, message) => {
    const found = await deps.read(organizationId, (db) => openedBy(deps.vault, db, organizationId, webhookId))
    if (!found) return refuse('not_found', { detail: 'There is no such webhook.' })
    const body = bodyFor(found.webhook.format, message)
    if (body === null) return forPeople
    const posted = await deliver(deps, found, { id: deps.newId('msg'), body })
    const failure = failureOf(posted)
    const at = deps.now()
    await deps.transaction(organizationId, (db) => noteOutcome(db, organizationId, webhookId, failure ? at : null))
    return failure ? { ok: false, problem: failure } : ok({ status: posted.status ?? 0 })
  }

/** What must arrive as it is, a secret above all, is not put into words: then nothing is sent. */
function bodyFor(format: Format, message: Message): string | null {
  if (format === 'standard') return bodyOf(message)
  if (message.type !== testEvent) return null
  const subject = { kind: 'webhook', name: 'This is a test.', id: '' }
  return wordsFor(format, {
    action: testEvent,
    at: message.timestamp,
    subject,
    actor: { kind: 'system', name: 'Ostiary' },
  })
}
export const testEvent = 'webhook.test'

const forPeople = refuse('invalid', { detail: 'This webhook is told in words for people, and takes no secrets.' })

export type Opened = { readonly webhook: Webhook; readonly secret: Secret }

/** Null: there is no such webhook any more. */
export const openedBy = async (
  vault: Pick<Vault, 'decryptText'>,
  db: Db,
  organizationId: string,
  webhookId: string,
): Promise<Opened | null> => {
  const webhook = await activeWebhook(db, organizationId, webhookId)
  if (!webhook) return null
  return { webhook, secret: await vault.decryptText(db, organizationId, placeOfSecret(webhookId), webhook.secretBlob) }
}

/** Where the signing secret of a webhook is encrypted to: its row. It belongs to no project, so to no environment. */
export const placeOfSecret = (webhookId: string): TextPlace => ({
  purpose: 'webhook',
  subject: webhookId,
  version: 1,
  environment: '',
})

export const deliver = (
  { post, now }: Pick<DeliverDeps, 'post' | 'now'>,
  { webhook, secret }: Opened,
  { id, body, signal }: { readonly id: string; readonly body: string; readonly signal?: AbortSignal },
): Promise<Posted> =>
  post({ url: webhook.url, headers: signedHeaders(secret, { id, at: now(), body }), body, ...(signal && { signal }) })

export const bodyOf = ({ type, timestamp, data }: Message): string =>
  JSON.stringify({ type, timestamp, data }, function reveal(this: unknown, name: string, value: unknown) {
    // As it stands in its holder: `value` is what its own toJSON has made of it.
    const held = typeof this === 'object' && this !== null ? Reflect.get(this, name) : value
    return held instanceof Secret ? held.reveal() : value
  })

/** Null: it has arrived. Says what happened, and nothing that the receiver wrote. */
export const failureOf = (posted: Posted): Problem | null => {
  if (posted.status === null) {
    return refuse(posted.isLate ? 'upstream_timeout' : 'upstream_unreachable', { detail: posted.error }).problem
  }
  const { status } = posted
  if (status >= 200 && status < 300) return null
  const detail = `The webhook answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}.`
  return refuse('upstream_unreachable', { detail, data: { status } }).problem
}
