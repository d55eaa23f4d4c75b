import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug } from '../servers/schema.ts'
import { Grants } from './grants/schema.ts'

export const Role = z.enum(['owner', 'admin', 'member', 'auditor'])
export type Role = z.infer<typeof Role>

/** Resources of the REST surface that a right can name. */
export const resources = [
  'keys',
  'apps',
  'servers',
  'providers',
  'catalogs',
  'projects',
  'teams',
  'members',
  'organizations',
  'policies',
  'access',
  'audit-events',
  'gateways',
  'management-tokens',
  'webhooks',
  'limits',
  'budgets',
  'requests',
  'usage',
  'findings',
  'notifications',
  'sessions',
  'invitations',
  'identity-providers',
  'access-requests',
] as const
export type Resource = (typeof resources)[number]
export type Permission = `${Resource}:${'read' | 'write'}`
/** On what a role may use a right (people/rights.data.ts). */
export type Reach = 'all' | 'own' | 'none'

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
  /** Where the call came from; null: nobody called. */
  readonly address?: string | null
  /** Signed in by a browser; missing: a token was presented. */
  readonly session?: SessionOfActor
  /** Name of the configuration on whose behalf the call changes what it manages (`ostiary apply`). */
  readonly configuration?: string
}

export type SessionOfActor = {
  readonly id: string
  /** `needed`: the role asks for one, and the session has not shown it yet, so it opens next to nothing. */
  readonly secondFactor: 'passed' | 'needed' | 'not-asked'
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
  /** Default: whoever asks; in another organization its first owner. */
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
  /** At most a minute behind; null: never. */
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})
export type ManagementTokenView = z.infer<typeof ManagementTokenView>

export const MeView = z.strictObject({
  kind: z.enum(['member', 'bootstrap', 'system']),
  member: z.strictObject({ id: z.string(), name: z.string(), role: Role }),
  organization: z.strictObject({ id: z.string(), slug: z.string(), name: z.string() }),
  operator: z.boolean(),
  credential: z.string(),
  scopes: z.array(z.string()),
  /** By right, on what: the role cut by the scopes of the credential. One that is not named is not had. */
  rights: z.record(z.string(), z.enum(['all', 'own'])),
})
export type MeView = z.infer<typeof MeView>

export const memberId = z.string().regex(/^mem_[0-9A-Za-z]{16}$/)
export const teamId = z.string().regex(/^team_[0-9A-Za-z]{16}$/)

/** Compared as written in small letters: two spellings of one address must not become two people. */
export const emailAddress = z.string().trim().normalize('NFC').toLowerCase().max(254).pipe(z.email())

/** Who made it hears of the one thing that this person needs: the link with which the first sign-in is done. */
export const NewOrganization = z.strictObject({
  slug,
  name: displayName,
  owner: z.strictObject({ email: emailAddress, name: displayName }),
})
export type NewOrganization = z.infer<typeof NewOrganization>

export const OrganizationPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.optional(),
  /** `null`: 60. */
  maxStalenessSeconds: z.int().min(5).max(86_400).nullable().optional(),
})
export type OrganizationPatch = z.infer<typeof OrganizationPatch>

export const OrganizationView = z.strictObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  default: z.boolean(),
  maxStalenessSeconds: z.int(),
  createdAt: z.string(),
  revision: z.int(),
})
export type OrganizationView = z.infer<typeof OrganizationView>

/** Whether a key may hold projects of different tiers: never, or with a reason that stands in the key. */
export const MixedEnvironments = z.enum(['refused', 'with-reason'])
export type MixedEnvironments = z.infer<typeof MixedEnvironments>

export const NewMember = z.strictObject({ email: emailAddress, name: displayName.optional(), role: Role.optional() })
export type NewMember = z.infer<typeof NewMember>

export const MemberPatch = z.strictObject({
  /** Null: his address, as for one who is added without a name. */
  name: displayName.nullable().optional(),
  role: Role.nullable().optional(),
  /** Operator only: stands above organizations. */
  operator: z.boolean().nullable().optional(),
})
export type MemberPatch = z.infer<typeof MemberPatch>

export const MemberStatus = z.enum(['invited', 'active', 'deactivated'])
export type MemberStatus = z.infer<typeof MemberStatus>
export const MemberView = z.strictObject({
  id: memberId,
  email: z.string(),
  name: z.string(),
  role: Role,
  operator: z.boolean(),
  /** `invited`: has never come in, and nothing but a link lets this person in. */
  status: MemberStatus,
  createdAt: z.string(),
  lastSignInAt: z.string().nullable(),
  deactivatedAt: z.string().nullable(),
  revision: z.int(),
})
export type MemberView = z.infer<typeof MemberView>

export const NewTeam = z.strictObject({
  slug,
  name: displayName.optional(),
  members: z.array(Name).max(10_000).optional(),
})
export type NewTeam = z.infer<typeof NewTeam>
export const TeamPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  members: z.array(Name).max(10_000).nullable().optional(),
  /** Null: the configuration that manages it lets go of it. */
  managedBy: z.null().optional(),
})
export type TeamPatch = z.infer<typeof TeamPatch>

export const TeamView = z.strictObject({
  id: teamId,
  slug,
  name: z.string(),
  members: z.array(memberId),
  /** The configuration that manages it (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type TeamView = z.infer<typeof TeamView>

/** A member as gateways know him: present while he belongs to the organization. */
export const MemberRecord = z.object({
  kind: z.literal('member'),
  organization: z.string(),
  id: memberId,
  revision: z.int(),
  name: z.string(),
  grants: Grants,
})
export type MemberRecord = z.infer<typeof MemberRecord>

export const TeamRecord = z.object({
  kind: z.literal('team'),
  organization: z.string(),
  id: teamId,
  revision: z.int(),
  name: z.string(),
  members: z.array(z.string()),
})
export type TeamRecord = z.infer<typeof TeamRecord>
