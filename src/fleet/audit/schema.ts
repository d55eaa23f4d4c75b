import { z } from 'zod'
import { AuditEventView, CheckpointView } from '../../audit/schema.ts'

/** Sealed audit events about keys, in the order of their chain, for the gateway's own log. */
export const AuditFrame = z.object({
  type: z.literal('audit'),
  organization: z.string(),
  /** Applies to a log that has come to `after` or further; what lies between that and `upTo` is all in here. */
  after: z.int(),
  upTo: z.int(),
  events: z.array(z.object(AuditEventView.shape)),
  checkpoints: z.array(z.object(CheckpointView.shape)).default([]),
})
export type AuditFrame = z.infer<typeof AuditFrame>

/** Audit events could not be kept and are needed again, by organization from here on. */
export const AuditFrom = z.object({ type: z.literal('audit-from'), after: z.record(z.string(), z.int()) })
