import { isUtf8 } from 'node:buffer'
import { ok, type Result, refuse } from '../../problems.ts'
import { hasDuplicateKeys } from '../mcp/duplicate-keys.ts'
import { isLookalike } from '../mcp/unambiguous.ts'
import { asksToThink, hasOtherOutput, hasProviderTools, hidesInput, otherModelsOf, pricedBy } from './asked.ts'
import { estimateOf } from './estimate.ts'
import { type Member, membersOf, sizeOf } from './members.ts'
import { amountOf, flagOf, invalidAt, type Json, mostChoices, mostTokens, objectOf } from './members-read.ts'
import type { LlmRoute } from './place.ts'
import type { LlmRequest, Span, SpannedMember } from './request.ts'
import type { MaxMember } from './splice.ts'

/** Deeper than any schema that a provider takes, shallower than any parser's stack. */
export const depthLimit = 128
/** An embedding of 300,000 tokens by their numbers is the most that anybody sends. */
const valuesLimit = 1_000_000
/** Names that were never seen before cost more than all else: a million of them keep a thread for ten seconds. */
const namesLimit = 200_000

/** Pure: from the bytes of a body to the one reading that everybody has, or the reason why there is none. */
export function readRequest(bytes: Buffer, route: LlmRoute): Result<LlmRequest> {
  // Bytes that are no UTF-8 become U+FFFD in our text and something else in the text of others.
  if (!isUtf8(bytes)) return refuse('malformed_json', { detail: 'The body is not UTF-8.' })
  const { depth, values, names } = sizeOf(bytes)
  if (depth > depthLimit) return tooDeep
  if (values > valuesLimit || names > namesLimit) return tooMany
  const text = bytes.toString('utf8')
  const body = parse(text)
  if (body === undefined) return refuse('malformed_json')
  if (!isObject(body)) return refuse('malformed_json', { detail: 'The body is not a JSON object.' })
  for (const name in body)
    if (isLookalike(name, deciding)) return ambiguous(`The member ${shown(name)} could be taken for another one.`)
  // What JSON.stringify gives back unchanged has no member twice.
  const isPlain = text.length < shortText && JSON.stringify(body) === text
  if (!isPlain && hasDuplicateKeys(text)) return ambiguous('The body names a member twice.')
  return requestOf(bytes, body, route)
}

/** Longer ones are looked through: to write them anew would cost more. */
const shortText = 16_384

function requestOf(bytes: Buffer, body: Json, route: LlmRoute): Result<LlmRequest> {
  const model = modelOf(body)
  if (!model.ok) return model
  const numbers = numbersOf(body, route)
  if (!numbers.ok) return numbers
  const isStream = flagOf(body, 'stream')
  if (!isStream.ok) return isStream
  const options = streamOptionsOf(body)
  if (!options.ok) return options
  if (body['background'] !== undefined && body['background'] !== null && body['background'] !== false)
    return noBackground
  const others = otherModelsOf(body)
  if (!others.ok) return others
  const { members, at } = membersOf(bytes)
  const estimate = estimateOf(body)
  return ok({
    route,
    model: model.value,
    isStream: isStream.value,
    wantsUsage: options.value?.['include_usage'] === true,
    ...numbers.value,
    asksToThink: asksToThink(body),
    hasOtherOutput: hasOtherOutput(body),
    hasProviderTools: hasProviderTools(body),
    hidesInput: estimate.hidesInput || hidesInput(body),
    otherModels: others.value,
    pricedBy: pricedBy(body),
    inputTokens: estimate.tokens,
    spans: spansOf(bytes, members, options.value),
    head: { at, isEmpty: members.length === 0 },
  })
}

function modelOf(body: Json): Result<string> {
  const { model } = body
  if (model === undefined || model === null || model === '') return noModel
  if (typeof model !== 'string') return invalidAt('model', 'must be a text')
  // As long as a provider's slug and a model's name can be.
  return /^[\x21-\x7e]{1,200}$/.test(model)
    ? ok(model)
    : invalidAt('model', 'must be 1 to 200 visible ASCII characters')
}

function numbersOf(body: Json, route: LlmRoute): Result<Pick<LlmRequest, 'choices' | 'maxTokens'>> {
  let choices = 1
  for (const name of ['n', 'best_of']) {
    const amount = amountOf(body, name, 1, mostChoices)
    if (!amount.ok) return amount
    choices = Math.max(choices, amount.value ?? 1)
  }
  let maxTokens: number | null = null
  for (const name of maxNames) {
    // Anthropic takes 0: the prompt goes into its cache and nothing is answered.
    const amount = amountOf(body, name, route === 'messages' ? 0 : 1, mostTokens)
    if (!amount.ok) return amount
    // What the route does not know, its providers pass over.
    if (amount.value !== null && maxMembers[name].has(route)) maxTokens = Math.max(maxTokens ?? 0, amount.value)
  }
  return ok({ choices, maxTokens })
}

function streamOptionsOf(body: Json): Result<Json | null> {
  const options = objectOf(body, 'stream_options')
  if (!options.ok || options.value === null) return options
  for (const name in options.value)
    if (isLookalike(name, inOptions)) return ambiguous(`The member ${shown(name)} could be taken for another one.`)
  const usage = flagOf(options.value, 'include_usage', 'stream_options.include_usage')
  return usage.ok ? options : usage
}

function spansOf(bytes: Buffer, members: readonly Member[], options: Json | null): LlmRequest['spans'] {
  const spans: Partial<Record<SpannedMember, Span>> = {}
  for (const { name, value } of members) if (isSpanned(name)) spans[name] = value
  if (options !== null && spans.stream_options !== undefined)
    for (const { name, value } of membersOf(bytes, spans.stream_options.from).members)
      if (name === 'include_usage') spans.include_usage = value
  return spans
}

/** By the routes that honour them. */
const maxMembers: Readonly<Record<MaxMember, ReadonlySet<LlmRoute>>> = {
  max_tokens: new Set(['chat-completions', 'messages']),
  max_completion_tokens: new Set(['chat-completions']),
  max_output_tokens: new Set(['responses']),
}
const maxNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const
const spanned: ReadonlySet<string> = new Set(['model', 'stream_options', ...maxNames])
const isSpanned = (name: string): name is SpannedMember => spanned.has(name)
const inOptions: ReadonlySet<string> = new Set(['include_usage'])
/** Whoever reads one of these leniently must read what we have read. */
const deciding: ReadonlySet<string> = new Set([
  ...spanned,
  'stream',
  'n',
  'best_of',
  'background',
  'messages',
  'input',
  'system',
  'instructions',
  'prompt',
  'previous_response_id',
  'conversation',
  'tools',
  'functions',
  'plugins',
  'mcp_servers',
  'compaction',
  'context_management',
  'thread',
  'fallbacks',
  'models',
  'fallback_models',
  'route',
  'service_tier',
  'speed',
  'inference_geo',
  'web_search_options',
  'search_parameters',
  'container',
  'modalities',
  'audio',
  'reasoning',
  'reasoning_effort',
  'thinking',
  'enable_thinking',
  'chat_template_kwargs',
])

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const shown = (name: string): string => JSON.stringify(name.slice(0, 32))
const ambiguous = (detail: string) => refuse('message_ambiguous', { detail })
const noModel = refuse('model_missing', {
  detail: 'Say which model is called: "model" is missing. GET …/models lists those that this key may call.',
  data: { param: 'model' },
})
/** Nobody could fetch it, and nobody would know what it cost. */
const noBackground = invalidAt('background', 'must be left out: answers are not kept here to be fetched later')
const tooDeep = refuse('message_ambiguous', { detail: `The body is nested deeper than ${depthLimit} levels.` })
const tooMany = refuse('too_large', {
  detail: `The body may hold at most ${valuesLimit} values, and ${namesLimit} of them with a name, however short they are.`,
})
