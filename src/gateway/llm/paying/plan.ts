import { type Problem, type Result, refuse } from '../../../problems.ts'
import type { ModelRecord, Price } from '../../../providers/schema.ts'
import type { LlmRequest } from '../request.ts'
import { costOf, outputFor, worstPriceAt } from './price.ts'

/** What a call is expected to use, and what has to be set aside for it. */
export type Plan = {
  /** It can be ended while it runs: it pays for what it makes, and no more than that is set aside. */
  readonly isStoppable: boolean
  /** As it was estimated, without margin. */
  readonly inputTokens: number
  /** Tokens that are set aside. */
  readonly input: number
  readonly output: number
  /** The most that it can put out, of all choices together; null: nobody knows. */
  readonly mostOutput: number | null
  /** To be written into the body, because none is there. */
  readonly maxTokens: number | null
  /** What was set aside is priced so; null: no budget asks, and nobody knows. */
  readonly price: Price | null
  /** nano-USD that are set aside. */
  readonly nano: number
  /** Whatever it uses is free: a price is known, and it is nothing. */
  readonly isWithoutCost: boolean
}

type Asked = {
  readonly request: LlmRequest
  readonly model: ModelRecord
  /** ms since epoch. */
  readonly now: number
  /** Nobody is asked for money for it, nor for tokens. */
  readonly isFree: boolean
  readonly hasBudgets: boolean
  readonly hasTokenLimits: boolean
  /** What four of five such calls put out. */
  readonly p80: number
  /** Tokens of output, of each choice, that can be paid as far as is known; for calls that name none. */
  readonly fit: number
}

/** Set where a caller names none. */
const outputOtherwise = 4096
/** Some providers refuse to be asked for less. */
export const leastOutput = 16
const inputMargin = 1.25
/** Tokens; more of them cost more than any budget holds, and sums of them stay exact. */
const absurd = 1e12

/** Pure. Refuses what has to be paid for and whose price, or size, nobody knows. */
export function planOf(asked: Asked): Result<Plan> {
  const { request, model, now, hasBudgets, hasTokenLimits } = asked
  if (asked.isFree) return { ok: true, value: { ...nothingPlanned, inputTokens: request.inputTokens } }
  const isStoppable = isStoppableOf(request, model)
  const input = inputOf(request, model)
  const isCapped = hasBudgets || hasTokenLimits
  if (input === null && isCapped) return unknownInput(request, model, hasBudgets)
  const most = input ?? Math.ceil(request.inputTokens * inputMargin)
  const price = worstPriceAt(model, now, most)
  if (hasBudgets && price === null) return unknownPrice(model)
  const choices = Math.max(1, request.choices)
  const hasOutput = request.route !== 'embeddings'
  const sets = hasOutput && isCapped && !isStoppable && request.maxTokens === null
  const maxTokens = sets
    ? Math.max(leastOutput, Math.min(model.maxOutputTokens ?? outputOtherwise, outputOtherwise, asked.fit))
    : null
  const each = hasOutput ? mostOf(request.maxTokens ?? maxTokens, model.maxOutputTokens) : 0
  const mostOutput = each === null ? null : Math.min(each * choices, absurd)
  const output = isStoppable ? Math.min(asked.p80, asked.fit, mostOutput ?? asked.p80) : (mostOutput ?? 0)
  const isWithoutCost = hasBudgets && isNothing(model, now)
  // What sets nothing aside goes through where nothing is left.
  const least = hasBudgets && !isWithoutCost ? 1 : 0
  const plan = { isStoppable, inputTokens: request.inputTokens, input: most, output, mostOutput, maxTokens, price }
  return {
    ok: true,
    value: {
      ...plan,
      nano: price === null ? 0 : Math.max(least, nanoOf(price, most, output)),
      isWithoutCost,
    },
  }
}

const nothingPlanned: Plan = {
  isStoppable: false,
  inputTokens: 0,
  input: 0,
  output: 0,
  mostOutput: 0,
  maxTokens: null,
  price: null,
  nano: 0,
  isWithoutCost: true,
}

/** However much it reads. */
function isNothing(model: ModelRecord, now: number): boolean {
  const price = worstPriceAt(model, now, Number.POSITIVE_INFINITY)
  return price !== null && price.input === 0 && price.output === 0 && price.perCall === 0
}

/**
 * Streamed text that somebody reads, and nothing else: what it costs shows while it runs. A model that may think where
 * nobody sees it, several answers at once, sound, pictures and tools of the provider's own do not.
 */
export const isStoppableOf = (request: LlmRequest, model: Pick<ModelRecord, 'reasoning'>): boolean =>
  request.isStream &&
  request.choices <= 1 &&
  model.reasoning === false &&
  !request.asksToThink &&
  !request.hasOtherOutput &&
  !request.hasProviderTools

/** With margin; what does not stand in the body counts as all that the model can read. Null: nobody knows how much. */
function inputOf(request: LlmRequest, { contextTokens }: ModelRecord): number | null {
  const seen = Math.ceil(request.inputTokens * inputMargin)
  if (!request.hidesInput && !request.hasProviderTools) return seen
  return contextTokens === null ? null : Math.max(seen, contextTokens)
}

const mostOf = (asked: number | null, own: number | null): number | null =>
  asked === null ? own : own === null ? asked : Math.min(asked, own)

/** nano-USD of so many tokens at the worst price. */
export const nanoOf = (price: Price, input: number, output: number): number =>
  costOf(price, { input, output, cached: 0, cacheWrite: 0, reasoning: 0 })

/** Tokens of output, of each choice, that fit into so much money and so many tokens beside the input. */
export function fittingOutput(
  price: Price | null,
  input: number,
  choices: number,
  left: { readonly nano: number; readonly tokens: number },
): number {
  const money = price === null ? Number.MAX_SAFE_INTEGER : outputFor(price, left.nano - nanoOf(price, input, 0))
  return Math.max(0, Math.floor(Math.min(money, left.tokens - input) / choices))
}

/** The refusal of a call that would be paid if it asked for less. */
export const namingFit = (problem: Problem, fit: number): Problem =>
  fit < leastOutput
    ? problem
    : {
        ...problem,
        detail: `${problem.detail} It would fit with max_tokens of ${fit} or less.`,
        data: { ...problem.data, maxTokens: fit },
      }

const unknownPrice = (model: ModelRecord): Result<never> =>
  refuse('price_unknown', {
    detail: `A budget stands over this call, and no price of the model ${model.id} is known. Set one at the provider (models[].price), or call another model.`,
  })

const unknownInput = ({ hasProviderTools }: LlmRequest, model: ModelRecord, hasBudgets: boolean): Result<never> =>
  refuse('price_unknown', {
    detail: `${hasBudgets ? 'A budget' : 'A limit of tokens'} stands over this call, which ${
      hasProviderTools ? 'lets the provider run tools that read' : 'reads'
    } what does not stand in its body, and how much the model ${model.id} can read is not known. Send the input itself, or have the model's context set at the provider.`,
  })
