import type { Database } from '../../db/database.ts'
import type { Browser } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import type { Actor } from '../schema.ts'
import { browserHashOf, clearingLine, csrfTokenOf, presentedCookie } from './cookie.ts'
import { type EndDeps, endOne } from './end.ts'
import { type Held, heldBy } from './proof/store.ts'
import type { CurrentSession, SessionView } from './schema.ts'
import { isLive } from './standing.ts'
import { sessionView, signedInOf } from './view.ts'

type ReadDeps = { readonly system: Pick<Database['system'], 'read'>; readonly now: () => number }

/** Who is signed in here, and what a page needs to go on after it was loaded anew. */
export const showCurrent =
  (deps: ReadDeps) =>
  async (actor: Actor, browser: Browser): Promise<Result<CurrentSession>> => {
    const cookie = presentedCookie(browser.cookie)
    if (!cookie.ok || cookie.value === null || !actor.session) return gone
    const { id, secondFactor } = actor.session
    const { own, others } = parted(await heldNow(deps, browserHashOf(cookie.value)), id)
    if (!own) return gone
    const session = sessionView(own.session, id)
    const signedIn = signedInOf({ session, csrfToken: csrfTokenOf(cookie.value) }, { ...own, secondFactor })
    return ok({ ...signedIn, others: others.map(({ organization }) => organization) })
  }

const gone = refuse('not_signed_in', { detail: 'The session is over: sign in again.' })

const heldNow = async ({ system, now }: ReadDeps, browserHash: string): Promise<Held[]> => {
  const held = await system.read((db) => heldBy(db, browserHash))
  return held.filter(({ session, policies }) => isLive(session, policies, now()))
}

const parted = (held: readonly Held[], id: string) => ({
  own: held.find(({ session }) => session.id === id),
  others: held.filter(({ session }) => session.id !== id),
})

type OutDeps = ReadDeps &
  EndDeps &
  Pick<PeopleDeps, 'endSessionUrlOf'> & { readonly system: Pick<Database['system'], 'transaction'> }
type Out = { readonly isEverywhere: boolean; readonly requestId: string }
type SignedOut = { session: SessionView; endSessionUrl: string | null }

/** Out of this organization, or of every one that this browser is signed in to. */
export const signOut =
  (deps: OutDeps) =>
  async (actor: Actor, browser: Browser, { isEverywhere, requestId }: Out): Promise<Result<SignedOut>> => {
    const cookie = presentedCookie(browser.cookie)
    if (!cookie.ok || cookie.value === null || !actor.session) return gone
    const { own, others } = parted(await heldNow(deps, browserHashOf(cookie.value)), actor.session.id)
    if (!own) return gone
    const leaving = isEverywhere ? [own, ...others] : [own]
    const at = deps.now()
    await deps.system.transaction(async (db) => {
      for (const { session, member } of leaving) {
        const doer = { kind: 'member', id: member.id, name: member.name, address: actor.address ?? null }
        await endOne(deps, db, session, { at, why: 'signed-out', doer, name: member.name, requestId })
      }
    })
    if (isEverywhere || others.length === 0) browser.setCookie(clearingLine())
    const { organizationId, identityProviderId } = own.session
    const endSessionUrl =
      identityProviderId === null ? null : ((await deps.endSessionUrlOf?.(organizationId, identityProviderId)) ?? null)
    return ok({ session: sessionView({ ...own.session, endedAt: at }, own.session.id), endSessionUrl })
  }
