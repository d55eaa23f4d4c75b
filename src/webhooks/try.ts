import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { testEvent } from './deliver.ts'
import type { WebhookDeps } from './deps.ts'
import type { Outcome } from './schema.ts'

/** A receiver that refuses is the answer to what was asked, and no failure of asking. */
export const tryWebhook =
  ({ deliverNow, now }: Pick<WebhookDeps, 'deliverNow' | 'now'>) =>
  async ({ organizationId }: Actor, id: string): Promise<Result<Outcome>> => {
    const timestamp = new Date(now()).toISOString()
    const sent = await deliverNow(organizationId, id, { type: testEvent, timestamp, data: { webhook: id } })
    if (sent.ok) return ok({ delivered: true, status: sent.value.status })
    const { code, detail, data } = sent.problem
    if (code === 'not_found') return sent
    return ok({ delivered: false, status: Number(data?.['status']) || null, detail })
  }
