import type { MemberView } from '../schema.ts'
import type { Member } from '../store.ts'

export const memberView = (member: Member): MemberView => ({
  id: member.id,
  email: member.email,
  name: member.name,
  role: member.role,
  operator: member.isOperator,
  createdAt: new Date(member.createdAt).toISOString(),
  revision: member.revision,
})
