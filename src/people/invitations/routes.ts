import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { IdOrSlug, knownForm, Refs, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { displayName } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { may } from '../may.ts'
import { removeMember } from '../members/remove.ts'
import { password } from '../passwords/rules.ts'
import { route } from '../route.ts'
import { type Actor, emailAddress, MemberView, type Permission } from '../schema.ts'
import { SignedIn } from '../sessions/schema.ts'
import { acceptInvitation } from './accept.ts'
import { resend, withdraw } from './change.ts'
import { invite } from './invite.ts'
import { InvitationPage, list, ManyInvitations, show } from './list.ts'
import { InvitationView, NewInvitation, Offered } from './schema.ts'
import { hasOwnWayIn } from './store.ts'

const Link = Offered.omit({ id: true, expiresAt: true })
const Invitation = InvitationView.extend(Link.shape)
const OneInvitation = z.strictObject({ invitation: InvitationView, refs: Refs })
const Made = z.strictObject({ invitation: Invitation, member: MemberView })
const Renewed = z.strictObject({ invitation: Invitation })
/** `effect`, where the person was removed, too. */
const Withdrawn = z.strictObject({ invitation: InvitationView, effect: Effect.optional() })
const Withdrawing = Waiting.extend({ removeMember: z.enum(['true', 'false']).default('false') })
const Acceptance = z.strictObject({
  code: z.string().min(1).max(128),
  email: emailAddress,
  password,
  name: displayName.optional(),
})

export function invitationRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const change = resend(deps)
  return [
    route({
      method: 'POST',
      path: '/invitations',
      summary: 'Invites somebody: a member from now on, who comes in through a link',
      needs: { right: 'invitations:write' },
      body: NewInvitation,
      output: Made,
      status: 201,
      secretFields: ['invitation.url'],
      handle: (actor, { body, requestId }) => make(deps, actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/invitations',
      summary: 'Lists invitations, the newest first',
      needs: { right: 'invitations:read' },
      query: InvitationPage,
      output: ManyInvitations,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/invitations/:id',
      summary: 'Shows one invitation, without its link',
      needs: { right: 'invitations:read' },
      params: IdOrSlug,
      output: OneInvitation,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'DELETE',
      path: '/invitations/:id',
      summary: 'Withdraws an invitation: its link opens nothing; the member stays unless removeMember says otherwise',
      needs: { right: 'invitations:write' },
      params: IdOrSlug,
      query: Withdrawing,
      output: Withdrawn,
      handle: (actor, { params, query, requestId }) =>
        end(deps, actor, { id: knownForm(params.id), requestId, ...query }),
    }),
    route({
      method: 'POST',
      path: '/invitations/:id/resend',
      summary: 'Makes a new link for an invitation that is open or has lapsed; the old one opens nothing any more',
      needs: { right: 'invitations:write' },
      params: IdOrSlug,
      output: Renewed,
      secretFields: ['invitation.url'],
      handle: async (actor, { params, requestId }) => {
        const done = await change(actor, { id: knownForm(params.id), requestId })
        return done.ok ? ok({ invitation: { ...done.value.view, ...done.value.offered } }) : done
      },
    }),
    acceptRoute(deps),
  ]
}

function acceptRoute(deps: PeopleDeps): Route<Actor, Permission> {
  const accept = acceptInvitation(deps)
  return route({
    method: 'POST',
    path: '/invitations/accept',
    summary: 'Takes an invitation: sets the password of whoever was invited, and signs in',
    needs: {
      right: 'public',
      because: 'nobody can sign in before it; the code of 256 bits and the address are the proof',
    },
    signsIn: true,
    body: Acceptance,
    output: SignedIn,
    status: 201,
    secretFields: ['csrfToken'],
    handle: (_stranger, { body, requestId, address, browser }) => {
      if (!browser) throw new Error('The route signs in and was given no browser')
      return accept(body, { requestId, address, browser })
    },
  })
}

async function make(
  deps: PeopleDeps,
  actor: Actor,
  input: NewInvitation,
  requestId: string,
): Promise<Result<z.infer<typeof Made>>> {
  const done = await invite(deps)(actor, input, requestId)
  if (!done.ok) return done
  const { member, invitation: offered } = done.value
  const shown = await show(deps, actor, offered?.id ?? '')
  return shown.ok ? ok({ invitation: { ...shown.value.invitation, ...offered }, member }) : shown
}

type Ending = { readonly id: string; readonly requestId: string; readonly waitMs: number; removeMember: string }

/** The link first: when the member cannot be removed as well, nobody comes in by it all the same. */
async function end(deps: PeopleDeps, actor: Actor, asked: Ending): Promise<Result<z.infer<typeof Withdrawn>>> {
  const isRemoving = asked.removeMember === 'true'
  if (isRemoving && !may(actor, 'members:write'))
    return refuse('not_permitted', { detail: 'To remove a person needs the right members:write.' })
  const done = await withdraw(deps)(actor, asked)
  if (!done.ok || !isRemoving) return done.ok ? ok({ invitation: done.value }) : done
  const { organizationId } = actor
  const { member } = done.value
  const isIn = await deps.read(organizationId, (db) => hasOwnWayIn(db, organizationId, member))
  if (isIn) return refuse('invitation_over', { detail: 'The person has come in. Remove the member instead.' })
  const removed = await removeMember(deps)(actor, { ...asked, id: member, ifMatch: null })
  if (removed.ok) return ok({ invitation: done.value, effect: removed.value.effect })
  // Asked again: the first time has done it.
  return removed.problem.code === 'not_found' ? ok({ invitation: done.value }) : removed
}
