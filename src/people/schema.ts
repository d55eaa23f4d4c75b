import { z } from 'zod'

export const Role = z.enum(['owner', 'admin', 'member', 'auditor'])
export type Role = z.infer<typeof Role>

/** Resources of the REST surface that a right can name. */
export const resources = ['keys', 'servers', 'audit-events', 'gateways', 'management-tokens', 'organizations'] as const
export type Resource = (typeof resources)[number]
export type Permission = `${Resource}:${'read' | 'write'}`

/** What a management token may do: `<resource>:read`, `<resource>:write` or `*`, cut by its member's role. */
export const TokenScope = z.string().regex(/^(\*|[a-z-]+:(read|write))$/)

/**
 * Who is asking, proved once (people/actor.ts) and passed as an argument from there on; never read from context.
 * `kind: 'bootstrap'` is the operator's token from the configuration: first owner of the default organization.
 */
export type Actor = {
  readonly kind: 'member' | 'bootstrap' | 'system'
  readonly organizationId: string
  readonly memberId: string
  readonly name: string
  readonly role: Role
  readonly scopes: readonly string[]
  readonly operator: boolean
  /** Stable id of the credential used (`mgt_…`, `bootstrap`): scope of Idempotency-Keys and name in the audit log. */
  readonly credentialId: string
}
