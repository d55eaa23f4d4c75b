import { usdOf } from '../budgets/schema.ts'
import type { Db } from '../db/database.ts'
import { may } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AccessRequestDeps, Asked } from './deps.ts'
import type { Approval, Refusing } from './schema.ts'
import { decided, decidesAll, type Next, settle } from './settle.ts'
import type { AccessRequest } from './store.ts'
import { stateOf } from './view.ts'

const longestMs = 366 * 24 * 3_600_000

/**
 * A yes adds a grant to the record of the key or member, and the decision asks it from then on; of a budget it tops that
 * up. The key itself stays as it was written.
 */
export const approveRequest =
  (deps: AccessRequestDeps) =>
  (actor: Actor, asked: Asked, { until, reason }: Approval) =>
    settle(deps, actor, asked, {
      action: 'access-request.approved',
      apply: async (db, held) => {
        const refusal = refusalOf(actor, held) ?? refusalOfScope(actor, held)
        if (refusal !== null) return refusal
        const end = endIn(held, until, deps.now())
        if (!end.ok) return end
        const rowId = await carryOut(deps, db, actor, held, asked)
        if (!rowId.ok) return rowId
        const said = { state: 'approved' as const, decisionReason: reason ?? null, until: end.value }
        return ok({ after: { ...decidedBy(deps, actor, held), ...said }, rowId: rowId.value })
      },
    })

/** Nobody says yes to himself; an owner could give it to himself anyway. */
function refusalOf(actor: Actor, held: AccessRequest): ReturnType<typeof refuse> | null {
  if (!decidesAll(actor)) return refuse('not_permitted', { detail: 'An owner or admin decides this.' })
  if (held.member.id === actor.memberId && actor.role !== 'owner')
    return refuse('not_permitted', { detail: 'Nobody approves his own request: another owner or admin does.' })
  return held.state === 'open' ? null : decided(held)
}

/** What a request opens, a token must be able to give by itself: else asking would be a way around its scopes. */
function refusalOfScope(actor: Actor, { subject }: AccessRequest): ReturnType<typeof refuse> | null {
  const right = subject.kind === 'budget' ? 'budgets:write' : 'catalogs:write'
  return may(actor, right)
    ? null
    : refuse('not_permitted', { detail: `To approve this needs the right ${right}, too.` })
}

function endIn({ subject }: AccessRequest, until: string | undefined, now: number): Result<number | null> {
  if (until === undefined) return ok(null)
  if (subject.kind === 'budget') return wrongEnd('Money has no end: leave it out')
  const at = Date.parse(until)
  if (!(at > now)) return wrongEnd('must lie ahead')
  return at - now > longestMs ? wrongEnd('must lie within a year') : ok(at)
}
const wrongEnd = (detail: string) =>
  refuse('invalid', { detail: `until: ${detail}.`, errors: [{ pointer: '/until', detail }] })

/** What was asked for has to be there still, and whoever was to have it. */
async function carryOut(
  deps: AccessRequestDeps,
  db: Db,
  actor: Actor,
  { id, target, subject }: AccessRequest,
  { requestId }: Asked,
): Promise<Result<number>> {
  if (subject.kind === 'budget' && subject.nanoUsd !== null) {
    const usd = usdOf(subject.nanoUsd)
    return deps.topUp(db, actor, { budget: subject.id, usd, note: `access request ${id}`, requestId })
  }
  const granted = await deps.isGranted(db, actor.organizationId, target, subject)
  if (!granted.ok) return granted
  const rowId = await deps.renew(db, actor.organizationId, target, deps.now())
  return rowId === null ? refuse('invalid', { detail: `The ${target.type} is not there any more.` }) : ok(rowId)
}

const decidedBy = (deps: AccessRequestDeps, actor: Actor, held: AccessRequest): AccessRequest => ({
  ...held,
  decidedAt: deps.now(),
  decidedBy: { id: actor.memberId, name: actor.name },
})

export const refuseRequest =
  (deps: AccessRequestDeps) =>
  (actor: Actor, asked: Asked, { reason }: Refusing) =>
    settle(deps, actor, asked, {
      action: 'access-request.refused',
      apply: async (_db, held) => {
        if (!decidesAll(actor)) return refuse('not_permitted', { detail: 'An owner or admin decides this.' })
        if (held.state !== 'open') return decided(held)
        return ok(quietly({ ...decidedBy(deps, actor, held), state: 'refused', decisionReason: reason }))
      },
    })

export const withdrawRequest = (deps: AccessRequestDeps) => (actor: Actor, asked: Asked) =>
  settle(deps, actor, asked, {
    action: 'access-request.withdrawn',
    apply: async (_db, held) => {
      if (held.member.id !== actor.memberId)
        return refuse('not_permitted', { detail: 'Whoever asked withdraws a request; others refuse it.' })
      if (held.state !== 'open') return decided(held)
      return ok(quietly({ ...held, state: 'withdrawn', endedAt: deps.now() }))
    },
  })

/** Before its time. Whoever asked may give up what he got; anything else is for those who decide. */
export const endRequest = (deps: AccessRequestDeps) => (actor: Actor, asked: Asked) =>
  settle(deps, actor, asked, {
    action: 'access-request.ended',
    apply: async (db, held) => {
      if (!decidesAll(actor) && held.member.id !== actor.memberId) return refuse('not_permitted')
      if (stateOf(held, deps.now()) !== 'approved') return notRunning(held)
      if (held.subject.kind === 'budget') return refuse('request_decided', { detail: 'The money was added already.' })
      const rowId = await deps.renew(db, actor.organizationId, held.target, deps.now())
      return ok({ after: { ...held, state: 'ended', endedAt: deps.now() }, rowId })
    },
  })

const notRunning = ({ state }: AccessRequest) =>
  refuse('request_decided', {
    detail: state === 'open' ? 'Nobody has approved it: refuse or withdraw it.' : 'Nothing of it is open any more.',
  })

/** Nothing that gateways know changes with it. */
const quietly = (after: Next['after']): Next => ({ after, rowId: null })
