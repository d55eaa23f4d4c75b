import { z } from 'zod'
import { AddressRule, Choice, ToolChoices } from '../../keys/schema.ts'

/**
 * What a child may do of what its parent may: each field that is there cuts, an absent one cuts nothing, and none adds.
 * Holds ids, as `Scope` does. Names of fields are those of the scope of a key.
 */
export const Narrow = z.strictObject({
  /** Without `enabled`: as it is for the parent. `tools` of a server without an entry: `toolsDefault`, or all. */
  mcp: z
    .strictObject({
      enabled: z.boolean().optional(),
      servers: Choice.optional(),
      tools: ToolChoices.optional(),
      toolsDefault: Choice.optional(),
    })
    .optional(),
  llm: z
    .strictObject({ enabled: z.boolean().optional(), providers: Choice.optional(), models: Choice.optional() })
    .optional(),
  addresses: AddressRule.optional(),
})
export type Narrow = z.infer<typeof Narrow>

/** A child that was revoked before its time, as gateways know it until that time: it is over, and so are its own children. */
export const ChildRecord = z.object({
  kind: z.literal('child'),
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
  key: z.string(),
  expiresAt: z.int(),
})
export type ChildRecord = z.infer<typeof ChildRecord>
