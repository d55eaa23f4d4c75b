import type { Generated } from 'kysely'
import type { Fixed, Json, Ms } from './column.ts'

export type Webhooks = {
  organization_id: Fixed<string>
  id: Fixed<string>
  name: string
  url: string
  /** In which words it is told. */
  format: Generated<'standard' | 'slack' | 'teams'>
  /** Names of events. */
  events: Json
  /** Its signing secret, as the vault keeps it. */
  secret_blob: string
  state: 'active' | 'deleted'
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  /** Since when nothing has been delivered, although there was something. */
  failing_since: Ms | null
  /** The process that sends to it, alone until then, so that events keep their order. */
  sender: string | null
  sender_until: Ms | null
  revision: number
}
export type WebhookDeliveries = {
  organization_id: Fixed<string>
  id: Fixed<string>
  webhook_id: Fixed<string>
  /** Of the event in the chain. */
  seq: Fixed<number>
  event: Fixed<string>
  /** Never holds a secret: those are delivered at once or not at all. */
  payload: Fixed<Json>
  state: 'waiting' | 'delivered' | 'given-up'
  attempts: number
  next_at: Ms
  last_error: string | null
  created_at: Fixed<Ms>
  delivered_at: Ms | null
}
export type WebhookMarks = { organization_id: Fixed<string>; seq: number }
