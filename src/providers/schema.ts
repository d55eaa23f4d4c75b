import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug, Timeouts } from '../servers/schema.ts'

/** Wire and domain types of LLM providers. */

export const providerId = z.string().regex(/^prv_[0-9A-Za-z]{16}$/)

/** Money as decimal text in USD: a float would lose parts of it. */
const usd = z.string().regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "2.50"')
/** Of one call: its nano-USD are an exact number. */
const usdPerCall = z.string().regex(/^\d{1,6}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "0.002"')
const modelName = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')

/** What the organization says that a model costs; `"0"` is a price, too. */
export const ModelPrice = z.strictObject({
  /** The instant from which it holds; none: it always did. */
  from: z.iso.datetime({ offset: true }).optional(),
  inputPerMillion: usd,
  outputPerMillion: usd,
  /** Absent: as other input. */
  cachedInputPerMillion: usd.optional(),
  /** Absent: as other input. */
  cacheWritePerMillion: usd.optional(),
  /** Absent: as other output. */
  reasoningPerMillion: usd.optional(),
  perCall: usdPerCall.optional(),
})
export type ModelPrice = z.infer<typeof ModelPrice>

export const Model = z.strictObject({
  id: modelName,
  /** Other names that lead to it. */
  aliases: z.array(modelName).max(32).optional(),
  /** In the place of what the price list says, which holds until then where it has a `from`. */
  price: ModelPrice.optional(),
  /** The same for several times; a model has one of the two. */
  prices: z.array(ModelPrice).min(1).max(32).optional(),
  /** `provider-slug/model`, in order: where a call goes that this one could not take. */
  fallbacks: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}\/[\x21-\x7e]{1,128}$/))
    .max(5)
    .optional(),
  maxOutputTokens: z.int().min(1).max(100_000_000).optional(),
  contextTokens: z.int().min(1).max(1_000_000_000).optional(),
  /** May it think where nobody sees it? Absent: what is known about models of that name. */
  reasoning: z.boolean().optional(),
})
export type Model = z.infer<typeof Model>

const Models = z.array(Model).max(1000)
const baseUrl = z.url({ protocol: /^https?$/ }).max(2048)
export const Dialect = z.enum(['openai', 'anthropic'])
export type Dialect = z.infer<typeof Dialect>

/** Providers whose address, dialect and credential header are known (presets.data.ts). */
export const Preset = z.enum([
  'openai',
  'azure-openai',
  'anthropic',
  'gemini',
  'mistral',
  'groq',
  'deepseek',
  'xai',
  'together',
  'openrouter',
  'ollama',
  'vllm',
])
export type Preset = z.infer<typeof Preset>

/** Where the credential goes: `authorization: Bearer`, or a header that holds nothing else. */
export const ProviderAuth = z.enum(['bearer', 'x-api-key', 'api-key'])
export type ProviderAuth = z.infer<typeof ProviderAuth>

/** As those of servers, seconds; a model may think for minutes before its answer begins. */
export const ProviderTimeouts = Timeouts.extend({ answerSeconds: z.int().min(1).max(3600).default(600) })
const retries = z.int().min(0).max(5)
export const defaultRetries = 1

const credential = z.strictObject({ value: z.string().min(1).max(8192) })

export const NewProvider = z.strictObject({
  slug,
  name: displayName.optional(),
  project: z.string().min(1).max(64).optional(),
  /** Says what of the following is not given. */
  preset: Preset.optional(),
  /** Needed without a preset. */
  dialect: Dialect.optional(),
  /** Needed without a preset, and with one that has no address of its own. */
  baseUrl: baseUrl.optional(),
  /** Default: `x-api-key` for the dialect anthropic, else `bearer`. */
  auth: ProviderAuth.optional(),
  /** Written, never read: no answer holds it. */
  credential: credential.optional(),
  timeouts: ProviderTimeouts.partial().optional(),
  /** How often a call is sent again to this provider before anything of an answer was there. */
  retries: retries.optional(),
  /** Absent: with a preset those that the price list knows, else none. */
  models: Models.optional(),
  /** As for servers: default the one that new ones join, `[]`: none. */
  catalogs: z.array(z.string().min(1).max(64)).max(100).optional(),
})
export type NewProvider = z.infer<typeof NewProvider>

/** What is present replaces, `null` sets back to the default, absent stays. */
export const ProviderPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  baseUrl: baseUrl.optional(),
  auth: ProviderAuth.nullable().optional(),
  credential: credential.nullable().optional(),
  /** The whole of it: a time that is not named has its default. */
  timeouts: ProviderTimeouts.partial().nullable().optional(),
  retries: retries.nullable().optional(),
  models: Models.nullable().optional(),
  /** Null: the configuration that manages it lets go of it. */
  managedBy: z.null().optional(),
})
export type ProviderPatch = z.infer<typeof ProviderPatch>

/** How it answered when it was last looked at; `unknown`: nobody has looked since its address changed. */
export const ProviderHealth = z.strictObject({
  state: z.enum(['unknown', 'ready', 'refused', 'unreachable']),
  checkedAt: z.string().nullable(),
  lastError: z.string().optional(),
})
export type ProviderHealth = z.infer<typeof ProviderHealth>

export const ProviderView = ProviderHealth.extend({
  id: providerId,
  slug,
  name: z.string(),
  project: z.string(),
  preset: Preset.nullable(),
  dialect: Dialect,
  baseUrl: z.string(),
  auth: ProviderAuth,
  credential: z.strictObject({ id: z.string() }).nullable(),
  timeouts: ProviderTimeouts.required(),
  retries,
  models: Models,
  /** The configuration that manages it (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type ProviderView = z.infer<typeof ProviderView>

/** What a model costs from an instant on, for calls with at least so many tokens of input. Integers, so that sums are exact. */
export const Price = z.object({
  /** ms since epoch; null: always was. */
  from: z.int().nullable(),
  aboveInputTokens: z.int().min(0),
  /** pico-USD (1e-12) a token; null: as input, or as output. */
  input: z.int().min(0),
  output: z.int().min(0),
  cachedInput: z.int().min(0).nullable(),
  cacheWrite: z.int().min(0).nullable(),
  reasoning: z.int().min(0).nullable(),
  /** nano-USD a call. */
  perCall: z.int().min(0),
  /** `organization`, or package and version that it comes from. */
  source: z.string(),
})
export type Price = z.infer<typeof Price>

export const ModelRecord = z.object({
  id: z.string(),
  aliases: z.array(z.string()),
  /** `provider/model`, in order: where a call goes that this one could not take. */
  fallbacks: z.array(z.string()),
  /** Null: not known. */
  maxOutputTokens: z.int().nullable(),
  contextTokens: z.int().nullable(),
  /** May it think where nobody sees it? Null: not known, so it may. */
  reasoning: z.boolean().nullable(),
  /** The one that counts is the latest that has begun, of those the one for the most input. None: not known. */
  prices: z.array(Price),
})
export type ModelRecord = z.infer<typeof ModelRecord>

/** As gateways hold it. */
export const ProviderRecord = z.object({
  kind: z.literal('provider'),
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
  slug: z.string(),
  name: z.string(),
  project: z.string(),
  dialect: Dialect,
  /**
   * Where the paths of its dialect begin, without a slash at the end (base-url.ts): `https://api.openai.com/v1`,
   * `https://api.anthropic.com/v1`. Behind it comes `/chat/completions`, `/responses`, `/embeddings`, `/models`,
   * `/messages` or `/messages/count_tokens`.
   */
  baseUrl: z.string(),
  auth: ProviderAuth,
  injection: z.object({ credential: z.string(), version: z.int(), sealedValue: z.string() }).nullable(),
  timeouts: Timeouts,
  /** How often a call is sent again to the same provider, as long as nothing of its answer was delivered. */
  retries: z.int().min(0).max(5),
  models: z.array(ModelRecord),
})
export type ProviderRecord = z.infer<typeof ProviderRecord>
