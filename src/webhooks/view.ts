import type { Delivery } from './deliveries/store.ts'
import type { DeliveryView, WebhookView } from './schema.ts'
import type { Webhook } from './store.ts'

export const viewOf = (webhook: Webhook): WebhookView => ({
  id: webhook.id,
  name: webhook.name,
  url: webhook.url,
  events: [...webhook.events],
  format: webhook.format,
  failingSince: isoOrNull(webhook.failingSince),
  createdAt: iso(webhook.createdAt),
  revision: webhook.revision,
})

/** For the audit log, which is delivered itself: of what stands behind the `?` only that there is something. */
export const auditedWebhook = ({ name, url, events, format }: Webhook): object => {
  const place = new URL(url)
  return { name, url: `${place.origin}${place.pathname}${place.search === '' ? '' : '?[set]'}`, events, format }
}

export const deliveryView = (delivery: Delivery): DeliveryView => ({
  id: delivery.id,
  event: delivery.event,
  seq: delivery.seq,
  state: delivery.state,
  attempts: delivery.attempts,
  nextAt: delivery.state === 'waiting' ? iso(delivery.nextAt) : null,
  lastError: delivery.lastError,
  createdAt: iso(delivery.createdAt),
  deliveredAt: isoOrNull(delivery.deliveredAt),
})

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))
