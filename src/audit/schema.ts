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
  'key.revoked',
  'key.deleted',
  'server.created',
  'server.updated',
  'server.deleted',
  'provider.created',
  'provider.updated',
  'provider.deleted',
  'app.created',
  'app.updated',
  'app.deleted',
  'gateway.created',
  'gateway.revoked',
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
  hash: z.string(),
})
export type AuditEventView = z.infer<typeof AuditEventView>
