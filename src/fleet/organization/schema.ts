import { z } from 'zod'
import { LiveRules } from '../../people/policies/schema.ts'
import { MixedEnvironments } from '../../people/schema.ts'

/** Secrets of an organization, as control seals them to one gateway (credentials/sealing.ts). Base64 of 32 bytes each. */
export const OrganizationSecrets = z.object({
  peppers: z.record(z.string(), z.string()),
  proofKey: z.string(),
  sessionKeys: z.array(z.object({ epoch: z.int(), key: z.string() })),
})
export type OrganizationSecrets = z.infer<typeof OrganizationSecrets>

export const OrganizationRecord = z.object({
  kind: z.literal('organization'),
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
  slug: z.string(),
  name: z.string(),
  isDefault: z.boolean(),
  maxStalenessSeconds: z.int(),
  mixedEnvironments: MixedEnvironments,
  /** Networks beyond the public ones that servers may be in, CIDR. Frames of an older control have none. */
  privateNetworks: z.array(z.string()).default([]),
  /** By tier: from where keys may be used at all, and how old what a gateway knows may be. */
  rules: LiveRules,
  sealedSecrets: z.string(),
})
export type OrganizationRecord = z.infer<typeof OrganizationRecord>
