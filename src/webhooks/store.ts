import { z } from 'zod'
import type { Db } from '../db/database.ts'
import type { KeyState } from '../keys/schema.ts'
import type { Format } from './schema.ts'

export type Webhook = {
  readonly organizationId: string
  readonly id: string
  readonly name: string
  readonly url: string
  readonly events: readonly string[]
  readonly format: Format
  readonly secretBlob: string
  readonly state: 'active' | 'deleted'
  readonly createdAt: number
  readonly createdBy: string
  /** Since when nothing has been delivered, although there was something. */
  readonly failingSince: number | null
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'name',
  'url',
  'events',
  'format',
  'secret_blob',
  'state',
  'created_at',
  'created_by',
  'failing_since',
  'revision',
] as const

export async function insertWebhook(db: Db, organizationId: string, webhook: Webhook): Promise<void> {
  await db
    .insertInto('webhooks')
    .values({
      organization_id: organizationId,
      id: webhook.id,
      created_at: webhook.createdAt,
      created_by: webhook.createdBy,
      failing_since: null,
      ...changeable(webhook),
    })
    .execute()
}

const changeable = (webhook: Webhook) => ({
  name: webhook.name,
  url: webhook.url,
  events: JSON.stringify(webhook.events),
  format: webhook.format,
  secret_blob: webhook.secretBlob,
  state: webhook.state,
  revision: webhook.revision,
})

/** False when somebody else has changed it since `webhook.revision - 1` was read. */
export async function updateWebhook(db: Db, organizationId: string, webhook: Webhook): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set(changeable(webhook))
    .where('organization_id', '=', organizationId)
    .where('id', '=', webhook.id)
    .where('state', '=', 'active')
    .where('revision', '=', webhook.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function activeWebhook(db: Db, organizationId: string, id: string): Promise<Webhook | null> {
  const row = await db
    .selectFrom('webhooks')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row ? webhookOf(row) : null
}

/** All of an organization, oldest first: there are few (`webhooksAtMost`). */
export async function activeWebhooks(db: Db, organizationId: string): Promise<Webhook[]> {
  const rows = await db
    .selectFrom('webhooks')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(webhookOf)
}

/** How it goes, beside the webhook and no change of it. `failedAt` null: something has arrived. */
export async function noteOutcome(db: Db, organizationId: string, id: string, failedAt: number | null): Promise<void> {
  await db
    .updateTable('webhooks')
    .set({ failing_since: failedAt })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('failing_since', failedAt === null ? 'is not' : 'is', null)
    .execute()
}

type Row = {
  organization_id: string
  id: string
  name: string
  url: string
  events: string
  format: Format
  secret_blob: string
  state: Webhook['state']
  created_at: number
  created_by: string
  failing_since: number | null
  revision: number
}

const webhookOf = (row: Row): Webhook => ({
  organizationId: row.organization_id,
  id: row.id,
  name: row.name,
  url: row.url,
  events: z.array(z.string()).parse(JSON.parse(row.events)),
  format: row.format,
  secretBlob: row.secret_blob,
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  failingSince: row.failing_since,
  revision: row.revision,
})

/**
 * How many keys in one of these states have new secrets delivered there: by their schedules, or by a rotation that is on
 * its way.
 */
export async function countKeysServed(
  db: Db,
  organizationId: string,
  id: string,
  states: readonly KeyState[],
): Promise<number> {
  // Each by an index of its own: in one condition they would be asked of every key of the organization.
  const scheduled = db
    .selectFrom('keys')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('rotation', 'is not', null)
    // As JSON writes it; the id has no character that means something to `like` but the underscore, which is no harm.
    .where('rotation', 'like', `%"deliverTo":"${id}"%`)
  const underWay = db
    .selectFrom('rotations')
    .select('key_id as id')
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', id)
    .where('state', 'in', ['planned', 'delivering'])
    .where('ended_at', 'is', null)
  const { count } = await db
    .selectFrom('keys')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('state', 'in', states)
    .where('id', 'in', scheduled.union(underWay))
    .executeTakeFirstOrThrow()
  return Number(count)
}
