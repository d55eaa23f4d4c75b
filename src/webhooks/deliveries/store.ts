import type { Db } from '../../db/database.ts'
import { countedTo } from '../../http/lists.ts'
import type { DeliveryState } from '../schema.ts'

/** An event on its way to a webhook. */
export type Delivery = {
  readonly id: string
  readonly event: string
  readonly seq: number
  readonly state: DeliveryState
  readonly attempts: number
  readonly nextAt: number
  readonly lastError: string | null
  readonly createdAt: number
  readonly deliveredAt: number | null
}

export type Target = { readonly organizationId: string; readonly webhookId: string }

/** Webhooks of all organizations for which something is due. */
export async function dueWebhooks(db: Db, now: number): Promise<Target[]> {
  const rows = await db
    .selectFrom('webhooks as hook')
    .select(['hook.organization_id', 'hook.id'])
    .where('hook.state', '=', 'active')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_deliveries as row')
          .select('row.id')
          .whereRef('row.organization_id', '=', 'hook.organization_id')
          .whereRef('row.webhook_id', '=', 'hook.id')
          .where('row.state', '=', 'waiting')
          .where('row.next_at', '<=', now),
      ),
    )
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, webhookId: row.id }))
}

/** One process at a time sends to a webhook, so that its events keep their order. False: another one does. */
export async function takeTurn(
  db: Db,
  { organizationId, webhookId }: Target,
  turn: { readonly sender: string; readonly now: number; readonly until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set({ sender: turn.sender, sender_until: turn.until })
    .where('organization_id', '=', organizationId)
    .where('id', '=', webhookId)
    .where('state', '=', 'active')
    .where((is) =>
      is.or([is('sender', 'is', null), is('sender', '=', turn.sender), is('sender_until', '<=', turn.now)]),
    )
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function endTurn(db: Db, { organizationId, webhookId }: Target, sender: string): Promise<void> {
  await db
    .updateTable('webhooks')
    .set({ sender: null, sender_until: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', webhookId)
    .where('sender', '=', sender)
    .execute()
}

/** The first in the order of the chain that is due. */
export async function nextDue(
  db: Db,
  { organizationId, webhookId }: Target,
  now: number,
): Promise<(Delivery & { readonly payload: string }) | null> {
  const row = await db
    .selectFrom('webhook_deliveries')
    .select([...columns, 'payload'])
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'waiting')
    .where('next_at', '<=', now)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row ? { ...deliveryOf(row), payload: row.payload } : null
}

/** What became of an attempt. */
export async function settleDelivery(
  db: Db,
  organizationId: string,
  { id, attempts }: Pick<Delivery, 'id' | 'attempts'>,
  end: {
    readonly state: DeliveryState
    readonly at: number
    readonly nextAt: number
    readonly lastError: string | null
  },
): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({
      state: end.state,
      attempts: attempts + 1,
      next_at: end.nextAt,
      last_error: end.lastError,
      delivered_at: end.state === 'delivered' ? end.at : null,
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
}

/** Nothing that waits waits longer than until then. */
export async function hurryWaiting(db: Db, organizationId: string, webhookId: string, at: number): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({ next_at: at })
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'waiting')
    .where('next_at', '>', at)
    .execute()
}

/** Given up or delivered before, and due again: those that are named, or all that were given up. Answers how many. */
export async function replayDeliveries(
  db: Db,
  organizationId: string,
  webhookId: string,
  ids: readonly string[] | null,
  at: number,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', next_at: at, delivered_at: null })
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .where('state', 'in', ids === null ? ['given-up'] : ['given-up', 'delivered'])
    .$if(ids !== null, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

type Page = { readonly state: DeliveryState | undefined; readonly below: number | null; readonly limit: number }

/** Newest first. */
export async function listDeliveries(
  db: Db,
  organizationId: string,
  webhookId: string,
  { state, below, limit }: Page,
): Promise<Delivery[]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'waiting'))
    .$if(below !== null, (query) => query.where('seq', '<', below ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(deliveryOf)
}

export async function countDeliveries(
  db: Db,
  organizationId: string,
  webhookId: string,
  state: DeliveryState | undefined,
): Promise<number> {
  const counted = db
    .selectFrom('webhook_deliveries')
    .select('seq')
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'waiting'))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(counted.as('counted'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Up to 200 rows made before then; answers whether there may be more. */
export async function forgetDeliveries(db: Db, before: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (from) =>
      from
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(atOnce),
    )
    .executeTakeFirst()
  return Number(numDeletedRows) === atOnce
}

/** Up to 200 of this webhook that were made before then. */
export async function giveUpDeliveries(db: Db, { organizationId, webhookId }: Target, before: number): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({ state: 'given-up' })
    .where('organization_id', '=', organizationId)
    .where('id', 'in', (from) =>
      from
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('webhook_id', '=', webhookId)
        .where('state', '=', 'waiting')
        .where('created_at', '<=', before)
        .orderBy('seq')
        .limit(atOnce),
    )
    .execute()
}
const atOnce = 200

const columns = [
  'id',
  'event',
  'seq',
  'state',
  'attempts',
  'next_at',
  'last_error',
  'created_at',
  'delivered_at',
] as const
type Row = {
  id: string
  event: string
  seq: number
  state: DeliveryState
  attempts: number
  next_at: number
  last_error: string | null
  created_at: number
  delivered_at: number | null
}

const deliveryOf = (row: Row): Delivery => ({
  id: row.id,
  event: row.event,
  seq: row.seq,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at,
  lastError: row.last_error,
  createdAt: row.created_at,
  deliveredAt: row.delivered_at,
})
