import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { refuseTouching } from '../members/allowed.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { findFormerMember, findMember, findOrganization } from '../store.ts'
import { refuseInviting, refuseShown } from './invite.ts'
import { createdByOf, handOut, type LinkDeps, newLink } from './link.ts'
import type { InvitationView, Offered } from './schema.ts'
import { findInvitation, hasOwnWayIn, renewInvitation, withdrawInvitation } from './store.ts'
import { invitationView, stateOf } from './view.ts'
import { tell, told } from './write.ts'

type Asked = { readonly id: string; readonly requestId: string }
type Deps = ChangeDeps & LinkDeps

/** The link is dead from the commit on; the member and what he owns stay. Once withdrawn, asking again changes nothing. */
export const withdraw =
  (deps: Pick<ChangeDeps, 'transaction' | 'newId' | 'now'>) =>
  (actor: Actor, { id, requestId }: Asked): Promise<Result<InvitationView>> => {
    const { organizationId } = actor
    return deps.transaction(organizationId, async (db) => {
      await holdPeople(db, organizationId)
      const invitation = await findInvitation(db, organizationId, id)
      const member = invitation && (await findFormerMember(db, organizationId, invitation.memberId))
      if (!invitation || !member) return refuse('not_found')
      const refused = refuseTouching(actor, member)
      if (refused) return refused
      const now = deps.now()
      if (invitation.withdrawnAt !== null) return ok(invitationView(invitation, now))
      if (!(await withdrawInvitation(db, organizationId, id, now))) return isOver
      const before = told(id, invitation, invitation)
      await tell(db, deps, { actor, requestId }, member, { action: 'invitation.withdrawn', before })
      return ok(invitationView({ ...invitation, withdrawnAt: now }, now))
    })
  }

/** A new link in the place of the old one, with the rights of whoever asks now. */
export const resend =
  (deps: Deps) =>
  async (actor: Actor, { id, requestId }: Asked): Promise<Result<{ view: InvitationView; offered: Offered }>> => {
    const { organizationId } = actor
    const link = newLink(deps, createdByOf(actor))
    const renew = async (db: Db) => {
      await holdPeople(db, organizationId)
      const invitation = await findInvitation(db, organizationId, id)
      if (!invitation) return refuse('not_found')
      const state = stateOf(invitation, deps.now())
      const member = await findMember(db, organizationId, invitation.memberId)
      if (state === 'accepted' || state === 'withdrawn' || !member) return isOver
      if (await hasOwnWayIn(db, organizationId, member.id)) return isOver
      const refused = refuseInviting(actor, member) ?? refuseShown(deps, actor)
      if (refused) return refused
      if (!(await renewInvitation(db, organizationId, id, link))) return isOver
      const change = { before: told(id, invitation, invitation), after: told(id, invitation, link) }
      await tell(db, deps, { actor, requestId }, member, { action: 'invitation.resent', ...change })
      const organization = await findOrganization(db, organizationId)
      const { createdBy, expiresAt } = link
      const after = { ...invitation, createdBy, expiresAt, mailedAt: null }
      return ok({ after, organization: organization?.name ?? '' })
    }
    const done = await deps.transaction(organizationId, renew)
    if (!done.ok) return done
    const { after, organization } = done.value
    const invited = { id, link, inviter: actor.name, organization, email: after.email }
    return ok({ view: invitationView(after, deps.now()), offered: handOut(deps, organizationId, invited) })
  }

const isOver = refuse('invitation_over', {
  detail: 'It was accepted or withdrawn, or the person has come in another way or has left.',
})
