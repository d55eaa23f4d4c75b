import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { endOfGrants } from '../../access/grants.ts'
import { type Problem, type Result, refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Caller } from '../authenticate.ts'
import type { Ending, Upstream } from '../forward.ts'
import type { Incoming } from '../incoming.ts'
import { endOf } from '../mcp/pass.ts'
import type { Outbound } from '../outbound.ts'
import type { OpenCall, Streams } from '../streams.ts'
import { conclude } from './conclude.ts'
import { createFlightPlan, type FlightPlan } from './flight-plan.ts'
import { queryOf } from './passing.ts'
import type { Pay, Payment } from './payment.ts'
import type { LlmPlace } from './place.ts'
import type { Read } from './reading/readers.ts'
import { bodyFor } from './request-body.ts'
import { type Ask, nameOf, type Route, resolve, routeTo } from './resolve.ts'
import { isMoved, type ProviderUpstreams } from './upstreams.ts'

export type AttemptDeps = {
  readonly pay: Pay
  readonly upstreams: Pick<ProviderUpstreams, 'of'>
  readonly forward: (upstream: Upstream, outbound: Outbound, answer: Answer) => Promise<Ending>
  readonly streams: Pick<Streams, 'open' | 'close'>
  /** Before a call is sent to the same provider again, ms. */
  readonly pause: (ms: number) => Promise<void>
}

/** A call that may go to one model of one provider. */
export type Attempt = {
  readonly call: Incoming
  readonly caller: Caller
  readonly place: LlmPlace
  readonly read: Read
  /** Everything that decides, as it is now. */
  readonly ask: () => Result<Ask>
  readonly route: Route
  /** Where it may go instead, decided on now. */
  readonly next: () => Route | null
}

/** Pays, sends and delivers. What comes back is where to go instead; null: the call is over. */
export async function attempt(deps: AttemptDeps, it: Attempt, answer: Answer): Promise<Route | null> {
  const { call, route, read } = it
  const { provider, model, duties } = route
  noteRoute(call, route)
  const open = openCall(it, answer)
  // Watched from before it waits for anything: what it takes may take a moment, and its key may be gone by then.
  deps.streams.open(open)
  try {
    const paying = deps.pay({ call, request: read.request, provider, model, duties })
    const paid = paying instanceof Promise ? await paying : paying
    if (paid.ok) return await sail(deps, it, open, paid.value, answer)
    if (!answer.isOver) answer.refuse(paid.problem)
    return null
  } finally {
    deps.streams.close(open)
  }
}

async function sail(
  deps: AttemptDeps,
  it: Attempt,
  open: OpenCall,
  payment: Payment,
  answer: Answer,
): Promise<Route | null> {
  if (answer.isOver) {
    payment.undo()
    return null
  }
  const plan = createFlightPlan(it, payment, answer)
  let ending: Ending
  try {
    ending = await send(deps, it, open, plan, answer)
  } catch (error) {
    payment.finish({ status: 500, code: 'internal', isGone: false }, () => {})
    throw error
  }
  const elsewhere = plan.elsewhere()
  if (elsewhere !== null && !answer.isOver) {
    payment.undo()
    // Until it has paid anew.
    it.call.facts.isAdmitted = false
    return elsewhere
  }
  await conclude(plan, payment, ending, answer)
  return null
}

/** Again and again to the same provider, as long as nothing was delivered and its record says so. */
async function send(
  deps: AttemptDeps,
  { call, caller, read, route, place }: Attempt,
  open: OpenCall,
  plan: FlightPlan,
  answer: Answer,
): Promise<Ending> {
  const upstream = deps.upstreams.of(route.provider)
  if (!upstream.ok) return { kind: 'refused', problem: upstream.problem }
  const path = upstream.value.path + paths[read.request.route] + queryOf(call.request.url, place.dialect)
  const outbound: Outbound = {
    method: 'POST',
    headers: headersOf(call, caller),
    body: bodyFor(read, route, plan.payment),
    sessionId: null,
    wrapSession: (id) => id,
    filterFor: plan.filterFor,
    isStream: false,
    course: plan.course,
  }
  for (let sent = 0; ; sent += 1) {
    plan.begin(route.provider.retries - sent)
    const ending = await deps.forward({ ...upstream.value, path }, outbound, answer)
    if (!plan.again(ending)) return ending
    await deps.pause(Math.min(firstPauseMs * 2 ** sent, longestPauseMs))
    if (answer.isOver) return { kind: 'gone', isUnsent: true }
    const again = open.decideAgain()
    if (!again.ok) return { kind: 'refused', problem: again.problem }
  }
}

/**
 * All keys share the provider's account, and it answers the same idempotency key with the same answer: one key's words
 * must not open what another key was told.
 */
function headersOf({ request }: Incoming, { key }: Caller): IncomingHttpHeaders {
  const said = request.headers['idempotency-key']
  if (said === undefined) return request.headers
  const scoped = createHash('sha256')
    .update(`${key.id} ${String(said)}`)
    .digest('base64url')
  return { ...request.headers, 'idempotency-key': scoped }
}

const firstPauseMs = 100
const longestPauseMs = 2000

/** Behind a base URL that has its version already. */
const paths: Readonly<Record<LlmPlace['route'], string>> = {
  'chat-completions': '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
  models: '/models',
  messages: '/messages',
  'count-tokens': '/messages/count_tokens',
  'anthropic-models': '/models',
}

function noteRoute({ facts }: Incoming, { provider, model }: Route): void {
  facts.provider = provider.slug
  facts.providerId = provider.id
  facts.model = model.id
  facts.project = provider.project
}

function openCall({ caller, route, ask }: Attempt, answer: Answer): OpenCall {
  return {
    place: -1,
    keyId: caller.key.id,
    organization: caller.key.organization,
    serverId: route.provider.id,
    isStream: false,
    decideAgain: () => {
      const asked = ask()
      return asked.ok ? decideAgain(asked.value, route) : asked
    },
    endsAt: endOf(caller, grantEnd(ask(), route)),
    cut: (problem) => answer.cut(problem),
  }
}

/** When the first grant that may have opened it is over (ms), or null. */
const grantEnd = (asked: Result<Ask>, { provider }: Route): number | null =>
  asked.ok ? endOfGrants(asked.value.subject, provider.id, asked.value.now) : null

/** By id: a provider that was renamed meanwhile is still the same provider. */
function decideAgain(ask: Ask, { provider, model }: Route): Result<unknown> {
  const again = routeTo(ask, provider.id, model.id)
  if (again === null) {
    const why = resolve(ask, nameOf({ provider: { ...provider, slug: provider.id }, model }))
    return why.ok ? moved : why
  }
  return isMoved(provider, again.provider) ? moved : { ok: true, value: null }
}

const moved: { readonly ok: false; readonly problem: Problem } = refuse('upstream_unreachable', {
  detail: 'The address or the credential of the provider was changed during the call. Call again.',
})
