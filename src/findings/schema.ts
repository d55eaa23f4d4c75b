import { z } from 'zod'
import { keyId } from '../keys/schema.ts'

/** What somebody should look at, found in what is stored: nothing of it is stored itself. Crosses to CLI and dashboard: zod only. */

export const findingKinds = [
  'key_seen_in_browser',
  'old_secret_in_use',
  'rotation_due',
  'many_clients',
  'unused_key',
  'unused_project',
  'all_servers',
  'no_cap',
  'never_expires',
] as const
export const FindingKind = z.enum(findingKinds)
export type FindingKind = z.infer<typeof FindingKind>

/** A call of REST that settles it, as it stands. */
export const Fix = z.strictObject({
  /** For a button. */
  label: z.string(),
  method: z.enum(['POST', 'PATCH']),
  /** Below /api/v1. */
  path: z.string(),
  body: z.record(z.string(), z.unknown()),
  /** Its answer has a new secret, or a link to one, that nobody sees again. */
  showsSecret: z.boolean(),
})
export type Fix = z.infer<typeof Fix>

export const Finding = z.strictObject({
  /** The kind and the key: the same as long as it is true. */
  id: z.string(),
  kind: FindingKind,
  key: keyId,
  title: z.string(),
  /** A sentence with what was seen. */
  why: z.string(),
  fix: Fix,
})
export type Finding = z.infer<typeof Finding>

/** All findings of one kind on this page at once, in as few calls as it takes. */
export const BulkFix = z.strictObject({
  kind: FindingKind,
  label: z.string(),
  calls: z.array(Fix.omit({ label: true })),
})
export type BulkFix = z.infer<typeof BulkFix>
