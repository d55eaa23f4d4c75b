import { refuse } from '../../problems.ts'
import { covers, mayActFor, reachOf } from '../may.ts'
import { type Actor, type NewManagementToken, type Permission, type Role, resources } from '../schema.ts'
import type { Member } from '../store.ts'

type Refusal = ReturnType<typeof refuse>

/** A token hands on no more than itself may do; else a narrow one could mint a wide one. */
export function refuseScopes(actor: Actor, { scopes }: NewManagementToken): Refusal | null {
  const wider = scopes.filter((scope) => !covers(actor.scopes, scope))
  return wider.length === 0 ? null : refuse('not_permitted', { detail: `Your own token has no ${wider.join(', ')}.` })
}

/** Nor for longer: a token that was to end would live on in the ones that it has made. */
export function refuseExpiry(actor: Actor, expiresAt: number | null, now: number): Refusal | null {
  if (expiresAt === null) return null
  const isBeyond = actor.expiresAt != null && expiresAt > actor.expiresAt
  if (expiresAt > now && !isBeyond) return null
  const detail = isBeyond ? 'must not lie after the end of your own token' : 'must lie in the future'
  return refuse('invalid', { detail: `expiresAt ${detail}.`, errors: [{ pointer: '/expiresAt', detail }] })
}

type Target = { readonly member: Member; readonly isForeign: boolean }

/** Whose token it would be: his own, that of somebody who may do less, or of whom the operator chose elsewhere. */
export function refuseTarget(
  actor: Actor,
  { member, isForeign }: Target,
  { scopes }: NewManagementToken,
): Refusal | null {
  const isSelf = member.id === actor.memberId
  // His token would carry what stands above organizations, whatever his role in this one.
  const isAbove = member.isOperator && !actor.operator
  if (!isSelf && (isAbove || (!isForeign && !mayActFor(actor.role, member.role))))
    return refuse('not_permitted', { detail: 'Your role does not make tokens for this member.' })
  // Whatever its member may do once it is used: an admin would rise with a member who is made owner later.
  if (!isSelf && !isForeign && actor.role !== 'owner' && scopes.includes('*'))
    return refuse('not_permitted', { detail: 'Name the scopes: to a token of somebody else your role gives no "*".' })
  const beyondMine = isForeign ? [] : beyond(actor.role, scopes)
  if (beyondMine.length > 0)
    return refuse('not_permitted', { detail: `Your role, ${actor.role}, has no ${beyondMine.join(', ')}.` })
  const beyondHis = beyond(member.role, scopes)
  if (beyondHis.length === 0) return null
  const detail = `A token never does more than its member: the role of ${member.name}, ${member.role}, has no ${beyondHis.join(', ')}.`
  return refuse('not_permitted', { detail })
}

const permissions = new Map(
  resources.flatMap((resource) =>
    ([`${resource}:read`, `${resource}:write`] as const).map((right): [string, Permission] => [right, right]),
  ),
)

/** `*` is never beyond: it means whatever the role has when the token is used. */
const beyond = (role: Role, scopes: readonly string[]): string[] =>
  scopes.filter((scope) => {
    const permission = permissions.get(scope)
    return permission !== undefined && reachOf(role, permission) === 'none'
  })
