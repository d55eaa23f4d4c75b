import type { Tokens } from '../../../fleet/records/schema.ts'

/**
 * What a provider says of a call, in its own words, made into ours. Null: it says nothing that is a number. Providers
 * differ in what they count where, so each of these takes what any of them is known to send.
 */

/** Of a chat or of embeddings, as OpenAI and those who follow it say it. */
export function usageOfChat(said: unknown): Tokens | null {
  if (!isObject(said)) return null
  const input = countOf(said['prompt_tokens'])
  const output = countOf(said['completion_tokens'])
  const total = countOf(said['total_tokens'])
  if (input === null && output === null && total === null) return null
  const inside = partsOf(said['completion_tokens_details'])
  const cache = partsOf(said['prompt_tokens_details'])
  // xAI and Gemini leave what was thought out of `completion_tokens` and put it into the total.
  const beyond = Math.max(0, (total ?? 0) - (input ?? 0) - (output ?? 0))
  return tokensOf({
    input: input ?? 0,
    output: (output ?? 0) + beyond,
    cached: cache('cached_tokens') ?? countOf(said['prompt_cache_hit_tokens']) ?? 0,
    cacheWrite: cache('cache_write_tokens') ?? 0,
    reasoning: Math.max(inside('reasoning_tokens') ?? 0, output === null ? 0 : beyond),
  })
}

/** Of OpenAI's Responses. */
export function usageOfResponse(said: unknown): Tokens | null {
  if (!isObject(said)) return null
  const input = countOf(said['input_tokens'])
  const output = countOf(said['output_tokens'])
  if (input === null && output === null) return null
  const cache = partsOf(said['input_tokens_details'])
  return tokensOf({
    input: input ?? 0,
    output: output ?? 0,
    cached: cache('cached_tokens') ?? 0,
    cacheWrite: cache('cache_write_tokens') ?? 0,
    reasoning: partsOf(said['output_tokens_details'])('reasoning_tokens') ?? 0,
  })
}

/** Anthropic's counts as they add up over the events of a stream: what a later one leaves out stays. */
export type MessageUsage = {
  readonly input: number | null
  readonly output: number | null
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly thinking: number
}

export function withUsage(before: MessageUsage | null, said: unknown): MessageUsage | null {
  if (!isObject(said)) return before
  const next = {
    input: countOf(said['input_tokens']) ?? before?.input ?? null,
    output: countOf(said['output_tokens']) ?? before?.output ?? null,
    cacheRead: countOf(said['cache_read_input_tokens']) ?? before?.cacheRead ?? 0,
    cacheWrite: countOf(said['cache_creation_input_tokens']) ?? before?.cacheWrite ?? 0,
    thinking: partsOf(said['output_tokens_details'])('thinking_tokens') ?? before?.thinking ?? 0,
  }
  return next.input === null && next.output === null ? before : next
}

/** Its `input_tokens` are without those that came from the cache or went into it. */
export const tokensOfMessage = ({ input, output, cacheRead, cacheWrite, thinking }: MessageUsage): Tokens =>
  tokensOf({
    input: (input ?? 0) + cacheRead + cacheWrite,
    output: output ?? 0,
    cached: cacheRead,
    cacheWrite,
    reasoning: thinking,
  })

/** Parts are no larger than their whole, whatever was said. */
function tokensOf({ input, output, cached, cacheWrite, reasoning }: Tokens): Tokens {
  const read = Math.min(cached, input)
  return {
    input,
    output,
    cached: read,
    cacheWrite: Math.min(cacheWrite, input - read),
    reasoning: Math.min(reasoning, output),
  }
}

/** More than any call can have: a number beyond it is a mistake, and would be one on a bill. */
const most = 1_000_000_000
const countOf = (value: unknown): number | null =>
  typeof value === 'number' && value >= 0 && value <= most ? Math.ceil(value) : null

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const partsOf =
  (value: unknown) =>
  (name: string): number | null =>
    isObject(value) ? countOf(value[name]) : null
