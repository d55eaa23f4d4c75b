import { z } from 'zod'
import { displayName } from '../../keys/schema.ts'
import { emailAddress, memberId, Role } from '../schema.ts'

export const InvitationState = z.enum(['open', 'accepted', 'withdrawn', 'expired'])
export type InvitationState = z.infer<typeof InvitationState>

/** Nothing of the link: it stands in the answer that makes it, or in the letter. */
export const InvitationView = z.strictObject({
  id: z.string(),
  member: memberId,
  email: z.string(),
  /** What was offered; what the person may do stands in the member. */
  role: Role,
  state: InvitationState,
  createdAt: z.string(),
  /** Whoever made the link that holds now, with whose rights it opens. */
  createdBy: z.string(),
  expiresAt: z.string(),
  acceptedAt: z.string().nullable(),
  withdrawnAt: z.string().nullable(),
  /** When the mail server took the letter; null: it did not, or there is none. */
  mailedAt: z.string().nullable(),
})
export type InvitationView = z.infer<typeof InvitationView>

/** `mailedTo`, where the link went by mail; else `url`, this once. */
export const Offered = z.strictObject({
  id: z.string(),
  expiresAt: z.string(),
  url: z.string().optional(),
  mailedTo: z.string().optional(),
})
export type Offered = z.infer<typeof Offered>

const TeamName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const NewInvitation = z.strictObject({
  email: emailAddress,
  name: displayName.optional(),
  role: Role.optional(),
  /** Ids or slugs. */
  teams: z.array(TeamName).max(200).optional(),
})
export type NewInvitation = z.infer<typeof NewInvitation>
