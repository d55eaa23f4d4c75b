import type { LlmRoute } from './place.ts'

/** Where a top-level member of the body stands, in bytes of the original text. */
export type Span = { readonly from: number; readonly to: number }

export type SpannedMember =
  | 'model'
  | 'stream_options'
  | 'include_usage'
  | 'max_tokens'
  | 'max_completion_tokens'
  | 'max_output_tokens'

/**
 * What of a body decides: read once, here or for large bodies in a worker thread, and plain data so that it can travel.
 * Members that decide stand once and in one spelling, or the body was refused.
 */
export type LlmRequest = {
  readonly route: LlmRoute
  /** As the caller wrote it. */
  readonly model: string
  readonly isStream: boolean
  /** The caller asked for the usage of a stream himself (OpenAI chat completions), so it is not hidden. */
  readonly wantsUsage: boolean
  /** `n`, or `best_of` where it is larger. */
  readonly choices: number
  /** The largest of `max_tokens`, `max_completion_tokens`, `max_output_tokens` that its route honours; null: none is given. */
  readonly maxTokens: number | null
  /** It asks the model to think: `reasoning`, `reasoning_effort`, `thinking`. */
  readonly asksToThink: boolean
  /** Answers that nobody can watch word by word: audio, images. */
  readonly hasOtherOutput: boolean
  /** Tools that the provider runs itself, which read and write tokens of their own. */
  readonly hasProviderTools: boolean
  /** Input that does not stand in the body: an earlier response, a conversation, a stored prompt, a file. */
  readonly hidesInput: boolean
  /** Models that its tools ask for besides: each is decided on like the one that is called. */
  readonly otherModels?: readonly string[]
  /** The member by which it asks for a service at another price than the model's; null: none. */
  readonly pricedBy?: string | null
  /** Tokens of the input by what the body looks like, without any margin. */
  readonly inputTokens: number
  /** Of the values of top-level members, for changing them in the text. `include_usage`: inside `stream_options`. */
  readonly spans: Readonly<Partial<Record<SpannedMember, Span>>>
  /** Just after the opening brace, where a member can be added; `isEmpty`: the object has none. */
  readonly head: { readonly at: number; readonly isEmpty: boolean }
}
