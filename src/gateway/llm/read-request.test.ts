import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasProviderTools } from './asked.ts'
import { estimateOf } from './estimate.ts'
import { membersOf } from './members.ts'
import { readRequest } from './read-request.ts'
import type { LlmRequest } from './request.ts'
import { spliced } from './splice.ts'

const read = (body: unknown, route: LlmRequest['route'] = 'chat-completions') =>
  readRequest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), route)
const request = (body: unknown, route?: LlmRequest['route']): LlmRequest => {
  const result = read(body, route)
  if (!result.ok) throw new Error(result.problem.detail)
  return result.value
}
const codeOf = (body: unknown, route?: LlmRequest['route']) => {
  const result = read(body, route)
  return result.ok ? null : result.problem.code
}
const hi = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

describe('what a body says', () => {
  test('D58 the members that decide are read, whatever the dialect calls them', () => {
    expect(request({ ...hi, stream: true, n: 3, max_completion_tokens: 7, max_tokens: 5 })).toMatchObject({
      model: 'm',
      isStream: true,
      choices: 3,
      maxTokens: 7,
      wantsUsage: false,
    })
    expect(request({ ...hi, stream: true, stream_options: { include_usage: true } }).wantsUsage).toBe(true)
    expect(request({ model: 'm', input: 'x', max_output_tokens: 9 }, 'responses').maxTokens).toBe(9)
    expect(request({ ...hi, stream: null, n: null, max_tokens: null, stream_options: null })).toMatchObject({
      isStream: false,
      choices: 1,
      maxTokens: null,
    })
    expect(request({ ...hi, max_tokens: 0 }, 'messages').maxTokens).toBe(0)
  })

  test('attack: a largest output that the route does not know is none', () => {
    const given = { model: 'm', max_tokens: 1, max_completion_tokens: 2, max_output_tokens: 3 }
    const { max_tokens: one, max_completion_tokens: two, max_output_tokens: three } = given
    expect(request({ model: 'm', max_output_tokens: three }).maxTokens).toBeNull()
    expect(request({ model: 'm', max_tokens: one, max_completion_tokens: two }, 'responses').maxTokens).toBeNull()
    expect(
      request({ model: 'm', max_completion_tokens: two, max_output_tokens: three }, 'messages').maxTokens,
    ).toBeNull()
    expect(request(given, 'responses').maxTokens).toBe(3)
    expect(request(given, 'messages').maxTokens).toBe(1)
    expect(request(given).maxTokens).toBe(2)
  })

  test.each([
    ['reasoning_effort', 'high', true],
    ['reasoning_effort', 'none', false],
    ['reasoning', { effort: 'none' }, false],
    ['reasoning', { summary: 'auto' }, true],
    ['thinking', { type: 'enabled', budget_tokens: 2000 }, true],
    ['thinking', { type: 'adaptive' }, true],
    ['thinking', { type: 'disabled' }, false],
    ['enable_thinking', true, true],
  ])('asking to think is seen: %s %j', (name, value, thinks) => {
    expect(request({ ...hi, [name]: value }).asksToThink).toBe(thinks)
  })

  test('what the provider runs, makes or keeps itself is seen, and what the client runs is not', () => {
    const tools = (tool: unknown) => hasProviderTools({ tools: [tool] })
    expect(
      [{ type: 'function' }, { type: 'custom' }, { name: 'mine' }, { type: 'bash_20250124', name: 'bash' }].map(tools),
    ).toEqual([false, false, false, false])
    expect(
      [{ type: 'web_search' }, { type: 'mcp' }, { type: 'web_search_20250305', name: 'w' }, {}, 'x'].map(tools),
    ).toEqual([true, true, true, true, true])
    expect(request({ ...hi, web_search_options: {} }).hasProviderTools).toBe(true)
    expect(request({ ...hi, modalities: ['text', 'audio'], audio: { voice: 'a' } }).hasOtherOutput).toBe(true)
    expect(request({ ...hi, modalities: ['text'] }).hasOtherOutput).toBe(false)
    for (const hiding of [{ previous_response_id: 'r' }, { conversation: 'c' }, { prompt: { id: 'p' } }])
      expect(request({ model: 'm', input: 'x', ...hiding }, 'responses').hidesInput).toBe(true)
    const file = [{ role: 'user', content: [{ type: 'input_file', file_id: 'file_1' }] }]
    expect(request({ model: 'm', input: file }, 'responses').hidesInput).toBe(true)
  })
})

describe('what is refused', () => {
  test.each([
    [{ fallbacks: 'default' }, 'fallbacks'],
    [{ fallbacks: [{ model: 'opus' }] }, 'fallbacks'],
    [{ models: ['a', 'b'] }, 'models'],
    [{ route: 'fallback' }, 'route'],
  ])('D31 the provider may not answer with another model: %j', (more, param) => {
    expect(read({ ...hi, ...more })).toMatchObject({ problem: { code: 'invalid', status: 400, data: { param } } })
  })

  test('D31 models that tools name are found, those in a tool’s description are not', () => {
    const tools = [
      { type: 'advisor_20260301', name: 'advisor', model: 'opus' },
      { type: 'image_generation', svg: { model: 'author' } },
      { type: 'function', function: { parameters: { model: 'text' } } },
      { name: 'mine', input_schema: { properties: { model: 'text' } } },
    ]
    expect(request({ ...hi, tools }).otherModels).toEqual(['opus', 'author'])
  })

  test('a service at another price is seen', () => {
    expect(request({ ...hi, service_tier: 'priority' }).pricedBy).toBe('service_tier')
    expect(request({ ...hi, speed: 'fast' }).pricedBy).toBe('speed')
    expect(request({ ...hi, inference_geo: 'us' }).pricedBy).toBe('inference_geo')
    expect(request({ ...hi, service_tier: 'flex', speed: null }).pricedBy).toBeNull()
  })

  test.each([
    ['n', 0],
    ['n', -1],
    ['n', 1.5],
    ['n', 1e9],
    ['n', '2'],
    ['best_of', 1e9],
    ['max_tokens', 0],
    ['max_tokens', -5],
    ['max_tokens', 0.5],
    ['max_tokens', 1e300],
    ['max_completion_tokens', '7'],
    ['max_output_tokens', true],
    ['stream', 'true'],
    ['stream', 1],
    ['stream_options', []],
    ['background', true],
    ['model', 7],
    ['model', 'a b'],
  ])('an absurd %s of %j is a 400 that names it', (name, value) => {
    const result = read({ ...hi, [name]: value })
    expect(result).toMatchObject({ ok: false, problem: { code: 'invalid', status: 400, data: { param: name } } })
  })

  test('a body without a model says so', () => {
    for (const model of [undefined, null, '']) expect(codeOf({ ...hi, model })).toBe('model_missing')
  })

  test.each([
    ['{"model":"a","model":"b"}'],
    ['{"model":"a","mo\\u0064el":"b"}'],
    ['{"model":"a","Model":"b"}'],
    ['{"model":"a","STREAM":true}'],
    ['{"model":"a","ſtream":true}'],
    ['{"model":"a","max_toKens":1}'],
    ['{"model":"a","stream_options":{"include_usage":false,"include_usage":true}}'],
    ['{"model":"a","stream_options":{"Include_Usage":true}}'],
    ['{"model":"a","tools":[{"type":"function","type":"web_search"}]}'],
    ['{"model":"a","__proto__":{"stream":true}}'],
    [`{"model":"a","x":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('what could be read in two ways is refused: %s', (text) => {
    expect(codeOf(text)).toBe('message_ambiguous')
  })

  test('what is no JSON object in UTF-8 is refused', () => {
    for (const text of ['', '[]', '"x"', 'null', '{', '\ufeff{"model":"a"}', '{"model":NaN}'])
      expect(codeOf(text)).toBe('malformed_json')
    expect(readRequest(Buffer.from([0x7b, 0xff, 0x7d]), 'responses').ok).toBe(false)
    expect(codeOf(`{"model":"a","x":[${'1,'.repeat(1_000_001)}1]}`)).toBe('too_large')
    const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, 1]))
    expect(codeOf({ ...hi, x: Array.from({ length: 3 }, () => names(70_000)) })).toBe('too_large')
    expect(codeOf({ ...hi, x: names(1000) })).toBeNull()
  })
})

describe('what the input is taken for', () => {
  test('text of some kinds is within a factor of two of what tokenizers say', () => {
    const tokens = (content: string) => estimateOf({ messages: [{ role: 'user', content }] }).tokens
    const many = 200
    expect(tokens('The quick brown fox jumps over the lazy dog. '.repeat(many)) / (10 * many)).toBeGreaterThan(0.8)
    expect(tokens('The quick brown fox jumps over the lazy dog. '.repeat(many)) / (10 * many)).toBeLessThan(2)
    expect(tokens('敏捷的棕色狐狸'.repeat(many)) / (7 * many)).toBeGreaterThan(0.8)
    expect(tokens('const a = (b) => b.map((c) => c + 1)\n'.repeat(many)) / (17 * many)).toBeGreaterThan(0.8)
    expect(tokens('😀'.repeat(many)) / (2 * many)).toBeGreaterThan(0.8)
  })

  test('a picture costs the same however long it is, and only where a picture may stand', () => {
    const url = `data:image/png;base64,${'A'.repeat(400_000)}`
    const picture = (content: unknown) => estimateOf({ messages: [{ role: 'user', content }] }).tokens
    expect(picture([{ type: 'image_url', image_url: { url } }])).toBeLessThan(1700)
    expect(picture([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: url } }])).toBeLessThan(
      1700,
    )
    expect(picture(url)).toBeGreaterThan(100_000)
    expect(picture([{ type: 'tool_use', id: 'x', input: { type: 'image_url', image_url: url } }])).toBeGreaterThan(
      100_000,
    )
    expect(estimateOf({ tools: [{ type: 'image_url', image_url: url }] }).tokens).toBeGreaterThan(100_000)
  })

  test('attack: text is counted, whatever part of a message it says it is', () => {
    const text = 'word '.repeat(10_000)
    for (const type of ['image', 'image_url', 'input_image', 'audio', 'input_audio'])
      expect(estimateOf({ messages: [{ type, role: 'user', content: text }] }).tokens, type).toBeGreaterThan(9000)
  })

  test('attack: text is counted in members that only some providers read', () => {
    const text = 'word '.repeat(10_000)
    for (const more of [{ documents: [{ text }] }, { chat_template: text }, { suffix: text }, { extra_body: { text } }])
      expect(request({ ...hi, ...more }).inputTokens).toBeGreaterThan(9000)
    expect(request({ ...hi, metadata: { text }, user: text }).inputTokens).toBeLessThan(100)
  })

  test('attack: what the provider has kept is seen where it is named by its id alone', () => {
    const hides = (input: unknown) => request({ model: 'm', input }, 'responses').hidesInput
    expect([{ id: 'msg_1' }, { id: 'msg_1', type: null }].map((item) => hides([item]))).toEqual([true, true])
    const spoken = { role: 'assistant', audio: { id: 'audio_1' } }
    expect(request({ ...hi, messages: [spoken] }).hidesInput).toBe(true)
    expect(hides([{ id: 'msg_1', role: 'user', content: 'x' }])).toBe(false)
    expect(
      request({ ...hi, messages: [{ role: 'assistant', tool_calls: [{ id: 'c', function: {} }] }] }).hidesInput,
    ).toBe(false)
  })

  test('tokens by number are counted as they are', () => {
    expect(estimateOf({ input: [Array.from({ length: 1000 }, (_, at) => at)] }).tokens).toBe(1000)
  })
})

/** JSON as people write it: spaces anywhere, escapes, and numbers that no double holds. */
const space = fc.constantFrom('', '', ' ', '\n', '\t ')
const scalar = fc.oneof(
  fc.constantFrom('1e400', '123456789012345678901234567890', '-0', '0.10', 'true', 'null'),
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
)
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 3 }))
      .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
    fc
      .tuple(space, fc.uniqueArray(fc.tuple(fc.string(), tie('value')), { maxLength: 3, selector: ([name]) => name }))
      .map(
        ([gap, items]) => `{${gap}${items.map(([name, of]) => `${JSON.stringify(name)}${gap}:${of}`).join(`,${gap}`)}}`,
      ),
  ),
})).value
const options = fc.constantFrom(
  null,
  'null',
  '{}',
  '{ }',
  '{"include_usage" : false}',
  '{"include_usage":true}',
  '{"include_obfuscation":false}',
)
const body = fc
  .record({
    gap: space,
    model: fc.constantFrom('"m"', '"gpt\\u002d4o"', '"p/x"'),
    options,
    max: fc.constantFrom(null, 'null', '5'),
    others: fc.uniqueArray(
      fc.tuple(
        fc.string({ minLength: 1 }).map((name) => `x${name}`),
        value,
      ),
      {
        maxLength: 4,
        selector: ([name]) => name,
      },
    ),
    place: fc.nat(),
  })
  .map(({ gap, model, options, max, others, place }) => {
    const members = others.map(([name, of]) => `${JSON.stringify(name)}${gap}:${gap}${of}`)
    const mine = [`"model"${gap}:${gap}${model}`]
    if (options !== null) mine.push(`"stream_options":${gap}${options}`)
    if (max !== null) mine.push(`"max_tokens"${gap}:${max}`)
    members.splice(place % (members.length + 1), 0, ...mine)
    return `${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`
  })

describe('what is changed on the way', () => {
  test('G11 the text says the same with those changes, and every other byte stays', () => {
    fc.assert(
      fc.property(body, fc.boolean(), fc.constantFrom(null, 77), (text, asksForUsage, maxTokens) => {
        const bytes = Buffer.from(text)
        const result = readRequest(bytes, 'chat-completions')
        if (!result.ok) throw new Error(`${text}: ${result.problem.detail}`)
        const changes = {
          model: 'the-model',
          asksForUsage,
          maxTokens: maxTokens === null ? null : ({ member: 'max_tokens', value: maxTokens } as const),
        }
        const changed = spliced(bytes, result.value, changes)
        const before = JSON.parse(text)
        const wanted = { ...before, model: 'the-model' }
        if (asksForUsage) wanted.stream_options = { ...before.stream_options, include_usage: true }
        if (maxTokens !== null) wanted.max_tokens = maxTokens
        expect(JSON.parse(changed.toString())).toEqual(wanted)
        // Of every other member the very bytes.
        const textOf = (of: Buffer) =>
          Object.fromEntries(
            membersOf(of).members.map(({ name, value: { from, to } }) => [name, of.toString('utf8', from, to)]),
          )
        const { model: _, stream_options: __, max_tokens: ___, ...rest } = textOf(changed)
        expect(textOf(bytes)).toMatchObject(rest)
      }),
    )
  })

  test('nothing to change gives the very bytes', () => {
    const bytes = Buffer.from(JSON.stringify(hi))
    expect(spliced(bytes, request(hi), { model: 'm', asksForUsage: false, maxTokens: null })).toBe(bytes)
  })

  test('members of any text are found where they stand', () => {
    fc.assert(
      fc.property(body, (text) => {
        const bytes = Buffer.from(text)
        const found = membersOf(bytes).members.map(({ name, value: { from, to } }) => [
          name,
          JSON.parse(bytes.toString('utf8', from, to)),
        ])
        expect(Object.fromEntries(found)).toEqual(JSON.parse(text))
      }),
    )
  })
})
