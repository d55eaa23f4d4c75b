import type { Subject } from '../../access/decide.ts'
import type { Answered, Ask } from '../../fleet/token-asking.ts'
import { readBody } from '../../http/body.ts'
import { isProblemCode, ok, type Problem, type Result, refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Caller } from '../authenticate.ts'
import { refusedAtTheDoor } from '../door.ts'
import type { Incoming } from '../incoming.ts'
import { keyInQuery } from '../presented.ts'
import { type Asked, readAsked } from './asked.ts'
import { isForm, parseForm } from './form.ts'
import type { Rate } from './rate.ts'
import { byHeader, ofSubject, refuseAs } from './refusal.ts'

export type TokenEndpointDeps = {
  /** authenticate.ts `createProof`: the same eyes as for a call with the key. */
  readonly prove: (call: Incoming, text: string) => Result<Caller> | Promise<Result<Caller>>
  readonly subjectOf: (caller: Caller, address: string) => Result<Subject>
  readonly rate: Rate
  /** Null: there is no control that could answer now. */
  readonly askToken: (request: Ask) => Promise<Answered | null>
  readonly publicUrl: () => string
  readonly now: () => number
}

const limits = { maxBytes: 64 * 1024, idleMs: 10_000 }

/** `POST /oauth/token`. This gateway lets through and counts; control proves again, decides and signs. */
export const tokenEndpoint =
  (deps: TokenEndpointDeps) =>
  async (call: Incoming, answer: Answer): Promise<void> => {
    const isByHeader = call.request.headers.authorization !== undefined
    const refuseTo = (problem: Problem): void => answer.refuse(isByHeader ? byHeader(problem) : problem)
    const asked = await read(deps, call)
    if (!asked.ok) return refuseTo(asked.problem)
    const isExchange = asked.value.grant === 'token-exchange'
    const made = await make(deps, call, asked.value)
    if (!made.ok) return refuseTo(isExchange ? ofSubject(made.problem) : made.problem)
    const { accessToken, expiresIn, scope } = made.value
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
      ...(scope === '' ? {} : { scope }),
      ...(isExchange ? { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' } : {}),
    }
    answer.send(200, ['content-type', 'application/json', 'pragma', 'no-cache'], JSON.stringify(body))
  }

async function read({ publicUrl }: TokenEndpointDeps, { request }: Incoming): Promise<Result<Asked>> {
  if (keyInQuery(request.url ?? '')) return inQuery
  if (!isForm(request.headers)) return notAForm
  const bytes = await readBody(request, limits)
  if (!bytes.ok) return bytes
  const form = parseForm(bytes.value)
  if (!form.ok) return form
  const authorization = request.headersDistinct['authorization'] ?? []
  if (authorization.length > 1) return ambiguous
  const asked = readAsked(form.value, authorization[0] ?? null, publicUrl())
  const apiKeys = request.headersDistinct['x-api-key'] ?? []
  // It is no way to ask for a token; with another key in it nobody could say whose token is meant.
  return asked.ok && apiKeys.some((each) => each.trim() !== asked.value.secret) ? twice : asked
}

type Made = Extract<Answered, { ok: true }>

async function make(deps: TokenEndpointDeps, call: Incoming, asked: Asked): Promise<Result<Made>> {
  const caller = await deps.prove(call, asked.secret)
  if (!caller.ok) return caller
  const subject = deps.subjectOf(caller.value, call.address)
  if (!subject.ok) return subject
  const refusal = refusedAtTheDoor(subject.value, deps.now())
  if (refusal) return refusal
  const wait = deps.rate.take(caller.value.key.id)
  if (wait > 0) return refuse('rate_limited', { detail: tooOften, retryAfterSeconds: wait })
  const { secret, scope, ttlSeconds } = asked
  const { address, requestId } = call
  const words = scope && [...scope]
  const answered = await deps.askToken({ secret, scope: words, ttlSeconds, address, requestId })
  if (answered === null) return away
  return answered.ok ? ok(answered) : refusedBy(answered)
}

/** In control's words; of a newer one perhaps under a code that is not known here. */
function refusedBy({ code, detail, retryAfterSeconds }: Extract<Answered, { ok: false }>): Result<Made> {
  if (code === 'invalid_scope') return refuseAs('invalid_scope', 'invalid', detail)
  const after = retryAfterSeconds === null ? {} : { retryAfterSeconds }
  return isProblemCode(code) ? refuse(code, { detail, ...after }) : refuse('internal')
}

const tooOften = 'This key asks for tokens too often. One token is good for many calls.'
const away = refuse('mint_unavailable', {
  detail: 'Control, which alone makes tokens, does not answer. Tokens that were made go on.',
  retryAfterSeconds: 5,
})
const notAForm = refuse('unsupported_media_type', { detail: 'Send application/x-www-form-urlencoded, in UTF-8.' })
const ambiguous = refuse('credential_ambiguous', { detail: 'Send one Authorization header.', status: 400 })
const twice = refuse('credential_ambiguous', { detail: 'Send the credential once.', status: 400 })
const inQuery = refuse('key_in_query', {
  detail: 'Query strings end up in logs. Send it in the body, and rotate this one.',
})
