import { z } from 'zod'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createWebhook } from './create.ts'
import { countDeliveries, listDeliveries, replayDeliveries } from './deliveries/store.ts'
import type { WebhookDeps } from './deps.ts'
import { removeWebhook } from './remove.ts'
import { DeliveryState, DeliveryView, NewWebhook, Outcome, Replay, WebhookPatch, WebhookView } from './schema.ts'
import { activeWebhook, activeWebhooks, type Webhook } from './store.ts'
import { tryWebhook } from './try.ts'
import { updateWebhook } from './update.ts'
import { deliveryView, viewOf } from './view.ts'

const One = z.strictObject({ webhook: WebhookView, refs: Refs })
const Created = One.extend({ secret: z.string() })
const Many = listOf(WebhookView)
const Paging = z.strictObject({ limit, cursor })
const ManyDeliveries = listOf(DeliveryView)
const DeliveryPaging = Paging.extend({ state: DeliveryState.optional() })

const route = routeOf<Actor, Permission>()
/** Nothing in a webhook is the id of something else. */
const shown = (webhook: Webhook): z.infer<typeof One> => ({ webhook: viewOf(webhook), refs: {} })
const answered = (result: Result<Webhook>): Result<z.infer<typeof One>> =>
  result.ok ? ok(shown(result.value)) : result

export function webhookRoutes(deps: WebhookDeps): Route<Actor, Permission>[] {
  const create = createWebhook(deps)
  return [
    route({
      method: 'POST',
      path: '/webhooks',
      summary: 'Adds a webhook: events go there, signed with the secret that this one answer holds',
      needs: { right: 'webhooks:write' },
      body: NewWebhook,
      output: Created,
      status: 201,
      secretFields: ['secret'],
      handle: async (actor, { body, requestId }) => {
        const made = await create(actor, body, requestId)
        return made.ok ? ok({ ...shown(made.value.webhook), secret: made.value.secret.reveal() }) : made
      },
    }),
    ...oneWebhook(deps),
    ...deliveryRoutes(deps),
  ]
}

const oneWebhook = (deps: WebhookDeps): Route<Actor, Permission>[] => {
  const update = updateWebhook(deps)
  const remove = removeWebhook(deps)
  return [
    route({
      method: 'GET',
      path: '/webhooks',
      summary: 'Lists webhooks, oldest first',
      needs: { right: 'webhooks:read' },
      query: Paging,
      output: Many,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/webhooks/:id',
      summary: 'Shows one webhook',
      needs: { right: 'webhooks:read' },
      params: IdOrSlug,
      output: One,
      handle: async ({ organizationId }, { params }) => answered(await find(deps, organizationId, params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/webhooks/:id',
      summary: 'Changes a webhook; its secret stays',
      needs: { right: 'webhooks:write' },
      params: IdOrSlug,
      body: WebhookPatch,
      output: One,
      handle: async (actor, { params, body, requestId, ifMatch }) =>
        answered(await update(actor, { id: knownForm(params.id), requestId, ifMatch }, body)),
    }),
    route({
      method: 'DELETE',
      path: '/webhooks/:id',
      summary: 'Removes a webhook; what has not arrived is not sent any more',
      needs: { right: 'webhooks:write' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params, requestId, ifMatch }) =>
        answered(await remove(actor, { id: knownForm(params.id), requestId, ifMatch })),
    }),
  ]
}

const deliveryRoutes = (deps: WebhookDeps): Route<Actor, Permission>[] => {
  const attempt = tryWebhook(deps)
  return [
    route({
      method: 'POST',
      path: '/webhooks/:id/test',
      summary: 'Sends a webhook an event that says nothing, once, and tells whether it has arrived',
      needs: { right: 'webhooks:write' },
      params: IdOrSlug,
      body: z.strictObject({}).optional(),
      output: Outcome,
      handle: (actor, { params }) => attempt(actor, knownForm(params.id)),
    }),
    route({
      method: 'POST',
      path: '/webhooks/:id/replay',
      summary: 'Sends events again: those that are named, or all that were given up',
      needs: { right: 'webhooks:write' },
      params: IdOrSlug,
      body: Replay,
      output: z.strictObject({ replayed: z.int() }),
      handle: ({ organizationId }, { params, body }) => replay(deps, organizationId, knownForm(params.id), body),
    }),
    route({
      method: 'GET',
      path: '/webhooks/:id/deliveries',
      summary: 'Lists the events of seven days on their way to a webhook, newest first',
      needs: { right: 'webhooks:read' },
      params: IdOrSlug,
      query: DeliveryPaging,
      output: ManyDeliveries,
      handle: (actor, { params, query }) => deliveries(deps, actor, knownForm(params.id), query),
    }),
  ]
}

const replay = (
  { transaction, now }: WebhookDeps,
  organizationId: string,
  id: string,
  { deliveries }: Replay,
): Promise<Result<{ replayed: number }>> =>
  transaction(organizationId, async (db) => {
    if (!(await activeWebhook(db, organizationId, id))) return refuse('not_found')
    return ok({ replayed: await replayDeliveries(db, organizationId, id, deliveries ?? null, now()) })
  })

const find = async ({ read }: WebhookDeps, organizationId: string, id: string): Promise<Result<Webhook>> => {
  const webhook = await read(organizationId, (db) => activeWebhook(db, organizationId, knownForm(id)))
  return webhook ? ok(webhook) : refuse('not_found')
}

const place = z.tuple([z.int(), z.string()])

/** There are few: pages are cut from all of them. */
const list = async (
  { read }: WebhookDeps,
  { organizationId }: Actor,
  { limit, cursor }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof Many>>> => {
  const after = decodeCursor(cursor, place)
  if (!after.ok) return after
  const [at, id] = after.value ?? [-1, '']
  const all = await read(organizationId, (db) => activeWebhooks(db, organizationId))
  const rest = all.filter((each) => each.createdAt > at || (each.createdAt === at && each.id > id))
  const { items, nextCursor } = pageOf(rest, limit, (last) => [last.createdAt, last.id])
  return ok({ items: items.map(viewOf), nextCursor, ...totalOf(all.length), refs: {} })
}

/** The filter is part of the place. */
const deliveryPlace = (state = '') => z.tuple([z.literal(state), z.int()])

const deliveries = async (
  { read }: WebhookDeps,
  { organizationId }: Actor,
  id: string,
  { limit, cursor, state }: z.infer<typeof DeliveryPaging>,
): Promise<Result<z.infer<typeof ManyDeliveries>>> => {
  const below = decodeCursor(cursor, deliveryPlace(state))
  if (!below.ok) return below
  return read(organizationId, async (db) => {
    if (!(await activeWebhook(db, organizationId, id))) return refuse('not_found')
    const page = { state, below: below.value?.[1] ?? null, limit: limit + 1 }
    const found = await listDeliveries(db, organizationId, id, page)
    const { items, nextCursor } = pageOf(found, limit, ({ seq }) => [state ?? '', seq])
    const total = totalOf(await countDeliveries(db, organizationId, id, state))
    return ok({ items: items.map(deliveryView), nextCursor, ...total, refs: {} })
  })
}
