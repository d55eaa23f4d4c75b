import { z } from 'zod'
import { Choice, displayName, expiryPresets, plainText, ToolChoices } from '../keys/schema.ts'
import { slug } from '../servers/schema.ts'

/** Wire and domain types of apps: consumers with their own tools and exactly one live key. */

export const appId = z.string().regex(/^app_[0-9A-Za-z]{16}$/)

export const AppOwner = z.strictObject({ type: z.enum(['member', 'team']), id: z.string().min(1).max(64) })
export type AppOwner = z.infer<typeof AppOwner>

export const NewApp = z.strictObject({
  name: displayName,
  /** Default: made of the name. */
  slug: slug.optional(),
  /** Its one project, by id or slug; default: the organization's default project. */
  project: z.string().min(1).max(64).optional(),
  /** Default: whoever asks. */
  owner: AppOwner.optional(),
  /** By server: which of its tools. A server that is not named gets `toolsDefault`. */
  tools: ToolChoices.optional(),
  /** Default: `none`: what is not given is denied. */
  toolsDefault: Choice.optional(),
  /** `url`: for a client that can send no header. */
  keyKind: z.enum(['key', 'url']).optional(),
  /** Of its key; default: what the policies of the organization say, never. */
  expiresIn: z.enum(expiryPresets).optional(),
  /** Of its key: why it may have servers that nobody names, where the policy asks for a reason. */
  allServersReason: plainText.refine((text) => text.trim() !== '', 'must say why').optional(),
})
export type NewApp = z.infer<typeof NewApp>

export const AppPatch = z.strictObject({
  name: displayName.optional(),
  slug: slug.optional(),
  /** Not null: an app is always somebody's, and whoever changes it is not its default owner. */
  owner: AppOwner.optional(),
  tools: ToolChoices.nullable().optional(),
  toolsDefault: Choice.nullable().optional(),
})
export type AppPatch = z.infer<typeof AppPatch>

/** Everything that is not said is taken from the app that is cloned; the key is a new one. */
export const CloneApp = z.strictObject({ name: displayName, slug: slug.optional() })
export type CloneApp = z.infer<typeof CloneApp>

export const RegenerateInput = z.strictObject({ waitMs: z.int().min(0).max(30_000).optional() })
export type RegenerateInput = z.infer<typeof RegenerateInput>

export const AppView = z.strictObject({
  id: appId,
  slug: z.string(),
  name: z.string(),
  project: z.string(),
  /** As in a key: the name outlives its owner. */
  owner: z.strictObject({
    type: z.enum(['member', 'team']),
    id: z.string(),
    name: z.string(),
    removed: z.literal(true).optional(),
  }),
  tools: ToolChoices,
  toolsDefault: Choice,
  /** Its one key; null after that one was revoked or deleted and before a new one is made. */
  key: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type AppView = z.infer<typeof AppView>

export const AppRecord = z.object({
  kind: z.literal('app'),
  organization: z.string(),
  id: appId,
  revision: z.int(),
  name: z.string(),
  project: z.string(),
  owner: z.object({ type: z.enum(['member', 'team']), id: z.string() }),
  tools: ToolChoices,
  toolsDefault: Choice,
  /** Its one key: no other may act for it. */
  key: z.string().nullable(),
})
export type AppRecord = z.infer<typeof AppRecord>
