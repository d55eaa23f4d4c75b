import type { Model, ModelPrice } from '../../../src/providers/schema.ts'

/** A model as somebody writes it down: prices as text, because they are exact. */
const priceFields = [
  'inputPerMillion',
  'outputPerMillion',
  'cachedInputPerMillion',
  'cacheWritePerMillion',
  'reasoningPerMillion',
  'perCall',
] as const
export type PriceField = (typeof priceFields)[number]
export type PriceDraft = Readonly<Record<PriceField, string>> & {
  /** As a field for a local time has it; empty: always. */
  readonly from: string
}
export type ModelDraft = {
  readonly id: string
  readonly aliases: readonly string[]
  readonly fallbacks: readonly string[]
  readonly contextTokens: number | ''
  readonly maxOutputTokens: number | ''
  readonly reasoning: boolean | null
  /** None: what the price list says. */
  readonly prices: readonly PriceDraft[]
}

export const emptyPrice: PriceDraft = {
  from: '',
  inputPerMillion: '',
  outputPerMillion: '',
  cachedInputPerMillion: '',
  cacheWritePerMillion: '',
  reasoningPerMillion: '',
  perCall: '',
}

export const draftOf = (model: Model | null): ModelDraft => ({
  id: model?.id ?? '',
  aliases: model?.aliases ?? [],
  fallbacks: model?.fallbacks ?? [],
  contextTokens: model?.contextTokens ?? '',
  maxOutputTokens: model?.maxOutputTokens ?? '',
  reasoning: model?.reasoning ?? null,
  prices: (model?.prices ?? (model?.price ? [model.price] : [])).map(priceDraftOf),
})

function priceDraftOf(price: ModelPrice): PriceDraft {
  const fields = priceFields.map((name) => [name, price[name] ?? ''] as const)
  return { ...emptyPrice, ...Object.fromEntries(fields), from: localOf(price.from) }
}

/** `2026-11-22T08:30`, in the zone of whoever looks. */
function localOf(instant: string | undefined): string {
  if (instant === undefined) return ''
  const at = new Date(instant)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function priceOf({ from, inputPerMillion, outputPerMillion, ...more }: PriceDraft): ModelPrice {
  const written = Object.entries(more).filter(([, usd]) => usd.trim() !== '')
  return {
    ...(from === '' ? {} : { from: new Date(from).toISOString() }),
    inputPerMillion: inputPerMillion.trim(),
    outputPerMillion: outputPerMillion.trim(),
    ...Object.fromEntries(written.map(([name, usd]) => [name, usd.trim()])),
  }
}

export function modelOf(draft: ModelDraft): Model {
  const { id, aliases, fallbacks, contextTokens, maxOutputTokens, reasoning } = draft
  const prices = draft.prices.map(priceOf)
  const [price] = prices
  return {
    id: id.trim(),
    ...(aliases.length === 0 ? {} : { aliases: [...aliases] }),
    ...(fallbacks.length === 0 ? {} : { fallbacks: [...fallbacks] }),
    ...(contextTokens === '' ? {} : { contextTokens }),
    ...(maxOutputTokens === '' ? {} : { maxOutputTokens }),
    ...(reasoning === null ? {} : { reasoning }),
    ...(prices.length > 1 ? { prices } : price ? { price } : {}),
  }
}
