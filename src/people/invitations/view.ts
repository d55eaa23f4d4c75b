import type { InvitationState, InvitationView } from './schema.ts'
import type { Invitation } from './store.ts'

/** Derived: a stored "expired" needs a clock that always runs. */
export function stateOf(invitation: Invitation, now: number): InvitationState {
  if (invitation.acceptedAt !== null) return 'accepted'
  if (invitation.withdrawnAt !== null) return 'withdrawn'
  return invitation.expiresAt <= now ? 'expired' : 'open'
}

export const invitationView = (invitation: Invitation, now: number): InvitationView => ({
  id: invitation.id,
  member: invitation.memberId,
  email: invitation.email,
  role: invitation.role,
  state: stateOf(invitation, now),
  createdAt: iso(invitation.createdAt),
  createdBy: invitation.createdBy,
  expiresAt: iso(invitation.expiresAt),
  acceptedAt: isoOr(invitation.acceptedAt),
  withdrawnAt: isoOr(invitation.withdrawnAt),
  mailedAt: isoOr(invitation.mailedAt),
})

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOr = (ms: number | null): string | null => (ms === null ? null : iso(ms))
