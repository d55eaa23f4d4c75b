import { z } from 'zod'

export const auditActions = [
  'installation.created',
  'setup.completed',
  'organization.created',
  'organization.updated',
  'policies.updated',
  'member.created',
  'member.updated',
  'member.removed',
  'member.deactivated',
  'member.activated',
  'member.recovered',
  'session.created',
  'session.ended',
  'password.set',
  'password.reset-created',
  'second-factor.enabled',
  'second-factor.disabled',
  'second-factor.codes-created',
  'second-factor.code-used',
  'invitation.created',
  'invitation.resent',
  'invitation.accepted',
  'invitation.withdrawn',
  'identity-provider.created',
  'identity-provider.updated',
  'identity-provider.deleted',
  'identity.linked',
  'access-request.created',
  'access-request.approved',
  'access-request.refused',
  'access-request.withdrawn',
  'access-request.ended',
  'team.created',
  'team.updated',
  'team.deleted',
  'project.created',
  'project.updated',
  'project.deleted',
  'catalog.created',
  'catalog.updated',
  'catalog.deleted',
  'management-token.created',
  'management-token.revoked',
  'key.created',
  'key.updated',
  'key.rotated',
  'key.rotation-delivered',
  'key.rotation-used',
  'key.rotation-finished',
  'key.rotation-undone',
  'key.rotation-failed',
  'key.rotation-due',
  'key.expiring',
  'key.suspended',
  'key.resumed',
  'key.revoked',
  'key.deleted',
  'key.transferred',
  'key.exposed',
  'key.compromised',
  'key.claim-created',
  'key.claim-withdrawn',
  'key.claimed',
  'key.claim-reused',
  'key.honey-used',
  'key.seen-in-browser',
  'key.over-quota',
  'key.network-pinned',
  'key.network-changed',
  'keys.exported',
  'child.created',
  'child.revoked',
  'limit.created',
  'limit.updated',
  'limit.deleted',
  'budget.created',
  'budget.updated',
  'budget.topped-up',
  'budget.reset',
  'budget.deleted',
  'budget.threshold_crossed',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'audit.read',
  'audit.exported',
  'server.created',
  'server.updated',
  'server.deleted',
  'provider.created',
  'provider.updated',
  'provider.deleted',
  'app.created',
  'app.updated',
  'app.deleted',
  'app.transferred',
  'gateway.created',
  'gateway.revoked',
  'gateway.exposed',
] as const
export type AuditAction = (typeof auditActions)[number]

/** One event as REST shows it. Only sealed events are listed: `seq` and `hash` are given after the commit. */
export const AuditEventView = z.strictObject({
  id: z.string(),
  seq: z.int(),
  at: z.string(),
  actor: z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }),
  /** One of `auditActions`, or what a newer program has written. */
  action: z.string(),
  subject: z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  requestId: z.string(),
  /** Of whoever asked, where somebody did; events of before have none. */
  address: z.string().optional(),
  hash: z.string(),
})
export type AuditEventView = z.infer<typeof AuditEventView>

/** A signed statement of where the chain stood (audit/checkpoint.ts); whole in itself, so that it proves something anywhere. */
export const CheckpointView = z.strictObject({
  organization: z.string(),
  seq: z.int().min(1),
  hash: z.string(),
  at: z.string(),
  /** Ed25519 public key, base64url of 32 bytes. */
  signingKey: z.string(),
  signature: z.string(),
})
export type CheckpointView = z.infer<typeof CheckpointView>

const Link = z.strictObject({ seq: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) })

/** First line of an export as NDJSON. Between it and the last stand events and, each behind its event, checkpoints. */
export const ExportHead = z.strictObject({
  organization: z.string(),
  at: z.string(),
  /** Empty: every event is there, so that it can be verified. */
  filter: z.record(z.string(), z.string()),
  /** Where the chain stood before the first event. */
  after: Link,
  signingKeys: z.array(z.string()),
})
export type ExportHead = z.infer<typeof ExportHead>

/** Last line: an export without it has been cut off. */
export const ExportEnd = Link
export type ExportEnd = z.infer<typeof ExportEnd>

/** An event out of a gateway's own log. */
export type LocalEvent = { readonly gateway: string; readonly organization: string; readonly event: AuditEventView }
/** `from` and `to`: times of the first and the last event that are there at all. */
export type LocalLog = {
  readonly items: readonly LocalEvent[]
  readonly from: string | null
  readonly to: string | null
  /** Lines that cannot be read. */
  readonly damaged: number
}
