import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug } from '../servers/schema.ts'

/** Wire and domain types of projects: servers, providers, credentials and apps of one environment tier. */

export const projectId = z.string().regex(/^prj_[0-9A-Za-z]{16}$/)

export const Tier = z.enum(['development', 'staging', 'production'])
export type Tier = z.infer<typeof Tier>

export const NewProject = z.strictObject({
  slug,
  name: displayName.optional(),
  /** Default: development. */
  tier: Tier.optional(),
})
export type NewProject = z.infer<typeof NewProject>

export const ProjectPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  /** Null: development; asks for the same confirmation. */
  tier: Tier.nullable().optional(),
  /** True makes it the project of whatever names none; there is always exactly one. */
  default: z.literal(true).optional(),
  /** Says yes to what the refusal `confirmation_needed` has listed. */
  confirm: z.boolean().optional(),
  /** Null: the configuration that manages it lets go of it. */
  managedBy: z.null().optional(),
})
export type ProjectPatch = z.infer<typeof ProjectPatch>

export const ProjectView = z.strictObject({
  id: projectId,
  slug: z.string(),
  name: z.string(),
  tier: Tier,
  default: z.boolean(),
  /** The configuration that manages it (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type ProjectView = z.infer<typeof ProjectView>

/** What hangs on a project: shown before its tier changes, and why it cannot be deleted. */
export const ProjectUses = z.strictObject({
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  apps: z.array(z.string()),
  keys: z.array(z.string()),
  /** Each list names at most 100; this says how many there are. */
  total: z.int(),
})
export type ProjectUses = z.infer<typeof ProjectUses>

export const ProjectRecord = z.object({
  kind: z.literal('project'),
  organization: z.string(),
  id: projectId,
  revision: z.int(),
  slug: z.string(),
  tier: Tier,
})
export type ProjectRecord = z.infer<typeof ProjectRecord>
