import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { IdOrSlug, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { type CreateDeps, createKey } from './create.ts'
import { KeyList, ListQuery, listFor } from './list.ts'
import { isThere, keyWithinReach } from './owner.ts'
import { deleteKey, type EndDeps, revokeKey } from './revoke.ts'
import { KeyPatch, NewKey, plainText } from './schema.ts'
import { One, showOne } from './show.ts'
import { updateKey } from './update.ts'

export type KeyDeps = CreateDeps & EndDeps

const route = routeOf<Actor, Permission>()

const EndInput = z.strictObject({ reason: plainText.optional(), waitMs: z.int().min(0).max(30_000).optional() })

const Created = One.extend({ secret: z.string() })
const Changed = One.extend({ effect: Effect })

export const keyRoutes = (deps: KeyDeps): Route<Actor, Permission>[] => [
  ...makingAndReading(deps),
  ...changing(deps),
  ...ending(deps),
]

function makingAndReading(deps: KeyDeps): Route<Actor, Permission>[] {
  const create = createKey(deps)
  const list = listFor(deps)
  const show = showOne(deps)
  return [
    route({
      method: 'POST',
      path: '/keys',
      summary: 'Makes a key; what is not given is denied. The secret is in this answer and nowhere else',
      needs: { right: 'keys:write' },
      body: NewKey,
      output: Created,
      status: 201,
      secretFields: ['secret'],
      handle: async (actor, { body, requestId }) => {
        const created = await create(actor, body, requestId)
        if (!created.ok) return created
        const { key, secret } = created.value
        return ok({ ...(await show(actor, key)), secret: secret.reveal() })
      },
    }),
    route({
      method: 'GET',
      path: '/keys',
      summary: 'Lists keys; a member sees his own, his teams’ and those of their apps',
      needs: { right: 'keys:read' },
      query: ListQuery,
      output: KeyList,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/keys/:id',
      summary: 'One key',
      needs: { right: 'keys:read' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params }) => {
        const { organizationId } = actor
        const key = await deps.read(organizationId, (db) =>
          keyWithinReach(deps.directory, db, actor, 'keys:read', params.id),
        )
        return key && isThere(key.record) ? ok(await show(actor, key)) : refuse('not_found')
      },
    }),
  ]
}

function changing(deps: KeyDeps): Route<Actor, Permission>[] {
  const update = updateKey(deps)
  const show = showOne(deps)
  return [
    route({
      method: 'PATCH',
      path: '/keys/:id',
      summary: 'Changes what a key may do, or until when; its secret stays',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      query: Waiting,
      body: KeyPatch,
      output: Changed,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const updated = await update(actor, { id: params.id, waitMs: query.waitMs, ifMatch, requestId }, body)
        if (!updated.ok) return updated
        return ok({ ...(await show(actor, updated.value.key)), effect: updated.value.effect })
      },
    }),
  ]
}

function ending(deps: KeyDeps): Route<Actor, Permission>[] {
  const revoke = revokeKey(deps)
  const remove = deleteKey(deps)
  const show = showOne(deps)
  return [
    route({
      method: 'POST',
      path: '/keys/:id/revoke',
      summary: 'Ends a key for good, open streams included, and says where that already bites',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      query: Waiting,
      body: EndInput,
      output: Changed,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const waitMs = body.waitMs ?? query.waitMs
        const request = { id: params.id, reason: body.reason, waitMs, ifMatch, requestId }
        const ended = await revoke(actor, request)
        if (!ended.ok) return ended
        return ok({ ...(await show(actor, ended.value.key)), effect: ended.value.effect })
      },
    }),
    route({
      method: 'DELETE',
      path: '/keys/:id',
      summary: 'Ends a key for good and takes it out of the lists',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      query: Waiting,
      output: Changed,
      handle: async (actor, { params, query, requestId, ifMatch }) => {
        const ended = await remove(actor, { id: params.id, waitMs: query.waitMs, ifMatch, requestId })
        if (!ended.ok) return ended
        return ok({ ...(await show(actor, ended.value.key)), effect: ended.value.effect })
      },
    }),
  ]
}
