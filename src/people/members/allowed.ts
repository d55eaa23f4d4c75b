import type { Db } from '../../db/database.ts'
import { refuse } from '../../problems.ts'
import { mayActFor } from '../may.ts'
import { holdOperators } from '../organizations/store.ts'
import type { Actor, MemberPatch, Role } from '../schema.ts'
import type { Member } from '../store.ts'
import { hasOtherOperator, hasOtherOwner } from './store.ts'

type Refusal = ReturnType<typeof refuse>

/** Himself, or somebody who may do less; and only an operator touches what an operator is. */
export function refuseTouching(actor: Actor, member: Member): Refusal | null {
  if (member.isOperator && !actor.operator)
    return refuse('not_permitted', { detail: 'Only an operator changes or removes an operator.' })
  if (member.id === actor.memberId || mayActFor(actor.role, member.role)) return null
  return refuse('not_permitted', { detail: `Your role changes or removes nobody whose role is ${member.role}.` })
}

/** Nobody hands out what he could not take away again, not even to himself. */
export const refuseRole = (actor: Actor, role: Role): Refusal | null =>
  mayActFor(actor.role, role) ? null : refuse('not_permitted', { detail: `Your role does not give the role ${role}.` })

export function refusePatch(actor: Actor, before: Member, patch: MemberPatch): Refusal | null {
  const role = patch.role === undefined ? before.role : (patch.role ?? 'member')
  if (patch.operator !== undefined && !actor.operator)
    return refuse('not_permitted', { detail: 'Only an operator says who is one.' })
  return refuseTouching(actor, before) ?? (role === before.role ? null : refuseRole(actor, role))
}

/**
 * An organization always has an owner and an installation an operator. After `holdPeople`, so that two who remove each
 * other at the same time are asked one after the other; null as `after`: he goes.
 */
export async function refuseLast(
  db: Db,
  organizationId: string,
  before: Member,
  after: Member | null,
): Promise<Refusal | null> {
  const isOwnerLost = before.role === 'owner' && after?.role !== 'owner'
  if (isOwnerLost && !(await hasOtherOwner(db, organizationId, before.id)))
    return refuse('last_owner', {
      detail: 'This is the last owner of the organization. Make somebody else owner first.',
    })
  if (!before.isOperator || after?.isOperator) return null
  await holdOperators(db)
  return (await hasOtherOperator(db, before.id))
    ? null
    : refuse('last_owner', { detail: 'This is the last operator of the installation. Make another member one first.' })
}
