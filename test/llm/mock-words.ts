import type { Asked, Behaviour } from './mock-provider.ts'

/** What the mock provider says and counts: a token is ` tok`. */
export type Said = {
  readonly texts: readonly string[]
  readonly isCut: boolean
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly cacheWrite: number
  readonly reasoning: number
}

export const word = ' tok'
const wordsOtherwise = 12

/** Characters of the whole body, four a token, are the input. */
export function saidOf(asked: Asked, behaviour: Behaviour): Said {
  const { json, text } = asked
  const wanted = Number(/say (\d+)"/.exec(text)?.[1] ?? wordsOtherwise)
  const thinking = behaviour === 'reasoning' ? wanted : 0
  const most = numberOf(json['max_completion_tokens'] ?? json['max_tokens'] ?? json['max_output_tokens'])
  const reasoning = Math.min(thinking, most)
  const words = Math.min(wanted, most - reasoning)
  const choices = Number(json['n'] ?? 1)
  const input = Math.ceil(text.length / 4)
  return {
    texts: Array.from({ length: choices }, () => word.repeat(words)),
    isCut: words < wanted,
    input,
    output: choices * (words + reasoning),
    cached: behaviour === 'cached' ? input >> 1 : 0,
    cacheWrite: behaviour === 'cached' ? input >> 2 : 0,
    reasoning: choices * reasoning,
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.POSITIVE_INFINITY)

export const wordsOf = (text: string): string[] => text.match(/ tok/g) ?? []
