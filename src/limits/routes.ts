import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { Effect } from '../fleet/schema.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { shown, shownOne } from './answer.ts'
import { createLimit } from './create.ts'
import type { LimitDeps } from './deps.ts'
import { LimitPatch, LimitView, NewLimit, TargetType } from './schema.ts'
import { countLimits, type Limit, listLimits } from './store.ts'
import { removeLimit, updateLimit } from './update.ts'

export type { LimitDeps } from './deps.ts'

const One = z.strictObject({ limit: LimitView, refs: Refs })
const Many = listOf(LimitView)
const WithEffect = One.extend({ effect: Effect })
const Query = z.strictObject({
  /** Of what kind of target, and the id of one. */
  type: TargetType.optional(),
  target: z.string().max(64).optional(),
  limit,
  cursor,
})

const route = routeOf<Actor, Permission>()

export const limitRoutes = (deps: LimitDeps): Route<Actor, Permission>[] => [...reading(deps), ...writing(deps)]

const reading = (deps: LimitDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/limits',
    summary: 'Lists limits with how much of the running minute is taken',
    needs: { right: 'limits:read' },
    query: Query,
    output: Many,
    handle: (actor, { query }) => list(deps, actor, query),
  }),
  route({
    method: 'GET',
    path: '/limits/:id',
    summary: 'Shows one limit and how much of the running minute is taken',
    needs: { right: 'limits:read' },
    params: IdOrSlug,
    output: One,
    handle: (actor, { params }) =>
      deps.read(actor.organizationId, async (db) => {
        const found = await withinReach(deps, db, actor, params.id)
        return found ? ok(await shownOne(deps, db, found)) : refuse('not_found')
      }),
  }),
]

function writing(deps: LimitDeps): Route<Actor, Permission>[] {
  const create = createLimit(deps)
  const update = updateLimit(deps)
  const remove = removeLimit(deps)
  return [
    route({
      method: 'POST',
      path: '/limits',
      summary: 'Makes a limit of an organization, project, member, team, app, key, server, tool, provider or model',
      needs: { right: 'limits:write' },
      body: NewLimit,
      output: One,
      status: 201,
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'PATCH',
      path: '/limits/:id',
      summary: 'Changes a limit; what of the running minute is taken stays taken',
      needs: { right: 'limits:write' },
      params: IdOrSlug,
      query: Waiting,
      body: LimitPatch,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { id: params.id, waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'DELETE',
      path: '/limits/:id',
      summary: 'Removes a limit; a key has its defaults again',
      needs: { right: 'limits:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: (actor, { params, query, requestId, ifMatch }) =>
        remove(actor, { id: params.id, waitMs: query.waitMs, requestId, ifMatch }),
    }),
  ]
}

/** To a member, somebody else's limit does not exist. */
async function withinReach(deps: LimitDeps, db: Db, actor: Actor, id: string): Promise<Limit | null> {
  const within = await deps.ownersWithin(db, actor)
  return (await listLimits(db, actor.organizationId, { id: knownForm(id), within, after: null, limit: 1 }))[0] ?? null
}

/** The filter is part of the place: a cursor of another list ends somewhere else. */
const placeIn = (filter: string) => z.tuple([z.literal(filter), z.string()])

async function list(
  deps: LimitDeps,
  actor: Actor,
  { limit: size, cursor: from, type, target }: z.infer<typeof Query>,
): Promise<Result<z.infer<typeof Many>>> {
  const { organizationId } = actor
  const filter = JSON.stringify([type, target])
  const place = decodeCursor(from, placeIn(filter))
  if (!place.ok) return place
  return deps.read(organizationId, async (db) => {
    const within = await deps.ownersWithin(db, actor)
    const narrowing = { type, within, target: target === undefined ? undefined : knownForm(target) }
    const after = place.value?.[1] ?? null
    const found = await listLimits(db, organizationId, { ...narrowing, after, limit: size + 1 })
    const { items: page, nextCursor } = pageOf(found, size, ({ id }) => [filter, id])
    const { limits, refs } = await shown(deps, db, organizationId, page)
    const total = totalOf(await countLimits(db, organizationId, narrowing))
    return ok({ items: limits, nextCursor, ...total, refs })
  })
}
