import type { Tokens } from '../../../fleet/records/schema.ts'
import type { ModelRecord, Price } from '../../../providers/schema.ts'
import type { UsageReader } from '../meter/reader.ts'
import type { LlmRequest } from '../request.ts'
import type { Plan } from './plan.ts'
import { costOf, priceAt } from './price.ts'

/** What a call has used, and what that costs. */
export type Used = {
  readonly tokens: Tokens | null
  readonly estimated: boolean
  /** nano-USD; null: nobody knows the price. */
  readonly cost: number | null
  readonly price: Price | null
}

type Ended = {
  readonly request: LlmRequest
  readonly model: ModelRecord
  readonly plan: Plan
  /** Null: nothing of an answer came that costs anything. */
  readonly reader: UsageReader | null
  /** The provider has the call and may be at work on it, though it never answered. */
  readonly wasLeft: boolean
  /** ms since epoch, when it began: its price is that of then. */
  readonly at: number
  /** ms that it ran. */
  readonly ranMs: number
}

/**
 * Faster than most models write. So much is assumed of what nobody could see of an answer that was left before its end:
 * it is not free, and it is no more than what was set aside.
 */
const unseenPerSecond = 150

/** Pure. What the provider says counts; where it says nothing, or not all, an estimate of what was made. */
export function usedOf(ended: Ended): Used {
  const { request, model, reader, wasLeft, at } = ended
  if (reader === null && !wasLeft) return { ...nothingUsed, cost: priceAt(model, at, 0) === null ? null : 0 }
  const said = reader?.said() ?? { tokens: null, isWhole: false }
  const tokens = said.isWhole && said.tokens !== null ? said.tokens : estimated(ended, said.tokens)
  const price = priceAt(model, at, tokens.input)
  return {
    tokens: request.route === 'embeddings' ? { ...tokens, output: 0, reasoning: 0 } : tokens,
    estimated: !said.isWhole,
    cost: price === null ? null : costOf(price, tokens),
    price,
  }
}

export const nothingUsed: Used = { tokens: null, estimated: false, cost: 0, price: null }

function estimated({ request, plan, reader, ranMs }: Ended, said: Tokens | null): Tokens {
  // An input that nobody said: what does not stand in the body is assumed to be as large as was set aside.
  const hidden = request.hidesInput || request.hasProviderTools
  const input = said !== null && said.input > 0 ? said.input : hidden ? plan.input : plan.inputTokens
  const isWhole = reader?.isComplete() === true
  const unseen = plan.isStoppable || isWhole || request.route === 'embeddings' ? 0 : unseenOf(plan, ranMs)
  const output = request.route === 'embeddings' ? 0 : Math.max(reader?.made() ?? 0, unseen)
  return {
    input,
    output,
    cached: said?.cached ?? 0,
    cacheWrite: said?.cacheWrite ?? 0,
    reasoning: Math.min(said?.reasoning ?? 0, output),
  }
}

const unseenOf = ({ mostOutput }: Plan, ranMs: number): number =>
  Math.min(Math.ceil((Math.max(0, ranMs) / 1000) * unseenPerSecond), mostOutput ?? Number.MAX_SAFE_INTEGER)
