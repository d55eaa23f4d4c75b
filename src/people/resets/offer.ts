import { audited } from '../../audit/audited.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import { covers } from '../may.ts'
import { refuseTouching } from '../members/allowed.ts'
import type { Actor } from '../schema.ts'
import type { CodeDeps } from '../setup.ts'
import { findMember, findOrganization } from '../store.ts'
import { tell } from '../tell.ts'
import { makeReset, resetUrl } from './make.ts'
import type { PasswordResetView } from './schema.ts'

type Deps = CodeDeps & Pick<ChangeDeps, 'transaction'> & Pick<SignInDeps, 'sendLetter' | 'later' | 'controlUrl'>

/** A link for somebody who has lost his password. It goes to his mailbox, and is shown only where there is none. */
export const offerReset =
  (deps: Deps) =>
  async (actor: Actor, id: string, requestId: string): Promise<Result<{ passwordReset: PasswordResetView }>> => {
    const { organizationId } = actor
    const done = await deps.transaction(organizationId, async (db) => {
      const member = await findMember(db, organizationId, id)
      const organization = await findOrganization(db, organizationId)
      if (!member || !organization) return refuse('not_found')
      if (member.id === actor.memberId) return refuse('not_permitted', { detail: own })
      const refused = refuseTouching(actor, member)
      if (refused) return refused
      if (organization.policies.passwordSignIn === 'off') return refuse('password_sign_in_off')
      const isMailed = deps.sendLetter !== null && member.email !== ''
      // Whoever holds the link comes in as that person, with all that a token may lack.
      if (!isMailed && !covers(actor.scopes, '*')) return refuse('not_permitted', { detail: shown })
      const link = { member, kind: 'admin' as const, by: audited(actor), requestId }
      const { code, expiresAt } = await makeReset(db, deps, organizationId, link)
      return ok({ member, organization, isMailed, url: resetUrl(deps.controlUrl(), code), expiresAt })
    })
    if (!done.ok) return done
    const { member, organization, isMailed, url, expiresAt } = done.value
    const lines = [
      `${actor.name} has made a link for you with which you choose a new password at ${organization.name}:`,
      url,
      'It works once, within 30 minutes.',
    ]
    if (isMailed) tell(deps, member.email, { subject: `Your new password (${organization.name})`, lines })
    const view = { member: member.id, expiresAt: new Date(expiresAt).toISOString() }
    return ok({ passwordReset: { ...view, url: isMailed ? null : url } })
  }

const own = 'Nobody makes a link for himself: change your password with the one that you have, or ask somebody else.'
const shown = 'Without mail the link is shown, and lets in with every right of that person: this takes the scope *.'
