import { z } from 'zod'
import { AuditEventView } from '../../audit/schema.ts'
import { Effect } from '../../fleet/schema.ts'
import { ChildView } from '../children/schema.ts'
import { ClientView } from '../rotation/schema.ts'
import { KeyView, plainText } from '../schema.ts'

export const CompromiseInput = z.strictObject({
  /** Shows what is known and what would be cut, and changes nothing. */
  dryRun: z.boolean().default(false),
  reason: plainText.optional(),
  waitMs: z.int().min(0).max(30_000).optional(),
})
export type CompromiseInput = z.infer<typeof CompromiseInput>

/** What a key was used for. Both are empty where there were too many to keep apart. */
export const CallView = z.strictObject({
  /** Id. */
  server: z.string(),
  /** Empty: a call of no tool. */
  tool: z.string(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  requests: z.int(),
})

/** Of thirty days, as it was before anything was cut; the newest of each first. */
export const Evidence = z.strictObject({
  since: z.string(),
  clients: z.array(ClientView),
  calls: z.array(CallView),
  /** Tokens that were made of the key. */
  children: z.array(ChildView),
  versions: KeyView.shape.secrets,
  /** What the audit log says of the key, for whoever may read it, as much as fits here; for others nothing. */
  events: z.array(AuditEventView),
})
export type Evidence = z.infer<typeof Evidence>

export const Compromised = z.strictObject({
  key: KeyView,
  /** A key with every setting of this one and a link for its owner; null: none was made. */
  replacement: z
    .strictObject({ key: KeyView, claim: z.strictObject({ url: z.string(), expiresAt: z.string() }) })
    .nullable(),
  /** Why there is none, or, of a dry run, would be none. */
  replacementRefused: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
  evidence: Evidence,
  /** Null: nothing was changed. */
  effect: Effect.nullable(),
  dryRun: z.boolean(),
})
export type Compromised = z.infer<typeof Compromised>
