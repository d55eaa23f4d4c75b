import type { Attempts } from '../keys/attempts.ts'
import { childPrefix } from '../keys/children/token.ts'
import type { Prover, ProvingSecrets } from '../keys/prove.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { refusalOf } from '../keys/standing.ts'
import { parseToken, type Token } from '../keys/token.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import type { ProvedChild } from './children/proved.ts'
import { ended, noLonger } from './denied.ts'
import type { Incoming } from './incoming.ts'
import { presented } from './presented.ts'
import type { Sightings } from './sightings.ts'

/** Who has proved the secret of a key that is usable now, or holds a child of it. Obtainable here only. */
export type Caller = {
  readonly key: KeyRecord
  /** Of the secret; of a child the one that asked for it, or 0. */
  readonly version: number
  /** Null: the key itself. */
  readonly child: ProvedChild | null
}

type Deps = {
  /** The snapshot: memory, no I/O. */
  readonly findKey: (id16: string) => KeyRecord | null
  readonly secretsOf: (organization: string) => ProvingSecrets | null
  /** May this gateway still decide about that key? Without a record: about anything at all. */
  readonly isFresh: (key: KeyRecord | null) => boolean
  readonly prover: Pick<Prover, 'proveWarm' | 'prove'>
  readonly attempts: Attempts
  readonly sightings: Pick<Sightings, 'honey' | 'browser'>
  /** children/authenticate.ts */
  readonly child: Prove
  readonly now: () => number
}

export type Prove = (call: Incoming, text: string) => Result<Caller> | Promise<Result<Caller>>
export type Authenticate = (call: Incoming) => ReturnType<Prove>

/** Whatever the call carries, where it carries it. */
export const authenticate =
  (prove: Prove): Authenticate =>
  (call) => {
    const text = presented(call.request, call.urlKey)
    if (!text.ok) return text
    return text.value === null ? missing : prove(call, text.value)
  }

/** No promise for a key that was proved before: it waits for nothing, so that it costs a microsecond. */
export const createProof = (deps: Deps): Prove => {
  const tooMany = createTooMany()
  return (call, text) => {
    if (call.urlKey === null && text.startsWith(childPrefix)) return deps.child(call, text)
    const token = parseToken(text) // grammar and checksum, before anything is searched
    if (call.urlKey !== null && token?.kind !== 'u') return wrongKindInUrl
    if (call.urlKey === null && token !== null && token.kind !== 'k') return wrongKind
    const key = token && deps.findKey(token.id16)
    if (!deps.isFresh(key)) return stale
    const secrets = key && deps.secretsOf(key.organization)
    if (token && key && secrets) {
      const version = deps.prover.proveWarm(token, key, secrets)
      if (typeof version === 'number') return admit(deps, call, key, version)
    }
    // Only from here on does an attempt count: a warm key is never refused for what a stranger at its address does.
    const wait = deps.attempts.blocked(token?.id16 ?? null, call.address, call.isProxy, call.hop?.organization)
    if (wait > 0) return tooMany(token?.id16, wait)
    if (!token || !key || !secrets) return wrong(deps, call, token)
    return proveCold(deps, call, token, key, secrets)
  }
}

type Last = { readonly id16: string | undefined; readonly wait: number; readonly refusal: Result<never> }

/**
 * Whoever guesses does it again and again, with one id: the same refusal object, whose answer and log members are then
 * prepared once. With the constant refusals of mcp/answer.ts, 45 µs of a guess became 37.
 */
function createTooMany(): (id16: string | undefined, wait: number) => Result<never> {
  let last: Last = { id16: undefined, wait: 0, refusal: refuse('too_many_attempts') }
  return (id16, wait) => {
    if (last.id16 !== id16 || last.wait !== wait) {
      const refusal = refuse('too_many_attempts', { retryAfterSeconds: wait, log: { presentedId: id16 } })
      last = { id16, wait, refusal }
    }
    return last.refusal
  }
}

async function proveCold(
  deps: Deps,
  call: Incoming,
  token: Token,
  key: KeyRecord,
  secrets: ProvingSecrets,
): Promise<Result<Caller>> {
  const proved = await deps.prover.prove(token, key, secrets)
  if (!proved.ok) return proved
  if (proved.value === null) return wrong(deps, call, token)
  // The record may have moved on while Argon2 ran: what was proved is judged by the live one.
  const live = deps.findKey(token.id16)
  if (!deps.isFresh(live)) return stale
  return live ? admit(deps, call, live, proved.value) : invalid
}

/** Only who has proved the secret learns why it is refused; everybody else learns "not valid". */
function admit(deps: Deps, call: Incoming, key: KeyRecord, version: number): Result<Caller> {
  const { facts, request } = call
  facts.organization = key.organization
  facts.keyId = key.id
  facts.keyName = key.name
  facts.owner = key.owner.id
  facts.ownerType = key.owner.type
  facts.secretVersion = version
  facts.metadata = key.metadata
  const now = deps.now()
  if (key.honey) {
    deps.sightings.honey(key, call)
    return ended(key)
  }
  if (request.headers.origin !== undefined) deps.sightings.browser(key, call)
  const code = refusalOf(key, version, now)
  return code === null ? ok({ key, version, child: null }) : noLonger(code, key, now)
}

/** Unknown ids are charged like known ones, or the answer would tell which ids exist. */
function wrong(deps: Deps, call: Incoming, token: Token | null): { ok: false; problem: Problem } {
  deps.attempts.failed(token?.id16 ?? null, call.address, call.isProxy, call.hop?.organization)
  return token === null ? invalid : refuse('key_invalid', { log: { presentedId: token.id16 } })
}

const missing = refuse('key_missing', { detail: 'Send a key as "Authorization: Bearer" or in x-api-key.' })
const invalid = refuse('key_invalid')
/** 403 on control; here the call is simply not authenticated. */
const wrongKind = refuse('key_kind', {
  status: 401,
  detail: 'This token is not a header key. Create a key of kind "key" and send that.',
})
const wrongKindInUrl = refuse('key_kind', {
  status: 401,
  detail: 'This token is not a URL key. URLs end up in logs: rotate it, and create a key of kind "url" for this.',
})
const stale = refuse('gateway_stale', { retryAfterSeconds: 1 })
