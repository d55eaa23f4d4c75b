import type { MemberStatus, MemberView } from '../schema.ts'
import type { Member } from '../store.ts'
import type { Standing } from './store.ts'

/** Somebody of whom nothing else is known is active and has never signed in. */
export const memberView = (member: Member & Partial<Standing>): MemberView => ({
  id: member.id,
  email: member.email,
  name: member.name,
  role: member.role,
  operator: member.isOperator,
  status: statusOf(member),
  createdAt: new Date(member.createdAt).toISOString(),
  lastSignInAt: isoOrNull(member.lastSignInAt),
  deactivatedAt: isoOrNull(member.deactivatedAt),
  revision: member.revision,
})

function statusOf({ state, isInvited }: Partial<Standing>): MemberStatus {
  if (state === 'deactivated') return 'deactivated'
  return isInvited ? 'invited' : 'active'
}

const isoOrNull = (at: number | null | undefined): string | null => (at == null ? null : new Date(at).toISOString())
