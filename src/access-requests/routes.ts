import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { IdOrSlug, Refs, Waiting } from '../http/lists.ts'
import type { Route } from '../http/route.ts'
import { route } from '../people/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { createRequest } from './create.ts'
import { approveRequest, endRequest, refuseRequest, withdrawRequest } from './decide.ts'
import type { AccessRequestDeps, Asked } from './deps.ts'
import { AccessRequestQuery, ManyRequests, requestList, showRequest } from './list.ts'
import { AccessRequestView, Approval, NewAccessRequest, Refusing, Waited } from './schema.ts'

const One = z.strictObject({ accessRequest: AccessRequestView, refs: Refs })
const Settled = One.extend({ effect: Effect.optional() })

export const accessRequestRoutes = (deps: AccessRequestDeps): Route<Actor, Permission>[] => [
  ...askingRoutes(deps),
  ...decidingRoutes(deps),
]

function askingRoutes(deps: AccessRequestDeps): Route<Actor, Permission>[] {
  const create = createRequest(deps)
  const list = requestList(deps)
  const show = showRequest(deps)
  return [
    route({
      method: 'POST',
      path: '/access-requests',
      summary: 'Asks for a server, tool, provider, model or more of a budget, for a key or for oneself',
      needs: { right: 'access-requests:write' },
      body: NewAccessRequest,
      output: One,
      status: 201,
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/access-requests',
      summary: 'Lists requests for access, the newest first: all of them to those who decide, else one’s own',
      needs: { right: 'access-requests:read' },
      query: AccessRequestQuery,
      output: ManyRequests,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/access-requests/:id',
      summary: 'Shows one request for access',
      needs: { right: 'access-requests:read' },
      params: IdOrSlug,
      output: One,
      handle: (actor, { params }) => show(actor, params.id),
    }),
  ]
}

function decidingRoutes(deps: AccessRequestDeps): Route<Actor, Permission>[] {
  const approve = approveRequest(deps)
  const refuse = refuseRequest(deps)
  const withdraw = withdrawRequest(deps)
  const end = endRequest(deps)
  const needs = { right: 'access-requests:write' } as const
  const verb = { method: 'POST', needs, params: IdOrSlug, query: Waiting, output: Settled } as const
  return [
    route({
      ...verb,
      path: '/access-requests/:id/approve',
      summary: 'Says yes, until an end or for good: it holds from the next call on',
      body: Approval,
      handle: (actor, call) => approve(actor, askedIn(call), call.body),
    }),
    route({
      ...verb,
      path: '/access-requests/:id/refuse',
      summary: 'Says no, with a reason',
      body: Refusing,
      handle: (actor, call) => refuse(actor, askedIn(call), call.body),
    }),
    route({
      ...verb,
      path: '/access-requests/:id/withdraw',
      summary: 'Takes back a request of one’s own that nobody has decided',
      body: Waited,
      handle: (actor, call) => withdraw(actor, askedIn(call)),
    }),
    route({
      ...verb,
      path: '/access-requests/:id/end',
      summary: 'Ends what was approved before its time, open streams included',
      body: Waited,
      handle: (actor, call) => end(actor, askedIn(call)),
    }),
  ]
}

type Call = {
  readonly params: { readonly id: string }
  readonly query: { readonly waitMs: number }
  readonly body: { readonly waitMs?: number | undefined }
  readonly requestId: string
}
const askedIn = ({ params, query, body, requestId }: Call): Asked => ({
  id: params.id,
  waitMs: body.waitMs ?? query.waitMs,
  requestId,
})
