import type { Needs } from '../http/route.ts'
import { rolesWith } from '../people/may.ts'
import type { Permission } from '../people/schema.ts'
import type { Problem } from '../problems.ts'

/** A refusal of somebody who was proved, with whom to ask: the roles that may do it for him. */
export function withGrants({ right }: Needs<Permission>, problem: Problem): Problem {
  if (problem.code !== 'not_permitted') return problem
  return { ...problem, data: { grantedBy: grantersOf(right), ...problem.data } }
}

function grantersOf(right: Needs<Permission>['right']): string {
  if (right === 'operator') return 'the operator of this installation'
  const isOfNobody = right === 'anyone' || right === 'public' || right === 'session' || right === 'first-factor'
  const roles = isOfNobody ? [] : rolesWith(right).filter((role) => role !== 'auditor')
  return `an ${roles.length === 0 ? 'owner' : roles.join(' or ')} of the organization`
}
