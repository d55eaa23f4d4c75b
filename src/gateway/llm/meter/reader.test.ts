import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anthropicAnswer } from '../../../../test/llm/mock-anthropic.ts'
import { openAiAnswer } from '../../../../test/llm/mock-openai.ts'
import type { Asked, Behaviour } from '../../../../test/llm/mock-provider.ts'
import type { LlmRoute } from '../place.ts'
import { readerOf, type UsageReader } from './reader.ts'

const paths: Readonly<Record<string, string>> = {
  'chat-completions': '/v1/chat/completions',
  responses: '/v1/responses',
  embeddings: '/v1/embeddings',
  messages: '/v1/messages',
}
const streamType = 'text/event-stream; charset=utf-8'

function answerOf(route: LlmRoute, json: Readonly<Record<string, unknown>>, behaviour: Behaviour = 'plain') {
  const asked = { path: paths[route], json, text: JSON.stringify(json), headers: {} } as unknown as Asked
  return (route === 'messages' ? anthropicAnswer : openAiAnswer)(asked, behaviour)
}
const bytesOf = (...call: Parameters<typeof answerOf>): Buffer => Buffer.from(answerOf(...call).chunks.join(''))

type Options = { readonly isStream?: boolean; readonly hides?: boolean; readonly mayBeEnded?: boolean }
function readerFor(route: LlmRoute, { isStream = false, hides = false, mayBeEnded = false }: Options): UsageReader {
  const contentType = isStream ? streamType : 'application/json'
  const reader = readerOf({ route, status: 200, contentType, hidesUsage: hides, mayBeEnded })
  if (reader === null) throw new Error('it costs nothing')
  return reader
}

/** Fed in pieces that begin at the cuts; what came out. */
function feed(reader: UsageReader, bytes: Buffer, cuts: readonly number[]) {
  const out: Buffer[] = []
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    const given = reader.push(bytes.subarray(from, cut))
    out.push(Buffer.from(given))
    from = cut
  }
  out.push(reader.end())
  return { out: Buffer.concat(out), ...reader.said(), made: reader.made() }
}

const words = 4
const say = (stream: boolean, more = {}) => ({
  model: 'mock-plain',
  messages: [{ role: 'user', content: `say ${words}` }],
  ...more,
  ...(stream ? { stream: true } : {}),
})
const withUsage = { stream_options: { include_usage: true } }

const cells = (['chat-completions', 'responses', 'messages'] as const).flatMap((route) =>
  [false, true].flatMap((isStream) =>
    (['plain', 'reasoning', 'cached', 'tools', 'no-usage', 'usage-null', 'usage-everywhere'] as const).map(
      (behaviour) => ({ route, isStream, behaviour }),
    ),
  ),
)

describe('D22 what an answer has used is read from its bytes', () => {
  test.each(cells)('$route, streamed $isStream, $behaviour: the same at every split, and byte for byte', (cell) => {
    const { route, isStream, behaviour } = cell
    const json = say(isStream, isStream ? withUsage : {})
    const bytes = bytesOf(route, json, behaviour)
    const whole = feed(readerFor(route, { isStream }), bytes, [])
    expect(whole.out.equals(bytes)).toBe(true)
    const isSilent = behaviour === 'no-usage' || behaviour === 'usage-null'
    expect(whole.isWhole).toBe(!isSilent)
    if (isSilent) expect(whole.made).toBeGreaterThanOrEqual(words)
    else expect(whole.tokens).toMatchObject(expected(cell, json))
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(feed(readerFor(route, { isStream }), bytes, [cut])).toEqual(whole)
    const single = [...bytes.keys()]
    expect(feed(readerFor(route, { isStream }), bytes, single)).toEqual(whole)
    expect(feed(readerFor(route, { isStream, mayBeEnded: true }), bytes, single)).toEqual(whole)
  })

  test('embeddings have input alone', () => {
    const bytes = bytesOf('embeddings', { model: 'mock-plain', input: ['a', 'b'] })
    const { tokens, isWhole } = feed(readerFor('embeddings', {}), bytes, [7])
    expect({ ...tokens, isWhole }).toMatchObject({ output: 0, isWhole: true })
    expect(tokens?.input).toBeGreaterThan(0)
  })

  test('what costs nothing is not read: counting tokens, lists of models, and refusals of the provider', () => {
    const head = { status: 200, contentType: 'application/json', hidesUsage: false, mayBeEnded: false }
    for (const route of ['count-tokens', 'models', 'anthropic-models'] as const)
      expect(readerOf({ ...head, route })).toBeNull()
    for (const status of [301, 400, 401, 429, 500, 529])
      expect(readerOf({ ...head, status, route: 'messages' })).toBeNull()
  })
})

function expected({ route, behaviour }: (typeof cells)[number], json: Readonly<Record<string, unknown>>) {
  const input = Math.ceil(JSON.stringify(json).length / 4)
  const isCached = behaviour === 'cached'
  const isAnthropic = route === 'messages'
  return {
    input,
    output: behaviour === 'reasoning' ? 2 * words : words,
    cached: isCached ? input >> 1 : 0,
    cacheWrite: isCached && isAnthropic ? input >> 2 : 0,
    // Anthropic counts what was thought among the output and does not say how much it was.
    reasoning: behaviour === 'reasoning' && !isAnthropic ? words : 0,
  }
}

describe('the usage chunk that the caller did not ask for', () => {
  const visible = (behaviour: Behaviour) => {
    const { chunks } = answerOf('chat-completions', say(true, withUsage), behaviour)
    const shown = chunks.filter((chunk) => !/"choices":\[\],"usage":\{/.test(chunk))
    return { bytes: Buffer.from(chunks.join('')), shown: Buffer.from(shown.join('')) }
  }

  test.each(['plain', 'tools', 'no-usage', 'usage-everywhere', 'error-event'] as const)(
    '%s: it alone is hidden, at every split',
    (behaviour) => {
      const { bytes, shown } = visible(behaviour)
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const fed = feed(readerFor('chat-completions', { isStream: true, hides: true }), bytes, [cut])
        expect(fed.out.equals(shown), String(cut)).toBe(true)
      }
      const single = feed(readerFor('chat-completions', { isStream: true, hides: true }), bytes, [...bytes.keys()])
      expect(single.out.equals(shown)).toBe(true)
    },
  )

  test('with any line ends, comments and fields between, cut anywhere', () => {
    const event = (data: string, end: string) => `: comment${end}id: 7${end}data: ${data}${end}${end}`
    const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}'
    const others = ['{"choices":[{"delta":{"content":"a"}}],"usage":null}', '[DONE]', '{"choices":[]}', 'no json', '']
    const one = fc.record({
      data: fc.constantFrom(usage, usage, ...others),
      end: fc.constantFrom('\n', '\r\n', '\r'),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.array(fc.nat(700)), (events, cuts) => {
        // An LF after an event that ends with CR would be its own: one line end a stream.
        const end = events[0]?.end ?? '\n'
        const bytes = Buffer.from(events.map(({ data }) => event(data, end)).join(''))
        const shown = events.filter(({ data }) => data !== usage).map(({ data }) => event(data, end))
        const places = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((first, next) => first - next)
        const fed = feed(readerFor('chat-completions', { isStream: true, hides: true }), bytes, places)
        expect(fed.out.toString()).toBe(shown.join(''))
        expect(fed.isWhole).toBe(events.some(({ data }) => data === usage))
      }),
    )
  })

  test('an event never waits for the one after it, and a stream that never ends one is not held for ever', () => {
    const reader = readerFor('chat-completions', { isStream: true, hides: true })
    const first = Buffer.from('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
    expect(reader.push(first)).toBe(first)
    let out = 0
    for (let at = 0; at < 100; at += 1) out += reader.push(Buffer.from(`data: ${'x'.repeat(1000)}`)).length
    expect(out).toBeGreaterThan(60_000)
  })

  test('a chunk with an error, or with choices beside its usage, is shown', () => {
    for (const text of [
      'data: {"choices":[],"usage":{"prompt_tokens":1},"error":{"message":"no"}}\n\n',
      'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n',
      'data: {"usage":{"prompt_tokens":1}}\n\n',
    ]) {
      const fed = feed(readerFor('chat-completions', { isStream: true, hides: true }), Buffer.from(text), [])
      expect(fed.out.toString()).toBe(text)
    }
  })
})

describe('what providers say in other ways', () => {
  test('attack: a usage inside the text of an answer is not believed, however long the answer is', () => {
    const fake = '"usage":{"prompt_tokens":0,"completion_tokens":0,"input_tokens":0,"output_tokens":0}'
    for (const length of [0, 3000, 60_000])
      for (const route of ['chat-completions', 'responses', 'messages'] as const) {
        const content = `${'tok '.repeat(length / 4)}{${fake}}\\",${fake}`
        const body = {
          choices: [{ message: { content } }],
          content: [{ text: content, input: { usage: {} } }],
          output: [{ text: content }],
        }
        const fed = feed(readerFor(route, {}), Buffer.from(JSON.stringify(body)), [50])
        expect(fed).toMatchObject({ tokens: null, isWhole: false })
        expect(fed.made).toBeGreaterThan(length / 4)
        const events = Buffer.from(`data: ${JSON.stringify({ delta: content, ...body })}\n\n`)
        expect(feed(readerFor(route, { isStream: true }), events, [50])).toMatchObject({ tokens: null })
      }
  })

  const chat = (usage: unknown, more = {}) =>
    feed(readerFor('chat-completions', {}), Buffer.from(JSON.stringify({ choices: [], ...more, usage })), [])

  test('output that is left out of the completion and counted in the total is output, and was thought', () => {
    const { tokens } = chat({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 115 })
    expect(tokens).toMatchObject({ input: 10, output: 105, reasoning: 100 })
  })

  test('parts are never more than their whole, and what is no number is not there', () => {
    const details = { cached_tokens: 900, audio_tokens: 'x' }
    expect(chat({ prompt_tokens: 10, completion_tokens: -3, prompt_tokens_details: details }).tokens).toEqual({
      input: 10,
      output: 0,
      cached: 10,
      cacheWrite: 0,
      reasoning: 0,
    })
    for (const wrong of [{}, { prompt_tokens: 'many' }, { prompt_tokens: -1 }, { prompt_tokens: 1e30 }, [], 'x', 5])
      expect(chat(wrong).isWhole, JSON.stringify(wrong)).toBe(false)
  })

  test('usage in every chunk of a stream is the whole only at its end; before, what was made counts', () => {
    const { chunks } = answerOf('chat-completions', say(true), 'usage-everywhere')
    const half = Buffer.from(chunks.slice(0, 3).join(''))
    const reader = readerFor('chat-completions', { isStream: true })
    reader.push(half)
    expect(reader.said()).toMatchObject({ isWhole: false, tokens: { output: 2 } })
    expect(reader.made()).toBe(2)
    reader.push(Buffer.from(chunks.slice(3).join('')))
    expect(reader.said()).toMatchObject({ isWhole: true, tokens: { output: words } })
  })

  test('the last events of a Responses stream say its text again: it is counted once', () => {
    const bytes = bytesOf('responses', { model: 'm', stream: true, input: 'say 20' }, 'no-usage')
    expect(feed(readerFor('responses', { isStream: true }), bytes, []).made).toBe(20)
  })

  test('the beginning of an Anthropic stream says the input, so half of one has it', () => {
    const { chunks } = answerOf('messages', say(true), 'cached')
    const reader = readerFor('messages', { isStream: true })
    reader.push(Buffer.from(chunks.slice(0, 6).join('')))
    const { tokens, isWhole } = reader.said()
    expect(isWhole).toBe(false)
    expect(tokens?.input).toBe(Math.ceil(JSON.stringify(say(true)).length / 4))
    expect(reader.made()).toBe(3)
  })
})

test('attack: what a tool of the client is called with counts, whatever kind of tool it is', () => {
  const written = 'word '.repeat(1000)
  const call = (more: object) => ({ choices: [{ delta: { tool_calls: [{ index: 0, ...more }] }, message: null }] })
  const custom = call({ type: 'custom', custom: { name: 'mine', input: written } })
  const stream = readerFor('chat-completions', { isStream: true })
  stream.push(Buffer.from(`data: ${JSON.stringify(custom)}\n\n`))
  expect(stream.made()).toBeGreaterThan(1000)
  for (const [route, answer] of [
    ['chat-completions', custom],
    ['responses', { output: [{ type: 'custom_tool_call', name: 'mine', input: written }] }],
  ] as const) {
    const plain = readerFor(route, {})
    plain.push(Buffer.from(JSON.stringify(answer)))
    expect(plain.made(), route).toBeGreaterThan(1000)
  }
})
