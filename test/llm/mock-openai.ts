import type { Asked, Behaviour, Scripted } from './mock-provider.ts'
import { type Said, saidOf, wordsOf } from './mock-words.ts'

/** Answers of OpenAI's API, in its shapes. */
export function openAiAnswer(asked: Asked, behaviour: Behaviour): Scripted {
  const refused = refusalOf(behaviour)
  if (refused) return refused
  if (asked.path.includes('/models')) return modelsOf(asked)
  const said = saidOf(asked, behaviour)
  if (asked.path.endsWith('/embeddings')) return embeddingsOf(asked, said, behaviour)
  const isStream = asked.json['stream'] === true
  if (asked.path.endsWith('/responses'))
    return isStream ? stream(responseEvents(asked, said, behaviour)) : plain(responseOf(asked, said, behaviour))
  if (!asked.path.endsWith('/chat/completions')) return plain({ error: { message: 'no such path' } }, 404)
  return isStream ? stream(chatChunks(asked, said, behaviour)) : plain(chatOf(asked, said, behaviour))
}

const plain = (value: unknown, status = 200, headers = {}): Scripted => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  chunks: [JSON.stringify(value)],
})
const stream = (chunks: readonly string[]): Scripted => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  chunks,
})

const errors: Readonly<Record<string, readonly [status: number, type: string, code: string | null]>> = {
  '429': [429, 'requests', 'rate_limit_exceeded'],
  '401': [401, 'invalid_request_error', 'invalid_api_key'],
  '400': [400, 'invalid_request_error', null],
  '500': [500, 'server_error', null],
  '503': [503, 'server_error', 'overloaded'],
  '529': [529, 'server_error', 'overloaded'],
}
function refusalOf(behaviour: Behaviour): Scripted | null {
  const [status, type, code] = errors[behaviour] ?? []
  if (status === undefined) return null
  const headers = status === 429 ? { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' } : {}
  return plain({ error: { message: `Mock ${status}`, type, param: null, code } }, status, headers)
}

const isSilent = (behaviour: Behaviour): boolean => behaviour === 'no-usage' || behaviour === 'usage-null'
const created = 1_790_000_000

const chatUsage = ({ input, output, cached, reasoning }: Said) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0, accepted_prediction_tokens: 0 },
})

const toolCall = (argumentsText: string) => ({
  id: 'call_mock',
  type: 'function',
  function: { name: 'get_weather', arguments: argumentsText },
})
const toolArguments = '{"city":"Bern","usage":{"prompt_tokens":1,"completion_tokens":1}}'

function chatOf({ json }: Asked, said: Said, behaviour: Behaviour) {
  const isTool = behaviour === 'tools'
  const usage = behaviour === 'usage-null' ? { usage: null } : { usage: chatUsage(said) }
  return {
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created,
    model: json['model'],
    choices: said.texts.map((content, index) => ({
      index,
      message: isTool
        ? { role: 'assistant', content: null, tool_calls: [toolCall(toolArguments)], refusal: null }
        : { role: 'assistant', content, refusal: null },
      logprobs: null,
      finish_reason: isTool ? 'tool_calls' : said.isCut ? 'length' : 'stop',
    })),
    ...(behaviour === 'no-usage' ? {} : usage),
    service_tier: 'default',
  }
}

function chatChunks({ json }: Asked, said: Said, behaviour: Behaviour): string[] {
  const isAsked = (json['stream_options'] as { include_usage?: unknown } | undefined)?.include_usage === true
  const isEverywhere = behaviour === 'usage-everywhere'
  let made = 0
  const chunk = (choices: unknown[], usage?: unknown): string => {
    const soFar = isEverywhere ? chatUsage({ ...said, output: made }) : isAsked ? null : undefined
    return data({
      id: 'chatcmpl-mock',
      object: 'chat.completion.chunk',
      created,
      model: json['model'],
      choices,
      usage: usage ?? soFar,
    })
  }
  const part = (index: number, delta: unknown, finish: string | null = null) =>
    chunk([{ index, delta, logprobs: null, finish_reason: finish }])
  const chunks: string[] = []
  for (const [index, text] of said.texts.entries()) {
    chunks.push(part(index, { role: 'assistant', content: '', refusal: null }))
    const tool = (argumentsText: string) => ({ tool_calls: [{ index: 0, ...toolCall(argumentsText) }] })
    const deltas =
      behaviour === 'tools'
        ? [tool(''), ...(toolArguments.match(/.{1,8}/g) ?? []).map(tool)]
        : wordsOf(text).map((content) => ({ content }))
    for (const delta of deltas) {
      made += 1
      chunks.push(part(index, delta))
    }
    if (behaviour === 'error-event') return [...chunks, data({ error: { message: 'Mock', type: 'server_error' } })]
    chunks.push(part(index, {}, behaviour === 'tools' ? 'tool_calls' : said.isCut ? 'length' : 'stop'))
  }
  if ((isAsked || isEverywhere) && !isSilent(behaviour)) chunks.push(chunk([], chatUsage(said)))
  chunks.push('data: [DONE]\n\n')
  return chunks
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

function responseOf({ json }: Asked, said: Said, behaviour: Behaviour) {
  const { input, output, cached, reasoning } = said
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  }
  return {
    id: 'resp_mock',
    object: 'response',
    created_at: created,
    status: said.isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: said.isCut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    max_output_tokens: json['max_output_tokens'] ?? null,
    model: json['model'],
    output: [
      ...(reasoning > 0 ? [{ id: 'rs_mock', type: 'reasoning', summary: [] }] : []),
      {
        id: 'msg_mock',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: said.texts[0] ?? '', annotations: [], logprobs: [] }],
      },
    ],
    parallel_tool_calls: true,
    tools: json['tools'] ?? [],
    text: { format: { type: 'text' } },
    ...(behaviour === 'no-usage' ? {} : { usage: behaviour === 'usage-null' ? null : usage }),
    metadata: {},
  }
}

function responseEvents(asked: Asked, said: Said, behaviour: Behaviour): string[] {
  const whole = responseOf(asked, said, behaviour)
  const begun = { ...whole, status: 'in_progress', output: [], usage: null, incomplete_details: null }
  const at = { item_id: 'msg_mock', output_index: 0, content_index: 0 }
  const text = said.texts[0] ?? ''
  const item = whole.output.at(-1)
  const end = said.isCut ? 'response.incomplete' : 'response.completed'
  const middle = wordsOf(text).map((delta) => ['response.output_text.delta', { ...at, delta, logprobs: [] }] as const)
  const error = ['error', { code: 'server_error', message: 'Mock', param: null }] as const
  const last = [
    ['response.output_text.done', { ...at, text, logprobs: [] }],
    ['response.content_part.done', { ...at, part: { type: 'output_text', text, annotations: [] } }],
    ['response.output_item.done', { output_index: 0, item }],
    [end, { response: whole }],
  ] as const
  const events = [
    ['response.created', { response: begun }] as const,
    ['response.in_progress', { response: begun }] as const,
    [
      'response.output_item.added',
      { output_index: 0, item: { id: 'msg_mock', type: 'message', content: [] } },
    ] as const,
    ['response.content_part.added', { ...at, part: { type: 'output_text', text: '', annotations: [] } }] as const,
    ...middle,
    ...(behaviour === 'error-event' ? [error] : last),
  ]
  return events.map(
    ([type, rest], place) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: place, ...rest })}\n\n`,
  )
}

function embeddingsOf({ json }: Asked, { input }: Said, behaviour: Behaviour): Scripted {
  const texts = Array.isArray(json['input']) ? json['input'] : [json['input']]
  const usage = { usage: { prompt_tokens: input, total_tokens: input } }
  return plain({
    object: 'list',
    data: texts.map((_, index) => ({ object: 'embedding', index, embedding: [0.1, -2.5e-3, 1, 0] })),
    model: json['model'],
    ...(isSilent(behaviour) ? {} : usage),
  })
}

const model = (id: string) => ({ id, object: 'model', created, owned_by: 'mock' })
function modelsOf({ path }: Asked): Scripted {
  const name = /\/models\/(.+)$/.exec(path)?.[1]
  return plain(name ? model(name) : { object: 'list', data: [model('mock-plain'), model('mock-slow')] })
}
