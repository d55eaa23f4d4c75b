import type { IncomingMessage } from 'node:http'
import type { Database } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import type { Actor } from '../schema.ts'
import { factorAsked } from '../second-factor/asked.ts'
import type { TokenUse } from '../tokens/store.ts'
import { browserHashOf, isCsrfToken, presentedCookie } from './cookie.ts'
import { type Held, heldBy } from './proof/store.ts'
import type { FactorState } from './schema.ts'
import { isLive, noteEveryMs } from './standing.ts'

type Stream = Pick<IncomingMessage, 'headers' | 'method'>
export type SessionCaller = { readonly address: string; readonly stream: Stream }
export type SessionProofDeps = {
  readonly system: Pick<Database['system'], 'read'>
  readonly now: () => number
  /** The session was used by somebody it still signs in; written behind, like that of tokens. */
  readonly noteUse: (use: TokenUse) => void
}

/** Null: the call carries no session. */
export type ProveSession = (caller: SessionCaller) => Promise<Result<Actor | null>>

/** Who is asking control, by a browser's cookie? Everything but the cookie is read live with each call. */
export const createSessionProof =
  ({ system, now, noteUse }: SessionProofDeps): ProveSession =>
  async ({ stream }) => {
    const cookie = presentedCookie(stream.headers.cookie)
    if (!cookie.ok || cookie.value === null) return cookie.ok ? ok(null) : cookie
    const refused = refuseForeignPage(stream, cookie.value)
    if (refused) return refused
    const hash = browserHashOf(cookie.value)
    const at = now()
    const found = await system.read(async (db): Promise<Result<{ held: Held; factor: FactorState }>> => {
      const live = (await heldBy(db, hash)).filter(({ session, policies }) => isLive(session, policies, at))
      const picked = pick(live, stream.headers['ostiary-organization'])
      if (!picked.ok) return picked
      const { session, member, organization } = picked.value
      const factor = session.secondFactorAt === null ? await factorAsked(db, organization.id, member) : 'passed'
      return ok({ held: picked.value, factor })
    })
    if (!found.ok) return found
    const { session, organization } = found.value.held
    if (at - session.lastUsedAt >= noteEveryMs) noteUse({ organizationId: organization.id, id: session.id, at })
    return ok(actorOf(found.value.held, found.value.factor))
  }

const foreignPage = refuse('cross_site', {
  detail: 'A session counts for pages of this control alone, and changes need the header ostiary-csrf.',
})

/**
 * Browsers add cookies by themselves, so it must be one of our pages that asks (Fetch Metadata), and for a change it
 * proves so with what only our pages can have read. Whoever sends no such header is no browser of today.
 */
function refuseForeignPage({ headers, method }: Stream, cookie: Secret): ReturnType<typeof refuse> | null {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return foreignPage
  const token = headers['ostiary-csrf']
  // A page that names it for a mere look wants what it shows to be for the one whom it shows it as: after another one has
  // signed in, in another tab, the cookie is that one's.
  if (token === undefined && (method === 'GET' || method === 'HEAD')) return null
  return typeof token === 'string' && isCsrfToken(cookie, token) ? null : foreignPage
}

/** The one that is named, else the one that was used last. */
function pick(live: readonly Held[], named: string | readonly string[] | undefined): Result<Held> {
  const held =
    named === undefined
      ? live.toSorted(byUse).at(0)
      : live.find(({ organization }) => organization.id === named || organization.slug === named)
  if (held) return ok(held)
  if (live.length === 0) return refuse('not_signed_in', { detail: 'The session is over: sign in again.' })
  return refuse('not_found', { detail: 'This browser is not signed in to an organization of that name.' })
}

const byUse = (one: Held, other: Held): number =>
  other.session.lastUsedAt - one.session.lastUsedAt || (one.session.id < other.session.id ? -1 : 1)

const actorOf = ({ session, member, organization }: Held, secondFactor: FactorState): Actor => ({
  kind: 'member',
  organizationId: organization.id,
  memberId: member.id,
  name: member.name,
  role: member.role,
  scopes: ['*'],
  operator: member.isOperator && secondFactor !== 'needed',
  expiresAt: null,
  credentialId: session.id,
  session: { id: session.id, secondFactor },
})
