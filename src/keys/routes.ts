import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import type { Route } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { type CreateDeps, createKey } from './create.ts'
import { KeyList, ListQuery, listFor } from './list.ts'
import { deleteKey, isVisible, revokeKey } from './revoke.ts'
import { keyId, NewKey, plainText } from './schema.ts'
import { One, showOne } from './show.ts'
import { findKey } from './store.ts'

export type KeyDeps = CreateDeps

const route = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, O extends z.ZodType>(
  data: Route<Actor, Permission, P, Q, B, O>,
): Route<Actor, Permission, P, Q, B, O> => data

const OneId = z.strictObject({ id: z.string().max(200) })
const waitMs = z.coerce.number().int().min(0).max(30_000)
const Wait = z.strictObject({ waitMs: waitMs.optional() })
const EndInput = z.strictObject({ reason: plainText.optional(), waitMs: z.int().min(0).max(30_000).optional() })
const defaultWaitMs = 1000

const Created = One.extend({ secret: z.string() })
const Changed = One.extend({ effect: Effect })

export const keyRoutes = (deps: KeyDeps): Route<Actor, Permission>[] => [...makingAndReading(deps), ...ending(deps)]

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
      summary: 'Lists keys; a member sees his own',
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
      params: OneId,
      output: One,
      handle: async (actor, { params }) => {
        const { organizationId } = actor
        const id = knownForm(params.id)
        const key = await deps.read(organizationId, (db) => findKey(db, organizationId, id))
        return key && isVisible(key, actor) ? ok(await show(actor, key)) : refuse('not_found')
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
      params: OneId,
      query: Wait,
      body: EndInput,
      output: Changed,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const wait = body.waitMs ?? query.waitMs ?? defaultWaitMs
        const request = { id: knownForm(params.id), reason: body.reason, waitMs: wait, ifMatch, requestId }
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
      params: OneId,
      query: Wait,
      output: Changed,
      handle: async (actor, { params, query, requestId, ifMatch }) => {
        const request = { id: knownForm(params.id), waitMs: query.waitMs ?? defaultWaitMs, ifMatch, requestId }
        const ended = await remove(actor, request)
        if (!ended.ok) return ended
        return ok({ ...(await show(actor, ended.value.key)), effect: ended.value.effect })
      },
    }),
  ]
}

/** Text that cannot be an id is an unknown one; some of it, such as a NUL, PostgreSQL would not even look up. */
const knownForm = (id: string): string => (keyId.safeParse(id).success ? id : '')
