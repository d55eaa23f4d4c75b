import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Actor } from '../schema.ts'
import { raiseSession } from '../sessions/raise.ts'
import type { SignedIn } from '../sessions/schema.ts'
import { findSession } from '../sessions/store.ts'
import { sessionView, signedInOf } from '../sessions/view.ts'
import { findMember, findOrganization } from '../store.ts'
import { type AskedFrom, type ProveDeps, proveFactor } from './prove.ts'
import type { FactorInput } from './schema.ts'

export type PassDeps = ProveDeps & { readonly newCode: () => string }
type Passed = { readonly signedIn: SignedIn; readonly setCookie: string }

/** With the code the session opens everything; without it, it stays what it was. */
export const passFactor =
  (deps: PassDeps) =>
  async (actor: Actor, input: FactorInput, asked: AskedFrom & { readonly cookie: string | null }) => {
    const { session, organizationId, memberId } = actor
    if (!session) return refuse('not_permitted')
    if ((input.code === undefined) === (input.recoveryCode === undefined))
      return refuse('invalid', { detail: 'Send a code of the authenticator or a recovery code, one of both.' })
    const raise = async (db: Db): Promise<Result<Passed>> => {
      const raised = await raiseSession(deps)(db, { organizationId, sessionId: session.id, cookie: asked.cookie })
      const member = await findMember(db, organizationId, memberId)
      const organization = await findOrganization(db, organizationId)
      const row = await findSession(db, organizationId, session.id)
      if (!member || !organization || !row || row.endedAt !== null) return refuse('not_signed_in')
      const started = { session: sessionView(row, row.id), csrfToken: raised.csrfToken }
      const signedIn = signedInOf(started, { member, organization, secondFactor: 'passed' })
      return ok({ signedIn, setCookie: raised.setCookie })
    }
    return proveFactor(deps)(actor, input, asked, raise)
  }
