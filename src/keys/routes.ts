import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { IdOrSlug, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { type AnswerDeps, answerFor, Claimable, Revealed, shownOnce } from './answer.ts'
import { tokenFields } from './children/routes.ts'
import { IssuedToken } from './children/schema.ts'
import { showChild } from './children/show.ts'
import { copyRoutes } from './copies/routes.ts'
import { type CreateDeps, createKey } from './create.ts'
import { createEphemeral, type Ephemeral, type EphemeralDeps, isEphemeral } from './ephemeral.ts'
import { KeyList, ListQuery, listFor } from './list.ts'
import { isThere, keyWithinReach } from './owner.ts'
import type { EndDeps } from './revoke.ts'
import { KeyPatch, NewKey } from './schema.ts'
import { One, showOne } from './show.ts'
import { stateRoutes } from './states/routes.ts'
import { updateKey } from './update.ts'

export type KeyDeps = CreateDeps & EndDeps & AnswerDeps & EphemeralDeps

const route = routeOf<Actor, Permission>()

const Changed = One.extend({ effect: Effect })
const Once = One.extend(IssuedToken.shape)

export const keyRoutes = (deps: KeyDeps): Route<Actor, Permission>[] => [
  making(deps),
  ...copyRoutes(deps),
  ...reading(deps),
  changing(deps),
  ...stateRoutes(deps),
]

function making(deps: KeyDeps): Route<Actor, Permission> {
  const create = createKey(deps)
  const once = makingOnce(deps)
  const answer = answerFor(deps)
  return route({
    method: 'POST',
    path: '/keys',
    summary:
      'Makes a key; what is not given is denied. The secret is in this answer and nowhere else; for another member there is a link to it instead',
    needs: { right: 'keys:write' },
    body: NewKey,
    output: z.union([Revealed, Claimable, Once]),
    status: 201,
    secretFields: shownOnce,
    handle: async (actor, { body, requestId }) => {
      if (isEphemeral(body)) return once(actor, body, requestId)
      const created = await create(actor, body, requestId)
      return created.ok ? ok(await answer(actor, created.value)) : created
    },
  })
}

/** A key that is one token: there is no other secret of it. */
function makingOnce(deps: KeyDeps) {
  const create = createEphemeral(deps)
  const show = showOne(deps)
  return async (actor: Actor, input: Ephemeral, requestId: string): Promise<Result<z.input<typeof Once>>> => {
    const made = await create(actor, input, requestId)
    if (!made.ok) return made
    const { key, issued } = made.value
    const { organizationId } = actor
    const { child, refs } = await deps.read(organizationId, (db) => showChild(deps, db, key.record, issued.child))
    const shown = await show(actor, key)
    return ok({ ...shown, ...tokenFields(issued), child, refs: { ...refs, ...shown.refs } })
  }
}

function reading(deps: KeyDeps): Route<Actor, Permission>[] {
  const list = listFor(deps)
  const show = showOne(deps)
  return [
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

function changing(deps: KeyDeps): Route<Actor, Permission> {
  const update = updateKey(deps)
  const show = showOne(deps)
  return route({
    method: 'PATCH',
    path: '/keys/:id',
    summary: 'Changes any field of a key from its next call on; its secret stays',
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
  })
}
