import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { covers, may, mayActFor } from '../may.ts'
import { type CreateDeps, type Created, createMember, isMemberAlready } from '../members/create.ts'
import { memberView } from '../members/view.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { findMember, findOrganization, type Member } from '../store.ts'
import { createdByOf, handOut, type LinkDeps, newLink } from './link.ts'
import type { NewInvitation } from './schema.ts'
import { findMemberByEmail, hasOwnWayIn, withdrawInvitationsOf } from './store.ts'
import { joinTeams, refuseTeams } from './teams.ts'
import { writeInvitation } from './write.ts'

/** Somebody new, or a member who has never come in and whose link is lost or withdrawn. */
export const invite = (deps: CreateDeps) => {
  const create = createMember(deps)
  return async (actor: Actor, input: NewInvitation, requestId: string): Promise<Result<Created>> => {
    const { organizationId } = actor
    const known = await deps.read(organizationId, (db) => findMemberByEmail(db, organizationId, input.email))
    if (known) return inviteAgain(deps, actor, { id: known.id, input, requestId })
    return refuseMore(actor, input) ?? create(actor, input, requestId)
  }
}

/** A credential that was cut to inviting gives no role: its bearer may invite himself, and act with all of it. */
const refuseMore = (actor: Actor, { role = 'member' }: NewInvitation) =>
  role === 'member' || may(actor, 'members:write')
    ? null
    : refuse('not_permitted', { detail: 'To invite somebody with a role needs the right members:write.' })

type Again = { readonly id: string; readonly input: NewInvitation; readonly requestId: string }

async function inviteAgain(deps: CreateDeps, actor: Actor, again: Again): Promise<Result<Created>> {
  const { organizationId } = actor
  const { id: memberId, input, requestId } = again
  const teams = input.teams ?? []
  const refused = refuseTeams(actor, teams)
  if (refused) return refused
  const link = newLink(deps, createdByOf(actor))
  const by = { actor, requestId }
  const write = async (db: Db) => {
    await holdPeople(db, organizationId)
    const member = await findMember(db, organizationId, memberId)
    if (!member || (await hasOwnWayIn(db, organizationId, memberId))) return isMemberAlready
    const wrong = refuseInviting(actor, member, input) ?? refuseShown(deps, actor)
    if (wrong) return wrong
    await withdrawInvitationsOf(db, organizationId, memberId, deps.now())
    const joined = await joinTeams(db, deps, by, memberId, teams)
    if (!joined.ok) return joined
    const id = await writeInvitation(db, deps, by, member, link)
    const organization = await findOrganization(db, organizationId)
    return ok({ id, member, organization: organization?.name ?? '' })
  }
  const done = await deps.transaction(organizationId, write)
  if (!done.ok) return done
  const { id, member, organization } = done.value
  const invited = { id, link, inviter: actor.name, organization, email: member.email }
  return ok({ member: memberView({ ...member, isInvited: true }), invitation: handOut(deps, organizationId, invited) })
}

/** As with the link for a new password (resets/offer.ts): it lets in with all that a token may lack. */
export const refuseShown = ({ sendLetter }: Pick<LinkDeps, 'sendLetter'>, actor: Actor) =>
  sendLetter !== null || covers(actor.scopes, '*') ? null : refuse('not_permitted', { detail: shown })

const shown = 'Without mail the link is shown, and lets in with every right of that person: this takes the scope *.'

/** Whoever holds the link becomes this person, so it takes whoever may act for him. */
export function refuseInviting(actor: Actor, member: Member, input: Pick<NewInvitation, 'name' | 'role'> = {}) {
  if (!mayActFor(actor.role, member.role) || (member.isOperator && !actor.operator))
    return refuse('not_permitted', { detail: `Your role invites nobody whose role is ${member.role}.` })
  const errors = (['role', 'name'] as const).flatMap((field) =>
    input[field] === undefined || input[field] === member[field]
      ? []
      : [{ pointer: `/${field}`, detail: `is ${member[field]}; change the member to change it` }],
  )
  return errors.length === 0 ? null : refuse('invalid', { detail: 'This person is a member with other facts.', errors })
}
