import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug } from '../servers/schema.ts'

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
