import { z } from 'zod'
import { Narrow } from '../../access/narrow/schema.ts'

/** Wire types of child tokens. Crosses to CLI and dashboard: zod only. */

export const NewChild = z.strictObject({
  /** Default: an hour, or what the policy `maxChildSeconds` leaves of it; never beyond the end of the key. */
  ttlSeconds: z.int().min(1).max(86_400).optional(),
  /** Ids or slugs; it can only take away, and names nothing that the key does not admit. Default: whatever the key may. */
  narrow: Narrow.optional(),
})
export type NewChild = z.infer<typeof NewChild>

export const ChildStatus = z.enum(['active', 'expired', 'revoked'])
export type ChildStatus = z.infer<typeof ChildStatus>

/** A child as REST shows it: never the token. */
export const ChildView = z.strictObject({
  id: z.string(),
  key: z.string(),
  /** The child that it was made of; null: the key itself. */
  parent: z.string().nullable(),
  /** 1 for a child of the key itself, at most 4. */
  depth: z.int(),
  /** Revoked with the key, with what it was made of, or by itself; what else keeps the key from calling is not its own. */
  status: ChildStatus,
  /** Its own; those that it descends from cut as well. */
  narrow: Narrow,
  /** Of the secret that asked for it; null: it was made over REST. */
  secretVersion: z.int().nullable(),
  issuedAt: z.string(),
  /** Id of whoever made it: a member, or the key. */
  issuedBy: z.string(),
  expiresAt: z.string(),
  revokedAt: z.string().nullable(),
  revision: z.int(),
})
export type ChildView = z.infer<typeof ChildView>

/** As RFC 6749 §5.1 has it, and which child that is. */
export const IssuedToken = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  child: ChildView,
})
export type IssuedToken = z.infer<typeof IssuedToken>
