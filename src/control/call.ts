import { etagOf, revisedIn } from '../http/etag.ts'
import { problemJson } from '../http/problem-json.ts'
import { type Browser, type Download, downloadOutput, type Route } from '../http/route.ts'
import { redact } from '../observe/redact.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import { type Guard, stranger } from './guard.ts'
import { type createIdempotency, isIdempotencyKey } from './idempotency.ts'
import { type Call, createInputParser, readJson } from './input.ts'
import { withGrants } from './who-grants.ts'

export type ControlRoute = Route<Actor, Permission>

/** What leaves the process, and who had asked for it, for the access log. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Uint8Array | AsyncIterable<string>
  readonly actor: string | null
}

type Deps = {
  readonly guard: Guard
  readonly once: ReturnType<typeof createIdempotency>
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

export const problemAnswer = (problem: Problem, requestId: string, actor: string | null = null): Answer => {
  const answer = problemJson(problem, requestId)
  // What is left of a body that was too long is not worth reading.
  const headers = problem.code === 'too_large' ? { ...answer.headers, connection: 'close' } : answer.headers
  // A pointer names what was sent, and a secret in the place of a name comes back in it.
  return { ...answer, headers, body: redact(answer.body), actor }
}

/** Every REST call, in order: who, may they, what do they say, once only, do it, show it. */
export const createCall = (deps: Deps) => (route: ControlRoute) => {
  const parse = createInputParser(route)
  const refused = (problem: Problem, requestId: string, actor: string | null = null): Answer =>
    problemAnswer(withGrants(route.needs, problem), requestId, actor)
  const answer = async (call: Call, known: (actor: Actor) => void): Promise<Answer> => {
    const asking = await deps.guard(route.needs, call)
    if (!asking.ok) return refused(asking.problem, call.requestId)
    known(asking.value)
    const name = asking.value === stranger ? null : asking.value.credentialId
    const body = await readJson(call)
    if (!body.ok) return refused(body.problem, call.requestId, name)
    // Again: a body may take minutes to come, and whoever lost his rights meanwhile must not use them with it.
    const actor = body.value.bytes.length === 0 ? asking : await deps.guard(route.needs, call)
    if (!actor.ok) return refused(actor.problem, call.requestId, name)
    const input = parse(call, body.value.value)
    if (!input.ok) return refused(input.problem, call.requestId, name)
    const signed = route.signed && { signed: { bytes: body.value.bytes, headers: call.stream.headers } }
    const cookies: string[] = []
    const browser = route.signsIn && { browser: browserOf(call, cookies) }
    const run = async () => shown(route, await route.handle(actor.value, { ...input.value, ...signed, ...browser }))
    const done = await runOnce(deps, { route, call, actor: actor.value, body: body.value.bytes, run })
    const made = done.result.ok
      ? success(done.result.value, done.isReplay, name)
      : refused(done.result.problem, call.requestId, name)
    return cookies.length === 0 ? made : { ...made, headers: { ...made.headers, 'set-cookie': cookies } }
  }
  return async (call: Call): Promise<Answer> => {
    let actor: string | null = null
    try {
      return await answer(call, (known) => {
        actor = known.credentialId
      })
    } catch (err) {
      deps.log.error({ err, requestId: call.requestId, route: route.path, actor }, 'a call failed on our side')
      return problemAnswer(refuse('internal').problem, call.requestId, actor)
    }
  }
}

const browserOf = ({ stream, isProxy }: Call, cookies: string[]): Browser => ({
  cookie: stream.headers.cookie ?? null,
  userAgent: stream.headers['user-agent'] ?? '',
  isProxy,
  setCookie: (line) => void cookies.push(line),
})

type Attempt = {
  readonly route: ControlRoute
  readonly call: Call
  readonly actor: Actor
  readonly body: Buffer
  readonly run: () => Promise<Result<{ status: number; answer: unknown }>>
}

const runOnce = async (deps: Deps, { route, call, actor, body, run }: Attempt) => {
  const key = call.stream.headers['idempotency-key']
  // Strangers share one name and must not see each other's answers.
  if (route.method !== 'POST' || key === undefined || actor === stranger)
    return { result: await run(), isReplay: false }
  if (typeof key !== 'string' || !isIdempotencyKey(key)) {
    const detail = 'An Idempotency-Key has 1 to 128 visible ASCII characters.'
    return { result: refuse('invalid', { detail }), isReplay: false }
  }
  const { path, rawQuery } = call
  return deps.once({ actor, method: 'POST', path, rawQuery, key, body, secretFields: route.secretFields ?? [], run })
}

/** Only what the route declares is shown: a field that a handler let slip never leaves. */
const shown = (
  route: ControlRoute,
  result: Result<unknown>,
): Result<{ readonly status: number; readonly answer: unknown }> =>
  result.ok ? ok({ status: route.status ?? 200, answer: route.output.parse(result.value) }) : result

const isDownload = (answer: unknown): answer is Download => downloadOutput.safeParse(answer).success

const success = (
  { status, answer }: { readonly status: number; readonly answer: unknown },
  isReplay: boolean,
  actor: string | null,
): Answer => {
  if (isDownload(answer)) {
    const { contentType, fileName, chunks } = answer
    const headers = { 'content-type': contentType, 'content-disposition': `attachment; filename="${fileName}"` }
    return { status, headers, body: chunks, actor }
  }
  const revised = revisedIn(answer)
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (revised) headers['etag'] = etagOf(revised)
  if (isReplay) headers['idempotent-replay'] = 'true'
  return { status, headers, body: JSON.stringify(answer), actor }
}
