import type { Effect } from '../../src/fleet/schema.ts'
import type { ProviderView } from '../../src/providers/schema.ts'

/** What calls about providers answer, beside the provider itself. */
export type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>
export type OneProvider = { readonly provider: ProviderView; readonly refs: Refs }
export type ChangedProvider = OneProvider & { readonly effect: Effect }

export type ProviderLook = {
  readonly state: 'ready' | 'refused' | 'unreachable'
  readonly status: number | null
  readonly lastError?: string
  /** Null: it says none. */
  readonly models: readonly string[] | null
  readonly missing: readonly string[]
}
export type TestedProvider = OneProvider & { readonly results: readonly ProviderLook[] }

export type PriceView = {
  readonly from: string | null
  readonly aboveInputTokens: number
  readonly inputPerMillion: string
  readonly outputPerMillion: string
  readonly perCall: string
  /** `organization`, or package and version of the price list. */
  readonly source: string
}
/** A model as gateways know it; what nobody knows is null. */
export type OfferedModel = {
  readonly id: string
  readonly aliases: readonly string[]
  readonly fallbacks: readonly string[]
  readonly contextTokens: number | null
  readonly maxOutputTokens: number | null
  readonly reasoning: boolean | null
  readonly price: PriceView | null
  readonly prices: readonly PriceView[]
}
export type OfferedModels = { readonly items: readonly OfferedModel[]; readonly total: number }
