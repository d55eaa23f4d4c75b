import type { Asked, Behaviour, Scripted } from './mock-provider.ts'
import { type Said, saidOf, wordsOf } from './mock-words.ts'

/** Answers of Anthropic's API, in its shapes. */
export function anthropicAnswer(asked: Asked, behaviour: Behaviour): Scripted {
  const refused = refusalOf(behaviour)
  if (refused) return refused
  if (asked.path.includes('/models')) return modelsOf(asked)
  const said = saidOf(asked, behaviour)
  if (asked.path.endsWith('/count_tokens')) return plain({ input_tokens: said.input })
  return asked.json['stream'] === true
    ? {
        status: 200,
        headers: { 'content-type': 'text/event-stream; charset=utf-8' },
        chunks: messageEvents(asked, said, behaviour),
      }
    : plain(messageOf(asked, said, behaviour))
}

const plain = (value: unknown, status = 200, headers = {}): Scripted => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  chunks: [JSON.stringify(value)],
})

const errors: Readonly<Record<string, readonly [status: number, type: string]>> = {
  '429': [429, 'rate_limit_error'],
  '401': [401, 'authentication_error'],
  '400': [400, 'invalid_request_error'],
  '500': [500, 'api_error'],
  '503': [503, 'api_error'],
  '529': [529, 'overloaded_error'],
}
function refusalOf(behaviour: Behaviour): Scripted | null {
  const [status, type] = errors[behaviour] ?? []
  if (status === undefined) return null
  const error = { type: 'error', error: { type, message: `Mock ${status}` }, request_id: 'req_mock' }
  return plain(error, status, status === 429 ? { 'retry-after': '7' } : {})
}

/** Its `input_tokens` leave out what came from the cache and what was written to it. */
const usageOf = ({ input, cached, cacheWrite }: Said, output: number) => ({
  input_tokens: input - cached - cacheWrite,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cached,
  cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
  output_tokens: output,
  service_tier: 'standard',
})

const toolInput = { city: 'Bern', usage: { input_tokens: 1, output_tokens: 1 } }

function messageOf({ json }: Asked, said: Said, behaviour: Behaviour) {
  const isTool = behaviour === 'tools'
  const thinking = { type: 'thinking', thinking: ' tok'.repeat(said.reasoning), signature: 'c2ln' }
  const content = isTool
    ? { type: 'tool_use', id: 'toolu_mock', name: 'get_weather', input: toolInput }
    : { type: 'text', text: said.texts[0] ?? '' }
  return {
    id: 'msg_mock',
    type: 'message',
    role: 'assistant',
    model: json['model'],
    content: [...(said.reasoning > 0 ? [thinking] : []), content],
    stop_reason: isTool ? 'tool_use' : said.isCut ? 'max_tokens' : 'end_turn',
    stop_sequence: null,
    ...(behaviour === 'no-usage' ? {} : { usage: behaviour === 'usage-null' ? null : usageOf(said, said.output) }),
  }
}

function messageEvents(asked: Asked, said: Said, behaviour: Behaviour): string[] {
  const isSilent = behaviour === 'no-usage' || behaviour === 'usage-null'
  const whole = messageOf(asked, said, behaviour)
  const begun = { ...whole, content: [], stop_reason: null, ...(isSilent ? {} : { usage: usageOf(said, 1) }) }
  const events: (readonly [type: string, rest: object])[] = [['message_start', { message: begun }]]
  const block = (index: number, start: object, deltas: readonly object[]): void => {
    events.push(['content_block_start', { index, content_block: start }])
    if (index === 0) events.push(['ping', {}])
    for (const delta of deltas) events.push(['content_block_delta', { index, delta }])
    events.push(['content_block_stop', { index }])
  }
  const thinking = Array.from({ length: said.reasoning }, () => ({ type: 'thinking_delta', thinking: ' tok' }))
  if (thinking.length > 0)
    block(0, { type: 'thinking', thinking: '' }, [...thinking, { type: 'signature_delta', signature: 'c2ln' }])
  const index = thinking.length > 0 ? 1 : 0
  if (behaviour === 'tools') {
    const pieces = JSON.stringify(toolInput).match(/.{1,8}/g) ?? []
    const start = { type: 'tool_use', id: 'toolu_mock', name: 'get_weather', input: {} }
    block(
      index,
      start,
      pieces.map((part) => ({ type: 'input_json_delta', partial_json: part })),
    )
  } else {
    const deltas = wordsOf(said.texts[0] ?? '').map((text) => ({ type: 'text_delta', text }))
    block(index, { type: 'text', text: '' }, deltas)
  }
  if (behaviour === 'error-event') {
    events.push(['error', { error: { type: 'overloaded_error', message: 'Overloaded' } }])
  } else {
    const delta = { stop_reason: whole.stop_reason, stop_sequence: null }
    const usage = isSilent ? {} : { usage: { output_tokens: said.output } }
    events.push(['message_delta', { delta, ...usage }], ['message_stop', {}])
  }
  return events.map(([type, rest]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`)
}

const model = (id: string) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })
function modelsOf({ path }: Asked): Scripted {
  const name = /\/models\/(.+)$/.exec(path)?.[1]
  if (name) return plain(model(name))
  const all = [model('mock-plain'), model('mock-slow')]
  return plain({ data: all, has_more: false, first_id: all[0]?.id, last_id: all[1]?.id })
}
