import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { IdOrSlug, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { deleteKey, type EndDeps, type Ended, type EndRequest, revokeKey } from '../revoke.ts'
import { plainText } from '../schema.ts'
import { One, type ShowDeps, showOne } from '../show.ts'
import { resumeKey, suspendKey } from '../turn.ts'

const VerbInput = z.strictObject({ reason: plainText.optional(), waitMs: z.int().min(0).max(30_000).optional() })
const Changed = One.extend({ effect: Effect })

type Deps = EndDeps & ShowDeps
type Do = (actor: Actor, request: EndRequest) => Promise<Result<Ended>>

/** What becomes of a key; each says where that already bites. */
export const stateRoutes = (deps: Deps): Route<Actor, Permission>[] => [
  verb(deps, 'suspend', 'Switches a key off, open streams included, until it is resumed', suspendKey(deps)),
  verb(deps, 'resume', 'Switches a suspended key on again, with the secret that it had', resumeKey(deps)),
  verb(deps, 'revoke', 'Ends a key for good, open streams included', revokeKey(deps)),
  removal(deps),
]

function verb(deps: Deps, name: string, summary: string, act: Do): Route<Actor, Permission> {
  const show = showOne(deps)
  return route({
    method: 'POST',
    path: `/keys/:id/${name}`,
    summary,
    needs: { right: 'keys:write' },
    params: IdOrSlug,
    query: Waiting,
    body: VerbInput,
    output: Changed,
    handle: async (actor, { params, query, body, requestId, ifMatch }) => {
      const waitMs = body.waitMs ?? query.waitMs
      const done = await act(actor, { id: params.id, reason: body.reason, waitMs, ifMatch, requestId })
      return done.ok ? ok({ ...(await show(actor, done.value.key)), effect: done.value.effect }) : done
    },
  })
}

function removal(deps: Deps): Route<Actor, Permission> {
  const remove = deleteKey(deps)
  const show = showOne(deps)
  return route({
    method: 'DELETE',
    path: '/keys/:id',
    summary: 'Ends a key for good and takes it out of the lists',
    needs: { right: 'keys:write' },
    params: IdOrSlug,
    query: Waiting,
    output: Changed,
    handle: async (actor, { params, query, requestId, ifMatch }) => {
      const done = await remove(actor, { id: params.id, waitMs: query.waitMs, ifMatch, requestId })
      return done.ok ? ok({ ...(await show(actor, done.value.key)), effect: done.value.effect }) : done
    },
  })
}
