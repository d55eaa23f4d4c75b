import type { Tokens } from '../../../fleet/records/schema.ts'
import type { LlmRoute } from '../place.ts'
import { type Scanned, type Watch, watching } from './scan-json.ts'
import { type MessageUsage, tokensOfMessage, usageOfChat, usageOfResponse, withUsage } from './usage.ts'

/** What is known of an answer's usage so far. */
export type Read = {
  readonly tokens: Tokens | null
  /** Nothing that counts comes after it. */
  readonly isOver: boolean
  /** The output is complete; its usage may still come. */
  readonly hasFinished: boolean
  /** Of Anthropic, whose events say parts of it. */
  readonly message: MessageUsage | null
}
export const nothingRead: Read = { tokens: null, isOver: false, hasFinished: false, message: null }

/** How one kind of answer says what it has used: which members count, and what they mean. Pure. */
export type Format = {
  readonly watch: Watch
  readonly read: (before: Read, found: Scanned) => Read
  /** Is this event of a stream there for the usage alone? */
  readonly isUsageOnly: (found: Scanned) => boolean
}

const never = (): boolean => false
const none: ReadonlySet<string> = new Set()

/**
 * What is kept of an answer in which nobody but the provider writes objects: what callers and models say stands in texts.
 * Anthropic's tools are called with objects of the model, and Responses show the caller's own tools again.
 */
export const usageAlone = [['usage']] as const

/** Names of text in messages of OpenAI and those who follow it; several of them show what they think. */
const chatTexts = new Set(['content', 'refusal', 'arguments', 'input', 'reasoning_content', 'reasoning', 'text'])

const chat: Format = {
  watch: watching({ kept: usageAlone, texts: chatTexts, whole: none, finish: null, list: null }),
  read: (before, { kept }) => ({ ...before, tokens: usageOfChat(kept[0]), isOver: true }),
  isUsageOnly: never,
}

const chatStream: Format = {
  watch: watching({
    kept: [['usage'], ['x_groq', 'usage'], ['error']],
    texts: chatTexts,
    whole: none,
    finish: 'finish_reason',
    list: 'choices',
  }),
  read: (before, { kept, hasFinish, isListEmpty }) => {
    const said = usageOfChat(kept[0]) ?? usageOfChat(kept[1])
    const hasFinished = before.hasFinished || hasFinish
    // Some say the usage so far in every chunk: it is the whole only where the output has ended.
    const isOver = before.isOver || (said !== null && (hasFinished || isListEmpty))
    return { ...before, tokens: said ?? before.tokens, hasFinished, isOver }
  },
  isUsageOnly: ({ kept, isListEmpty }) => isListEmpty && kept[0] !== null && kept[2] === null,
}

const embeddings: Format = {
  ...chat,
  watch: watching({ kept: usageAlone, texts: none, whole: none, finish: null, list: null }),
}

const response: Format = {
  watch: watching({
    kept: [['usage']],
    texts: new Set(['text', 'refusal', 'arguments', 'input']),
    whole: none,
    finish: null,
    list: null,
  }),
  read: (before, { kept }) => ({ ...before, tokens: usageOfResponse(kept[0]), isOver: true }),
  isUsageOnly: never,
}

const lastOfResponse = new Set(['response.completed', 'response.incomplete', 'response.failed'])

const responseStream: Format = {
  // Whole texts are said again in later events: only what is new counts.
  watch: watching({
    kept: [['type'], ['response', 'usage']],
    texts: new Set(['delta']),
    whole: none,
    finish: null,
    list: null,
  }),
  read: (before, { kept: [type, usage] }) => {
    if (typeof type !== 'string' || !lastOfResponse.has(type)) return before
    return { ...before, tokens: usageOfResponse(usage), isOver: true, hasFinished: true }
  },
  isUsageOnly: never,
}

const message: Format = {
  watch: watching({
    kept: [['usage']],
    texts: new Set(['text', 'thinking', 'data']),
    whole: new Set(['input']),
    finish: null,
    list: null,
  }),
  read: (before, { kept }) => {
    const usage = withUsage(null, kept[0])
    return { ...before, message: usage, tokens: usage === null ? null : tokensOfMessage(usage), isOver: true }
  },
  isUsageOnly: never,
}

const messageStream: Format = {
  watch: watching({
    kept: [['type'], ['message', 'usage'], ['usage']],
    texts: new Set(['text', 'thinking', 'partial_json', 'data']),
    whole: none,
    finish: null,
    list: null,
  }),
  read: (before, { kept: [type, begun, usage] }) => {
    const said = withUsage(withUsage(before.message, begun), usage)
    const isLast = type === 'message_delta' && said !== null && said.output !== null && usage !== null
    return {
      tokens: said === null ? null : tokensOfMessage(said),
      message: said,
      isOver: before.isOver || isLast,
      hasFinished: before.hasFinished || type === 'message_delta' || type === 'message_stop',
    }
  },
  isUsageOnly: never,
}

export type Reading = { readonly plain: Format; readonly stream: Format }

/** Null: what the route answers costs nothing. */
export const formatsOf: Readonly<Record<LlmRoute, Reading | null>> = {
  'chat-completions': { plain: chat, stream: chatStream },
  responses: { plain: response, stream: responseStream },
  embeddings: { plain: embeddings, stream: embeddings },
  messages: { plain: message, stream: messageStream },
  'count-tokens': null,
  models: null,
  'anthropic-models': null,
}
