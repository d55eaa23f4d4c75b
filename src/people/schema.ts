import { z } from 'zod'
import { displayName } from '../keys/schema.ts'

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
  /** When the credential that was presented ends (ms); what it makes in its own image ends no later. */
  readonly expiresAt?: number | null
  /** Stable id of the credential used (`mgt_…`, `bootstrap`): scope of Idempotency-Keys and name in the audit log. */
  readonly credentialId: string
}

const ScopeName = TokenScope.refine(
  (scope) => scope === '*' || resources.some((resource) => scope.startsWith(`${resource}:`)),
  'must be "*" or "<resource>:read" or "<resource>:write"',
)

/** An id or a slug. */
const Name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const NewManagementToken = z.strictObject({
  name: displayName,
  scopes: z.array(ScopeName).min(1).max(64),
  expiresAt: z.iso.datetime().nullable().optional(),
  /** Default: whoever asks. */
  member: Name.optional(),
  /** Operator only. */
  organization: Name.optional(),
})
export type NewManagementToken = z.infer<typeof NewManagementToken>

/** A management token as REST shows it: no character of the secret. */
export const ManagementTokenView = z.strictObject({
  id: z.string(),
  name: z.string(),
  preview: z.string(),
  organization: z.string(),
  member: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})
export type ManagementTokenView = z.infer<typeof ManagementTokenView>

export const SetupInput = z.strictObject({ code: z.string().min(1).max(128) })

export const MeView = z.strictObject({
  kind: z.enum(['member', 'bootstrap', 'system']),
  member: z.strictObject({ id: z.string(), name: z.string(), role: Role }),
  organization: z.strictObject({ id: z.string(), slug: z.string(), name: z.string() }),
  operator: z.boolean(),
  credential: z.string(),
  scopes: z.array(z.string()),
})
export type MeView = z.infer<typeof MeView>
