import { z } from 'zod'
import { auditActions } from '../audit/schema.ts'
import { displayName } from '../keys/schema.ts'

/** Wire types of webhooks. Crosses to CLI and dashboard: zod only. */

export const webhookId = z.string().regex(/^whk_[0-9A-Za-z]{16}$/)

/** What the first word of an action with all its actions is written as: `key.*`. */
const families = new Set(auditActions.map((action) => `${action.split('.')[0]}.*`))
const isEventName = (name: string): boolean =>
  name === '*' || families.has(name) || auditActions.some((action) => action === name)
/** An action of the audit log, all of one kind (`key.*`), or `*`: every one, future ones too. */
export const EventName = z.string().max(64).refine(isEventName, 'names no event')
export const Events = z
  .array(EventName)
  .min(1, 'must name an event; "*" is all of them')
  .max(100)
  .transform((names) => [...new Set(names)])

/** Control judges where it leads when it knows the addresses (webhooks/destination.ts). */
const address = z.string().min(1).max(2048)

/** `standard`: as Standard Webhooks, for programs. `slack`, `teams`: words for people, as their incoming webhooks take them. */
export const Format = z.enum(['standard', 'slack', 'teams'])
export type Format = z.infer<typeof Format>

export const NewWebhook = z.strictObject({
  name: displayName.optional(),
  url: address,
  events: Events,
  format: Format.optional(),
})
export type NewWebhook = z.infer<typeof NewWebhook>

/** `null`: named after its host again. */
export const WebhookPatch = z.strictObject({
  name: displayName.nullable().optional(),
  url: address.optional(),
  events: Events.optional(),
  format: Format.optional(),
})
export type WebhookPatch = z.infer<typeof WebhookPatch>

/** The webhook as REST shows it: no character of its secret. */
export const WebhookView = z.strictObject({
  id: webhookId,
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  format: Format,
  /** Since when nothing has arrived, although there was something; null: the last one did, or there was none. */
  failingSince: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type WebhookView = z.infer<typeof WebhookView>

/** How an attempt went: `detail` says what was wrong. */
export const Outcome = z.strictObject({
  delivered: z.boolean(),
  /** What the receiver answered; null: it did not. */
  status: z.int().nullable(),
  detail: z.string().optional(),
})
export type Outcome = z.infer<typeof Outcome>

/** Default: all that were given up. One that had arrived is sent again only if it is named. */
export const Replay = z.strictObject({ deliveries: z.array(z.string().max(64)).min(1).max(200).optional() })
export type Replay = z.infer<typeof Replay>

export const DeliveryState = z.enum(['waiting', 'delivered', 'given-up'])
export type DeliveryState = z.infer<typeof DeliveryState>

/** One event on its way to one webhook; its id is the `webhook-id` that the receiver sees, the same in every attempt. */
export const DeliveryView = z.strictObject({
  id: z.string(),
  event: z.string(),
  /** Place of the event in the audit log. */
  seq: z.int(),
  state: DeliveryState,
  attempts: z.int(),
  /** When it is tried again, at the earliest; null: no more. */
  nextAt: z.string().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.string(),
  deliveredAt: z.string().nullable(),
})
export type DeliveryView = z.infer<typeof DeliveryView>
