import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { isUniqueViolation } from '../../db/violation.ts'
import { settleMs } from '../../http/lists.ts'
import type { Browser } from '../../http/route.ts'
import { ok, type Result } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { factorAsked } from '../second-factor/asked.ts'
import { startSession } from '../sessions/start.ts'
import { type Admitted, type Arrival, admit, type Refused } from './admit.ts'
import { type Attempt, hasAttempt, takeAttempt } from './attempts/store.ts'
import { type FlowDeps, placeOfVerifier, type Sent } from './begin.ts'
import { browserIn, clearingLine, hashOf } from './browser.ts'
import { readClaims } from './claims.ts'
import { peerOf } from './peer.ts'
import type { SingleSignOnError } from './schema.ts'
import { findProvider } from './store.ts'
import { redirectUriOf } from './view.ts'

export type FinishDeps = FlowDeps & Pick<ChangeDeps, 'effectOf'>
export type ComingBack = {
  /** As it stands in the path: each provider has a redirect URI of its own. */
  readonly providerId: string
  readonly rawQuery: string
  readonly browser: Pick<Browser, 'cookie' | 'userAgent'>
  readonly address: string
  readonly requestId: string
}
type Finished = Sent & { readonly missingTeams?: readonly string[] }

/** Takes somebody in who comes back from an identity provider: each line can only turn it into a no. */
export const finishSignIn =
  (deps: FinishDeps) =>
  async (back: ComingBack): Promise<Finished> => {
    const state = stateIn(back.rawQuery)
    const attempt = state === null ? null : await taken(deps, state, back.browser.cookie)
    if (attempt === null || state === null) return refused('sso_expired', 'no such sign-in was begun in this browser')
    // An answer of another provider than the one that was asked (RFC 9700 §4.4): its code is for somebody else.
    if (attempt.providerId !== back.providerId)
      return refused('sso_invalid', `it was ${attempt.providerId} that was asked`)
    const found = await opened(deps, attempt)
    if (found === null) return refused('sso_unknown', 'the identity provider is not there any more')
    const { provider, peer, verifier } = found
    const cameBackTo = new URL(`${redirectUriOf(deps, provider)}?${back.rawQuery}`)
    const round = { state, nonce: attempt.nonce, verifier: verifier.reveal() }
    const claims = await deps.singleSignOn.speaker.ending(peer, cameBackTo, round)
    if (!claims.ok) return claims
    const said = readClaims(claims.value, provider.settings)
    if (said === null) return refused('sso_invalid', 'the subject is none')
    return takenIn(deps, attempt, { provider, said, address: back.address, requestId: back.requestId }, back)
  }

const refused = (error: SingleSignOnError, why: string): Sent & { ok: false } => ({ ok: false, error, why })

/** Exactly one, of our form; RFC 6749 §3.1: no parameter comes twice. */
function stateIn(rawQuery: string): string | null {
  const states = new URLSearchParams(rawQuery).getAll('state')
  const [state = ''] = states
  return states.length === 1 && /^[0-9A-Za-z]{43}$/.test(state) ? state : null
}

async function taken(deps: FinishDeps, state: string, cookie: string | null): Promise<Attempt | null> {
  const browser = browserIn(cookie)
  if (browser === null) return null
  const hashes = { stateHash: hashOf(state), browserHash: hashOf(browser) }
  if (!(await deps.system.read((db) => hasAttempt(db, hashes)))) return null
  const attempt = await deps.system.transaction((db) => takeAttempt(db, hashes))
  return attempt !== null && attempt.expiresAt > deps.now() ? attempt : null
}

const opened = (deps: FinishDeps, { organizationId, providerId, id, verifierBlob }: Attempt) =>
  deps.read(organizationId, async (db) => {
    const provider = await findProvider(db, organizationId, providerId)
    if (provider?.state !== 'active') return null
    const verifier = await deps.decryptText(db, organizationId, placeOfVerifier(id), verifierBlob)
    return { provider, peer: await peerOf(deps, db, provider), verifier }
  })

/** Who it is, what he may, and his session: in one unit, as the system, for his browser may be signed in elsewhere. */
async function takenIn(
  deps: FinishDeps,
  attempt: Attempt,
  arrival: Arrival,
  { browser }: ComingBack,
): Promise<Finished> {
  const start = startSession(deps)
  const enter = async (db: Db): Promise<Result<Refused | (Admitted & { readonly setCookie: string })>> => {
    const admitted = await admit(db, deps, arrival)
    if (!admitted.ok) return ok(admitted)
    const { member, provider } = admitted
    const { organizationId } = provider
    const { address, requestId } = arrival
    const secondFactor = provider.settings.secondFactor ? 'passed' : await factorAsked(db, organizationId, member)
    const way = { method: 'oidc', identityProviderId: provider.id } as const
    const started = await start(db, { organizationId, member, ...way, secondFactor, browser, address, requestId })
    return ok({ ...admitted, setCookie: started.setCookie })
  }
  const done = await untilCurrent(null, () => orOnceMore(() => deps.system.transaction(enter)))
  if (!done.ok) throw new Error(`Nobody refuses with ${done.problem.code} here`)
  if (!done.value.ok) return done.value
  const { rows, setCookie, missingTeams, provider } = done.value
  const last = rows.at(-1)
  if (last !== undefined) await deps.effectOf(provider.organizationId, last, settleMs)
  return { ok: true, location: attempt.returnTo, cookies: [setCookie, clearingLine()], missingTeams }
}

/** Somebody has been added by hand at the same instant: now he is there. */
async function orOnceMore<T>(enter: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await enter()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return enter()
  }
}
