import type { MemberView } from '../../../src/people/schema.ts'
import { useMay, useSession } from '../../session/session.tsx'
import { rolesGivenBy } from '../roles.ts'

/** Whether changing this person is offered: oneself, or somebody who may do less; an operator only by operators. */
export function useMayActOn(): (member: MemberView) => boolean {
  const may = useMay()
  const { me, session } = useSession()
  return (member) => {
    if (may('members:write') !== 'all' || (member.operator && !me?.operator)) return false
    return member.id === session.member.id || rolesGivenBy(me?.member.role).includes(member.role)
  }
}
