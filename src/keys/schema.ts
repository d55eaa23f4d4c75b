import { z } from 'zod'
import { KeyBudget, KeyBudgetInputs } from '../budgets/schema.ts'
import { KeyLimits, KeyLimitsInput } from '../limits/schema.ts'
import { Grants } from '../people/grants/schema.ts'
import { RotationSchedule } from './rotation/schedule/schema.ts'

/** Wire and domain types of inbound keys. Crosses to CLI and dashboard: zod only. */

export const base62id = /^[0-9A-Za-z]{16}$/
export const keyId = z.string().regex(/^key_[0-9A-Za-z]{16}$/)

/** A choice is always said in a word: an absent list never means everything, an empty one admits nothing. */
export const Choice = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('all') }),
  z.strictObject({ mode: z.literal('none') }),
  z.strictObject({ mode: z.literal('only'), items: z.array(z.string().min(1).max(128)).max(1000) }),
  z.strictObject({ mode: z.literal('except'), items: z.array(z.string().min(1).max(128)).max(1000) }),
])
export type Choice = z.infer<typeof Choice>

export const AddressRule = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('any') }),
  z.strictObject({ mode: z.literal('only'), cidrs: z.array(z.string().min(1).max(64)).max(1000) }),
])
export type AddressRule = z.infer<typeof AddressRule>

/** By server: which of its tools. As input by id or slug, stored by id. */
export const ToolChoices = z.record(z.string().min(1).max(128), Choice)
export type ToolChoices = z.infer<typeof ToolChoices>

/**
 * `tools` has an entry for every server that was admitted when it was written; a server that `all` or `except` admits
 * later gets `toolsDefault`. An entry for one server never changes another.
 */
export const McpRights = z.strictObject({
  enabled: z.boolean(),
  servers: Choice,
  tools: ToolChoices,
  toolsDefault: Choice,
})
export type McpRights = z.infer<typeof McpRights>

export const LlmRights = z.strictObject({ enabled: z.boolean(), providers: Choice, models: Choice })

/** What a key may do, stored and answered complete. Grants hold ids, so renames keep them. */
export const Scope = z.strictObject({
  /** The servers and providers of these projects are open to the key; none: nothing is. */
  projects: z.array(z.string()),
  /** Why its projects may be of different tiers, where the organization's policy asks for a reason; null: they may not. */
  mixedEnvironments: z.string().nullable(),
  /** Why it may have all servers, or all but some, where the policy asks for a reason; missing: nobody gave one. */
  allServersReason: z.string().optional(),
  mcp: McpRights,
  llm: LlmRights,
  addresses: AddressRule,
  gateways: Choice,
})
export type Scope = z.infer<typeof Scope>

/**
 * Control, format, private and broken characters, and letters that show nothing. The one that colours a sign stands where
 * it does so: after a pictograph that is plain by itself, and inside a keycap.
 */
const unseen = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}'
const colouring = '(?<=\\p{Extended_Pictographic})(?<!\\p{Emoji_Presentation})\\uFE0F|(?<=[0-9#*])\\uFE0F(?=\\u20E3)'
/**
 * Names are compared by people: one spelling (NFC), and nothing that is invisible or turns the text around it, so that no
 * name can pass for another.
 */
export const displayName = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1)
  .max(120)
  .regex(new RegExp(`^(?:[^${unseen}]|${colouring})*$`, 'u'), 'must not hold control or invisible characters')
/** Longer text: lines and tabs are fine, the rest as in names. */
export const plainText = z
  .string()
  .normalize('NFC')
  .max(2000)
  .regex(
    new RegExp(`^(?:[\\n\\r\\t]|[^${unseen}]|${colouring})*$`, 'u'),
    'must not hold control or invisible characters',
  )

export const expiryPresets = ['never', '30d', '60d', '90d', '180d', '1y'] as const

export const OwnerType = z.enum(['member', 'team', 'app'])
export type OwnerType = z.infer<typeof OwnerType>
export const Owner = z.strictObject({ type: OwnerType, id: z.string().min(1).max(64) })
export type Owner = z.infer<typeof Owner>

/** Bytes of its JSON, and how deep it may be nested. */
export const metadataLimits = { bytes: 4096, depth: 5 } as const

/**
 * JSON of one's own about a key: it stands in every line of the access log, so it is short and holds no secret. Taken as
 * it came (zod would drop a member that is called `__proto__`): keys/metadata.ts says what it may not hold.
 */
export const Metadata = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .meta({ type: 'object' })
export type Metadata = z.infer<typeof Metadata>

export const tag = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$/,
    'must be 1 to 63 letters, digits or . _ : / - and begin with a letter or digit',
  )
export const Tags = z.array(tag).max(32)

/** Ids or slugs. */
export const ProjectNames = z.array(z.string().min(1).max(64)).max(100)
/** Text that says something: spaces alone are no reason. */
const Reason = plainText.refine((text) => text.trim() !== '', 'must say why')
const McpInput = McpRights.extend({
  tools: ToolChoices.refine((tools) => Object.keys(tools).length <= 1000, 'must hold at most 1000 servers'),
}).partial()
const LlmInput = LlmRights.partial()

export const NewKey = z.strictObject({
  name: displayName,
  kind: z.enum(['key', 'url']).optional(),
  description: plainText.optional(),
  /** Default: whoever asks. */
  owner: Owner.optional(),
  /** Default: the organization's default project; `[]`: no access at all. */
  projects: ProjectNames.optional(),
  /** A reason for projects of different tiers, where the policy allows them with one. */
  mixedEnvironments: Reason.nullable().optional(),
  /** A reason for "all servers" or "all but these", where the policy asks for one. */
  allServersReason: Reason.nullable().optional(),
  mcp: McpInput.optional(),
  llm: LlmInput.optional(),
  addresses: AddressRule.optional(),
  gateways: Choice.optional(),
  limits: KeyLimitsInput.optional(),
  budgets: KeyBudgetInputs.optional(),
  maxStalenessSeconds: z.int().min(5).max(86_400).optional(),
  expiresAt: z.iso.datetime().nullable().optional(),
  expiresIn: z.enum(expiryPresets).optional(),
  active: z.boolean().optional(),
  metadata: Metadata.optional(),
  tags: Tags.optional(),
  /** Of a URL key: the first network that uses it (IPv4 /24, IPv6 /64) is the only one that may. */
  pinNetwork: z.boolean().optional(),
  /** A decoy: it is never admitted, and whoever presents it raises an alarm. */
  honey: z.boolean().optional(),
  rotation: RotationSchedule.nullable().optional(),
  /** Instead of a long-lived secret: one token that ends by itself (seconds, at most 24 h). */
  ephemeral: z.strictObject({ ttlSeconds: z.int().min(1).max(86_400).optional() }).optional(),
})
export type NewKey = z.infer<typeof NewKey>

/** What is present replaces the whole of its field, `null` sets it back to the default, absent stays. */
export const KeyPatch = z.strictObject({
  name: displayName.optional(),
  description: plainText.nullable().optional(),
  projects: ProjectNames.nullable().optional(),
  mixedEnvironments: Reason.nullable().optional(),
  allServersReason: Reason.nullable().optional(),
  mcp: McpInput.nullable().optional(),
  llm: LlmInput.nullable().optional(),
  addresses: AddressRule.nullable().optional(),
  gateways: Choice.nullable().optional(),
  limits: KeyLimitsInput.nullable().optional(),
  budgets: KeyBudgetInputs.nullable().optional(),
  maxStalenessSeconds: z.int().min(5).max(86_400).nullable().optional(),
  expiresAt: z.iso.datetime().nullable().optional(),
  expiresIn: z.enum(expiryPresets).optional(),
  /** Off is suspend, on is resume. */
  active: z.boolean().optional(),
  metadata: Metadata.nullable().optional(),
  tags: Tags.nullable().optional(),
  /** Turned off and on again it forgets the network. */
  pinNetwork: z.boolean().nullable().optional(),
  rotation: RotationSchedule.nullable().optional(),
})
export type KeyPatch = z.infer<typeof KeyPatch>

export const KeyStatus = z.enum(['active', 'inactive', 'expired', 'revoked'])
export type KeyStatus = z.infer<typeof KeyStatus>

/** The key as REST shows it. `preview` is prefix and id: no character of the secret. */
export const KeyView = z.strictObject({
  id: keyId,
  name: z.string(),
  kind: z.enum(['key', 'url']),
  description: z.string(),
  /** The name outlives its owner; a key whose owner was removed is refused, whatever its own status. */
  owner: z.strictObject({ type: OwnerType, id: z.string(), name: z.string(), removed: z.literal(true).optional() }),
  preview: z.string(),
  status: KeyStatus,
  projects: z.array(z.string()),
  mixedEnvironments: z.string().nullable(),
  allServersReason: z.string().nullable(),
  mcp: McpRights,
  llm: LlmRights,
  addresses: AddressRule,
  gateways: Choice,
  limits: KeyLimits,
  budgets: z.array(KeyBudget),
  maxStalenessSeconds: z.int(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
  /** Why it was suspended or revoked, where somebody said so; `exposed`: its secret was seen where it must not be. */
  stateReason: z.string().nullable(),
  exposedAt: z.string().nullable(),
  metadata: Metadata,
  tags: z.array(z.string()),
  honey: z.boolean(),
  /** It has no long-lived secret: one token, and the key is over with it. */
  ephemeral: z.boolean(),
  pinNetwork: z.boolean(),
  pinnedNetwork: z.string().nullable(),
  rotation: RotationSchedule.nullable(),
  /** By its schedule, or by the policy `maxAgeDays`; null: nothing asks for it. */
  rotationDueAt: z.string().nullable(),
  /** A link that waits for its owner; null: none does. */
  claim: z.strictObject({ expiresAt: z.string() }).nullable(),
  /** A browser has called with it, last then. */
  seenInBrowserAt: z.string().nullable(),
  /** At most a minute behind; null: never. */
  lastUsedAt: z.string().nullable(),
  /** Calls that gateways have served with it, or with a child of it. */
  requests: z.int(),
  /** Percent of the requests of all keys that whoever asks may see. */
  share: z.number(),
  secrets: z.array(
    z.strictObject({
      version: z.int(),
      createdAt: z.string(),
      lastUsedAt: z.string().nullable(),
      validUntil: z.string().nullable(),
    }),
  ),
  revision: z.int(),
})
export type KeyView = z.infer<typeof KeyView>

export type TokenKind = 'k' | 'u' | 'a' | 'g'

/** State as stored. Expiry is derived from time and never stored. */
export const KeyState = z.enum(['active', 'suspended', 'revoked', 'deleted'])
export type KeyState = z.infer<typeof KeyState>

/** What is kept of a secret: enough to check one that is presented, useless without the pepper. */
export const StoredSecret = z.strictObject({
  /** Argon2id in PHC form (19 MiB, t=2, p=1, pepper as the Argon2 secret input). */
  phc: z.string(),
  /** First 32 bits of HMAC-SHA-256(pepper, token): refuses a wrong secret before Argon2. */
  gate: z.int().min(0).max(0xffffffff),
  pepperId: z.string(),
})
export type StoredSecret = z.infer<typeof StoredSecret>

export const SecretVersion = StoredSecret.extend({
  version: z.int().min(1),
  /** Instant (ms since epoch) from which this version is refused; null while it is current. */
  validUntil: z.int().nullable(),
})
export type SecretVersion = z.infer<typeof SecretVersion>

/** The record of a key as gateways hold it and as the decision reads it. */
export const KeyRecord = z.object({
  kind: z.literal('key'),
  organization: z.string(),
  id: keyId,
  revision: z.int(),
  tokenKind: z.enum(['k', 'u']),
  name: z.string(),
  owner: z.object({ type: OwnerType, id: z.string(), name: z.string() }),
  state: KeyState,
  expiresAt: z.int().nullable(),
  scope: Scope,
  maxStalenessSeconds: z.int().nullable(),
  versions: z.array(SecretVersion),
  /** Children carry it: another one, and they are over. Grows when a secret is cut at once. */
  epoch: z.int().default(1),
  /** JSON, for log lines: `{}` when there is none. */
  metadata: z.string().default('{}'),
  honey: z.boolean().default(false),
  /** Null: any network. `network` is null until the first call; then as in the view. */
  pin: z.object({ network: z.string().nullable() }).nullable().default(null),
  grants: Grants,
})
export type KeyRecord = z.infer<typeof KeyRecord>
