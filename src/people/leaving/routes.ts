import type { z } from 'zod'
import { IdOrSlug, knownForm, Refs, Waiting } from '../../http/lists.ts'
import type { Route, RouteInput } from '../../http/route.ts'
import { ok } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { activateMember, deactivateMember, type VerbAsked } from './deactivate.ts'
import { Activated, Deactivated, LeavingVerb, LeavingView, TransferInput, TransferView } from './schema.ts'
import { showLeaving } from './show.ts'

export const leavingRoutes = (deps: PeopleDeps): Route<Actor, Permission>[] => [...turning(deps), ...handing(deps)]

function turning(deps: PeopleDeps): Route<Actor, Permission>[] {
  const deactivate = deactivateMember(deps)
  const activate = activateMember(deps)
  return [
    route({
      method: 'POST',
      path: '/members/:id/deactivate',
      summary:
        'Keeps a person out: sessions end, and personal keys and management tokens stop working until activation',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      query: Waiting,
      body: LeavingVerb,
      output: Deactivated,
      handle: async (actor, input) => {
        const done = await deactivate(actor, askedIn(input))
        if (!done.ok) return done
        const { keys, ...answer } = done.value
        return ok({ ...answer, suspendedKeys: [...keys] })
      },
    }),
    route({
      method: 'POST',
      path: '/members/:id/activate',
      summary: 'Lets a deactivated person in again, with the keys that were suspended because of it',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      query: Waiting,
      body: LeavingVerb,
      output: Activated,
      handle: async (actor, input) => {
        const done = await activate(actor, askedIn(input))
        if (!done.ok) return done
        const { keys, ...answer } = done.value
        return ok({ ...answer, resumedKeys: [...keys] })
      },
    }),
  ]
}

type VerbInput = RouteInput<z.infer<typeof IdOrSlug>, z.infer<typeof Waiting>, LeavingVerb>

const askedIn = ({ params, query, body, requestId, ifMatch }: VerbInput): VerbAsked => ({
  id: knownForm(params.id),
  reason: body.reason,
  waitMs: body.waitMs ?? query.waitMs,
  requestId,
  ifMatch,
})

function handing(deps: PeopleDeps): Route<Actor, Permission>[] {
  const show = showLeaving(deps)
  return [
    route({
      method: 'GET',
      path: '/members/:id/leaving',
      summary: 'Says what a person owns, and proposes who could take it over; also of somebody who was removed',
      needs: { right: 'members:read' },
      params: IdOrSlug,
      output: LeavingView,
      handle: (actor, { params }) => show(actor, knownForm(params.id)),
    }),
    route({
      method: 'POST',
      path: '/members/:id/transfer',
      summary: 'Hands keys and apps of somebody who left to a member or team: old secrets end, and the heir gets links',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      query: Waiting,
      body: TransferInput,
      output: TransferView.extend({ refs: Refs }),
      secretFields: ['keys.claim.url'],
      handle: (actor, { params, query, body, requestId }) =>
        deps.leaving.transfer(actor, {
          memberId: knownForm(params.id),
          input: body,
          waitMs: body.waitMs ?? query.waitMs,
          requestId,
        }),
    }),
  ]
}
