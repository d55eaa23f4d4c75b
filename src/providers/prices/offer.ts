import type { Model, ModelPrice, ModelRecord } from '../schema.ts'
import type { Place, PriceList } from './list.ts'
import { overridden } from './override.ts'
import { alwaysThinks, neverThinks } from './reasoning.data.ts'

export const saidPrices = ({ price, prices }: Pick<Model, 'price' | 'prices'>): readonly ModelPrice[] =>
  prices ?? (price === undefined ? [] : [price])

/** A model with all that is known about it: what the organization says first, then the price list, else null. */
export function offerOf(list: Pick<PriceList, 'find'>, place: Place, model: Model): ModelRecord {
  const known = list.find(place, model.id)
  return {
    id: model.id,
    aliases: [...(model.aliases ?? [])],
    fallbacks: [...(model.fallbacks ?? [])],
    maxOutputTokens: model.maxOutputTokens ?? null,
    contextTokens: model.contextTokens ?? known.contextTokens,
    reasoning: model.reasoning ?? thinks(model.id),
    prices: overridden(known.prices, saidPrices(model)),
  }
}

/** Null: not known, so it may. */
export function thinks(id: string): boolean | null {
  const name = id.slice(id.lastIndexOf('/') + 1)
  if (neverThinks.some((pattern) => pattern.test(name))) return false
  return alwaysThinks.some((pattern) => pattern.test(name)) ? true : null
}
