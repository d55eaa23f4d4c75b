import type { Attempts } from '../../keys/attempts.ts'
import { endOfChild } from '../../keys/children/standing.ts'
import { type ChildToken, parseChild } from '../../keys/children/token.ts'
import type { KeyRecord } from '../../keys/schema.ts'
import { refusalOfState } from '../../keys/standing.ts'
import { ok, type Problem, type Result, refuse } from '../../problems.ts'
import type { Caller } from '../authenticate.ts'
import { childOver, ended, noLonger } from '../denied.ts'
import type { Incoming } from '../incoming.ts'
import type { Sightings } from '../sightings.ts'
import type { Keyring } from './keyring.ts'
import type { ProvedChild, ProvedChildren } from './proved.ts'

export type ChildDeps = {
  readonly findKeyById: (id: string) => KeyRecord | null
  readonly isFresh: (key: KeyRecord | null) => boolean
  readonly keyring: Pick<Keyring, 'keyOf' | 'issuer'>
  readonly proved: Pick<ProvedChildren, 'warm' | 'prove'>
  readonly isRevoked: (child: ProvedChild) => boolean
  /** It names this gateway, for keys of that organization. */
  readonly isForUs: (child: ProvedChild, organization: string) => boolean
  readonly attempts: Attempts
  readonly sightings: Pick<Sightings, 'browser'>
  readonly now: () => number
}

type Proof = Result<Caller> | Promise<Result<Caller>>

/**
 * Who holds a child token, as `authenticate` asks it of a key: grammar, then what it names, and its signature last, which
 * costs a hundred microseconds and is looked at once.
 */
export const authenticateChild =
  (deps: ChildDeps) =>
  (call: Incoming, text: string): Proof => {
    const warm = deps.proved.warm(text)
    if (warm !== null) return admit(deps, call, warm)
    const token = parseChild(text)
    const key = token && deps.findKeyById(token.child.key)
    if (!deps.isFresh(key)) return stale
    const id16 = token?.child.key.slice('key_'.length) ?? null
    const wait = deps.attempts.blocked(id16, call.address, call.isProxy, call.hop?.organization)
    if (wait > 0) return refuse('too_many_attempts', { retryAfterSeconds: wait, log: { presentedId: id16 } })
    // Somebody else's signature, or of nobody's key, is not looked at: whoever makes such up pays for the try.
    const isPlausible = token && key && token.issuer === deps.keyring.issuer() && deps.keyring.keyOf(token.kid) !== null
    return isPlausible ? proveCold(deps, call, token, id16) : wrong(deps, call, id16)
  }

async function proveCold(
  deps: ChildDeps,
  call: Incoming,
  token: ChildToken,
  id16: string | null,
): Promise<Result<Caller>> {
  const proved = await deps.proved.prove(token)
  return proved === null ? wrong(deps, call, id16) : admit(deps, call, proved)
}

/** Only who has proved it learns why it is refused. */
function admit(deps: ChildDeps, call: Incoming, child: ProvedChild): Result<Caller> {
  const { made } = child
  const key = deps.findKeyById(made.key)
  if (!deps.isFresh(key)) return stale
  if (key === null || !deps.isForUs(child, key.organization)) return invalid
  note(call, key, child)
  const now = deps.now()
  if (key.honey) return ended(key)
  if (call.request.headers.origin !== undefined) deps.sightings.browser(key, call)
  const code = refusalOfState(key, now)
  if (code !== null) return noLonger(code, key, now)
  const over = endOfChild(made, key, deps.isRevoked(child), now)
  return over === null ? ok({ key, version: made.version, child }) : childOver(over, key)
}

function note({ facts }: Incoming, key: KeyRecord, { made }: ProvedChild): void {
  facts.organization = key.organization
  facts.keyId = key.id
  facts.keyName = key.name
  facts.owner = key.owner.id
  facts.ownerType = key.owner.type
  facts.secretVersion = made.version
  facts.childId = made.id
  facts.metadata = key.metadata
}

/** Keys that there are and keys that there are not are charged alike, or the answer would tell which there are. */
function wrong(deps: ChildDeps, call: Incoming, id16: string | null): { ok: false; problem: Problem } {
  deps.attempts.failed(id16, call.address, call.isProxy, call.hop?.organization)
  return id16 === null ? invalid : refuse('key_invalid', { log: { presentedId: id16 } })
}

const invalid = refuse('key_invalid')
const stale = refuse('gateway_stale', { retryAfterSeconds: 1 })
