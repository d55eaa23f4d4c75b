import type { IncomingHttpHeaders } from 'node:http'
import type { Subject } from '../../access/decide.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ProviderRecord } from '../../providers/schema.ts'
import type { Answer } from '../answer.ts'
import type { Caller } from '../authenticate.ts'
import type { Incoming } from '../incoming.ts'
import type { Pins } from '../pins.ts'
import { type Attempt, type AttemptDeps, attempt } from './attempt.ts'
import type { Crowd } from './crowd.ts'
import { modelList, oneModel } from './models.ts'
import type { LlmPlace, LlmRoute } from './place.ts'
import type { ReadLlm } from './read-body.ts'
import type { LlmRequest } from './request.ts'
import { type Ask, fallbackOf, fits, nameOf, type Route, resolve } from './resolve.ts'

type Deps = AttemptDeps & {
  readonly authenticate: (call: Incoming) => Result<Caller> | Promise<Result<Caller>>
  readonly read: ReadLlm
  readonly crowd: Crowd
  readonly subjectOf: (caller: Caller, address: string) => Result<Subject>
  readonly providersOf: (organization: string) => readonly ProviderRecord[]
  readonly pins: Pick<Pins, 'used' | 'refused'>
  readonly clientOf: (headers: IncomingHttpHeaders) => string
  readonly now: () => number
}

/** Every check of a call to an LLM provider, in order. A check that is not here does not happen. */
export const serveLlm =
  (deps: Deps) =>
  async (call: Incoming, answer: Answer, place: LlmPlace): Promise<void> => {
    const method = isList(place.route) ? 'GET' : 'POST'
    if (call.request.method !== method) return refuseMethod(answer, method)
    // Awaited even where it is no promise: after that the body which came with the head is here as well.
    const caller = await deps.authenticate(call)
    if (!caller.ok) return answer.refuse(caller.problem)
    call.facts.method = call.route
    call.facts.client = deps.clientOf(call.request.headers)
    const ask = () => asking(deps, caller.value, call, place)
    if (isList(place.route)) return answerList(ask(), place, answer)
    const room = deps.crowd.enter(call.request.headers)
    if (room === null) return answer.refuse(crowded.problem)
    try {
      const reading = deps.read(call, place.route)
      const read = reading instanceof Promise ? await reading : reading
      if (!read.ok) return answer.refuse(read.problem)
      const route = admit(deps, call, ask(), read.value.request)
      if (!route.ok) return answer.refuse(route.problem)
      await run(deps, { call, caller: caller.value, place, read: read.value, ask }, route.value, answer)
    } finally {
      deps.crowd.leave(room)
    }
  }

const crowded = refuse('busy', {
  detail: 'The large bodies that are on their way fill the room for them. Try again in a moment.',
  retryAfterSeconds: 1,
})

/** First where the model is, then where it may be had instead. Each pays for itself. */
async function run(deps: Deps, voyage: Omit<Attempt, 'route' | 'next'>, first: Route, answer: Answer): Promise<void> {
  const tried = new Set([nameOf(first)])
  const next = (): Route | null => {
    const again = voyage.ask()
    if (!again.ok) return null
    const route = fallbackOf(again.value, first, tried)
    return route !== null && fits(again.value, route, voyage.read.request).ok ? route : null
  }
  let route: Route | null = first
  while (route !== null) {
    tried.add(nameOf(route))
    route = await attempt(deps, { ...voyage, route, next }, answer)
  }
}

/** The live record of everything that decides. */
function asking(deps: Deps, caller: Caller, { address }: Incoming, { dialect }: LlmPlace): Result<Ask> {
  const subject = deps.subjectOf(caller, address)
  if (!subject.ok) return subject
  const providers = deps.providersOf(subject.value.key.organization)
  return ok({ subject: subject.value, providers, dialect, now: deps.now() })
}

function admit({ pins }: Deps, call: Incoming, ask: Result<Ask>, request: LlmRequest): Result<Route> {
  if (!ask.ok) return ask
  const { key } = ask.value.subject
  const route = resolve(ask.value, request.model)
  if (!route.ok && route.problem.log?.['rule'] === 'key.network') pins.refused(key, call)
  if (route.ok && key.pin !== null) pins.used(key, call)
  return route.ok ? fits(ask.value, route.value, request) : route
}

const isList = (route: LlmRoute): boolean => route === 'models' || route === 'anthropic-models'

/** Nothing goes to a provider, and nothing is counted. */
function answerList(ask: Result<Ask>, { model }: LlmPlace, answer: Answer): void {
  const told = !ask.ok ? ask : model === null ? modelList(ask.value) : oneModel(ask.value, model)
  if (told.ok) answer.send(200, ['content-type', 'application/json'], JSON.stringify(told.value))
  else answer.refuse(told.problem)
}

/** RFC 9110 §15.5.6: a 405 names the methods. */
function refuseMethod(answer: Answer, method: string): void {
  const methods = `${method}, OPTIONS`
  answer.refuse(refuse('method_not_allowed', { detail: `Allowed here: ${methods}.` }).problem, ['allow', methods])
}
