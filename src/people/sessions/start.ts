import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { Browser } from '../../http/route.ts'
import { noteSignIn } from '../passwords/store.ts'
import type { KeyPolicies } from '../policies/schema.ts'
import { findOrganization, type Member } from '../store.ts'
import { newCookie } from './new-cookie.ts'
import type { FactorState, SessionView, SignInMethod } from './schema.ts'
import { insertSession, type Session } from './store.ts'
import { sessionFacts, sessionView } from './view.ts'

export type StartDeps = {
  /** 256 random bits as 43 base62 digits. */
  readonly newCode: () => string
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
export type Start = {
  readonly organizationId: string
  readonly member: Member
  readonly method: SignInMethod
  readonly identityProviderId: string | null
  readonly secondFactor: FactorState
  readonly browser: Pick<Browser, 'cookie' | 'userAgent'>
  readonly address: string
  readonly requestId: string
  /** Where they are in hand already. */
  readonly policies?: Pick<KeyPolicies, 'sessionMaxHours'>
}
/** `setCookie`: the whole line of the header. */
export type Started = { readonly setCookie: string; readonly csrfToken: string; readonly session: SessionView }

/**
 * Signs a browser in. `db` is a unit of the system: where the browser is signed in elsewhere, it stays so, under the
 * new value of its cookie, for a value from before a sign-in opens nothing after it.
 */
export const startSession =
  (deps: StartDeps) =>
  async (db: Db, asked: Start): Promise<Started> => {
    const { organizationId, member, method, identityProviderId, secondFactor, browser, address } = asked
    const at = deps.now()
    const policies = asked.policies ?? (await findOrganization(db, organizationId))?.policies
    const hours = policies?.sessionMaxHours ?? 1
    const cookie = await newCookie(deps, db, { cookie: browser.cookie, replacing: organizationId, at })
    const session: Session = {
      organizationId,
      id: deps.newId('ses'),
      memberId: member.id,
      method,
      identityProviderId,
      secondFactorAt: secondFactor === 'passed' ? at : null,
      address,
      userAgent: browser.userAgent.slice(0, 256),
      createdAt: at,
      lastUsedAt: at,
      expiresAt: at + hours * 3_600_000,
      endedAt: null,
    }
    await insertSession(db, session, cookie.browserHash)
    await noteSignIn(db, organizationId, member.id, at)
    await insertEvent(db, organizationId, {
      id: deps.newId('evt'),
      at,
      requestId: asked.requestId,
      actor: { kind: 'member', id: member.id, name: member.name, address },
      action: 'session.created',
      subject: { kind: 'session', id: session.id, name: member.name },
      after: sessionFacts(session),
    })
    return {
      setCookie: cookie.line(session.expiresAt),
      csrfToken: cookie.csrfToken,
      session: sessionView(session, session.id),
    }
  }
