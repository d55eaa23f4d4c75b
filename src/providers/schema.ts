import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug, Timeouts } from '../servers/schema.ts'

/** Wire and domain types of LLM providers. */

export const providerId = z.string().regex(/^prv_[0-9A-Za-z]{16}$/)

/** Money as decimal text in USD: a float would lose parts of it. */
const usd = z.string().regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "2.50"')
const modelName = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')

export const Model = z.strictObject({
  id: modelName,
  /** Other names that lead to it. */
  aliases: z.array(modelName).max(32).optional(),
  price: z
    .strictObject({ inputPerMillion: usd, outputPerMillion: usd, cachedInputPerMillion: usd.optional() })
    .optional(),
})
export type Model = z.infer<typeof Model>

const Models = z.array(Model).max(1000)
const baseUrl = z.url({ protocol: /^https?$/ }).max(2048)
export const Dialect = z.enum(['openai', 'anthropic'])
export type Dialect = z.infer<typeof Dialect>

export const NewProvider = z.strictObject({
  slug,
  name: displayName.optional(),
  project: z.string().min(1).max(64).optional(),
  dialect: Dialect,
  baseUrl,
  /** Written, never read: no answer holds it. */
  credential: z.strictObject({ value: z.string().min(1).max(8192) }).optional(),
  models: Models.optional(),
  /** As for servers: default the one that new ones join, `[]`: none. */
  catalogs: z.array(z.string().min(1).max(64)).max(100).optional(),
})
export type NewProvider = z.infer<typeof NewProvider>

export const ProviderPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  baseUrl: baseUrl.optional(),
  credential: z
    .strictObject({ value: z.string().min(1).max(8192) })
    .nullable()
    .optional(),
  models: Models.nullable().optional(),
})
export type ProviderPatch = z.infer<typeof ProviderPatch>

export const ProviderView = z.strictObject({
  id: providerId,
  slug,
  name: z.string(),
  project: z.string(),
  dialect: Dialect,
  baseUrl: z.string(),
  credential: z.strictObject({ id: z.string() }).nullable(),
  models: Models,
  createdAt: z.string(),
  revision: z.int(),
})
export type ProviderView = z.infer<typeof ProviderView>

/** Where the credential goes: `authorization: Bearer`, or a header that holds nothing else. */
export const ProviderAuth = z.enum(['bearer', 'x-api-key', 'api-key'])
export type ProviderAuth = z.infer<typeof ProviderAuth>

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
  /** Without a slash at the end; the path of a route is put behind it. */
  baseUrl: z.string(),
  auth: ProviderAuth,
  injection: z.object({ credential: z.string(), version: z.int(), sealedValue: z.string() }).nullable(),
  timeouts: Timeouts,
  /** How often a call is sent again to the same provider, as long as nothing of its answer was delivered. */
  retries: z.int().min(0).max(5),
  models: z.array(ModelRecord),
})
export type ProviderRecord = z.infer<typeof ProviderRecord>
