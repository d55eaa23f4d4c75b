import { z } from 'zod'
import { knownForm, Refs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { normalBaseUrl } from './base-url.ts'
import type { ProviderDeps } from './deps.ts'
import { offerOf } from './prices/offer.ts'
import { pricesAt } from './prices/override.ts'
import type { ModelRecord, Price } from './schema.ts'
import { findProvider } from './store.ts'
import { refsOf } from './view.ts'

/** USD per million tokens, as decimal text. */
export const PriceView = z.strictObject({
  /** Since when; null: always. */
  from: z.string().nullable(),
  /** For calls with at least so many tokens of input. */
  aboveInputTokens: z.int(),
  inputPerMillion: z.string(),
  outputPerMillion: z.string(),
  cachedInputPerMillion: z.string().nullable(),
  cacheWritePerMillion: z.string().nullable(),
  reasoningPerMillion: z.string().nullable(),
  perCall: z.string(),
  /** `organization`, or package and version of the price list. */
  source: z.string(),
})
export type PriceView = z.infer<typeof PriceView>

/** A model as gateways know it. What nobody knows is null. */
export const OfferedModel = z.strictObject({
  id: z.string(),
  aliases: z.array(z.string()),
  fallbacks: z.array(z.string()),
  maxOutputTokens: z.int().nullable(),
  contextTokens: z.int().nullable(),
  reasoning: z.boolean().nullable(),
  /** What counts now; null: none is known, and keys with a budget may not use it. */
  price: PriceView.nullable(),
  /** All of them: dearer for large inputs, earlier and later ones. */
  prices: z.array(PriceView),
})
export const Offered = z.strictObject({ items: z.array(OfferedModel), total: z.int(), refs: Refs })

/** The models of a provider with what they cost, where that is said and since when. */
export const offeredModels =
  ({ read, priceList, now }: Pick<ProviderDeps, 'read' | 'priceList' | 'now'>) =>
  ({ organizationId }: Actor, idOrSlug: string): Promise<Result<z.infer<typeof Offered>>> =>
    read(organizationId, async (db) => {
      const provider = await findProvider(db, organizationId, knownForm(idOrSlug))
      if (!provider) return refuse('not_found')
      const baseUrl = normalBaseUrl(provider.baseUrl, provider.dialect, provider.preset)
      const place = { preset: provider.preset, baseUrl }
      const items = provider.models.map((model) => viewOf(offerOf(priceList, place, model), now()))
      return ok({ items, total: items.length, refs: await refsOf(db, organizationId, [provider]) })
    })

const viewOf = ({ prices, ...model }: ModelRecord, now: number): z.infer<typeof OfferedModel> => {
  const [current] = pricesAt(prices, now)
  return { ...model, price: current ? priceView(current) : null, prices: prices.map(priceView) }
}

const priceView = (price: Price): PriceView => ({
  from: price.from === null ? null : new Date(price.from).toISOString(),
  aboveInputTokens: price.aboveInputTokens,
  inputPerMillion: decimal(price.input, 6),
  outputPerMillion: decimal(price.output, 6),
  cachedInputPerMillion: decimalOr(price.cachedInput),
  cacheWritePerMillion: decimalOr(price.cacheWrite),
  reasoningPerMillion: decimalOr(price.reasoning),
  perCall: decimal(price.perCall, 9),
  source: price.source,
})

const decimalOr = (pico: number | null): string | null => (pico === null ? null : decimal(pico, 6))

/** Exact: digits, not a division. */
function decimal(units: number, digits: number): string {
  const text = String(units).padStart(digits + 1, '0')
  const part = text.slice(-digits).replace(/0+$/, '')
  return part === '' ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${part}`
}
