import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { mayActFor } from '../may.ts'
import { type CreateDeps, type Created, createMember, isMemberAlready } from '../members/create.ts'
import { memberView } from '../members/view.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { findMember, findOrganization, type Member } from '../store.ts'
import { createdByOf, handOut, newLink } from './link.ts'
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
    return known ? inviteAgain(deps, actor, { id: known.id, input, requestId }) : create(actor, input, requestId)
  }
}

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
    const wrong = refuseInviting(actor, member, input)
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
