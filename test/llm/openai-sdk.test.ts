import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LlmProduct, providerKey, startLlmProduct } from './product-rig.ts'

/** OpenAI's own client, unchanged, through the product as it is started. */
let world: LlmProduct
let client: OpenAI

const clientFor = (apiKey: string, maxRetries = 0) =>
  new OpenAI({ apiKey, baseURL: `${world.product.gatewayUrl}/v1`, maxRetries })
const hello = (content = 'say 12') => [{ role: 'user' as const, content }]
const failure = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof OpenAI.APIError)) throw new Error(`no refusal: ${String(error)}`)
  return error
}

beforeAll(async () => {
  world = await startLlmProduct()
  client = clientFor(world.key.secret)
})
afterAll(() => world.stop())
beforeEach(() => {
  world.mock.forget()
  world.mock.script(null)
})

describe('what works as it does without a gateway', () => {
  test('D58 a completion, with its credential and without the caller’s key', async () => {
    const told = await client.chat.completions.create({ model: 'open/mock-plain', messages: hello() })
    expect(told.choices[0]?.message.content).toBe(' tok'.repeat(12))
    const { headers, text } = world.mock.last()
    expect(headers.authorization).toBe(`Bearer ${providerKey}`)
    expect(JSON.stringify(headers)).not.toContain(world.key.secret)
    expect(JSON.parse(text)).toEqual({ model: 'mock-plain', messages: hello() })
  })

  test('D58 a stream, whose usage comes only where the client asked for it', async () => {
    const body = { model: 'open/best', messages: hello('say 40'), stream: true } as const
    const plain = []
    for await (const chunk of await client.chat.completions.create(body)) plain.push(chunk)
    expect(plain.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(' tok'.repeat(40))
    expect(plain.filter(({ usage }) => usage)).toEqual([])
    expect(plain.every(({ choices }) => choices.length > 0)).toBe(true)
    expect(world.mock.last().json['stream_options']).toEqual({ include_usage: true })
    const counted = []
    const asked = { ...body, stream_options: { include_usage: true } }
    for await (const chunk of await client.chat.completions.create(asked)) counted.push(chunk)
    expect(counted.at(-1)?.usage?.completion_tokens).toBe(40)
  })

  test('tools, pictures and a schema pass as they were written', async () => {
    const body: OpenAI.ChatCompletionCreateParamsNonStreaming = {
      model: 'open/mock-tools',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'which weather?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(500_000)}` } },
          ],
        },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
        },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', properties: {} } } },
    }
    const told = await client.chat.completions.create(body)
    const [call] = told.choices[0]?.message.tool_calls ?? []
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    expect(world.mock.last().json).toEqual({ ...body, model: 'mock-tools' })
    const chunks = []
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk)
    const parts = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
    expect(JSON.parse(parts.map((part) => part.function?.arguments ?? '').join(''))).toMatchObject({ city: 'Bern' })
  })

  test('responses, streamed and not, and embeddings', async () => {
    const told = await client.responses.create({ model: 'open/mock-plain', input: 'say 5' })
    expect(told.output_text).toBe(' tok'.repeat(5))
    const types: string[] = []
    for await (const event of await client.responses.create({ model: 'open/mock-plain', input: 'say 5', stream: true }))
      types.push(event.type)
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
    const vectors = await client.embeddings.create({
      model: 'open/mock-plain',
      input: ['a', 'b'],
      encoding_format: 'float',
    })
    expect(vectors.data.length).toBeGreaterThan(0)
    expect(world.mock.last().path).toBe('/v1/embeddings')
  })

  test('D31 its models are those that the key may call', async () => {
    const few = clientFor(
      (
        await world.newKey({
          llm: { providers: { mode: 'all' }, models: { mode: 'only', items: ['mock-plain', 'mock-429'] } },
        })
      ).secret,
    )
    const listed = []
    for await (const { id } of await few.models.list()) listed.push(id)
    expect(listed).toEqual(['mock-plain', 'mock-429'])
    expect((await few.models.retrieve('mock-plain')).owned_by).toBe('open')
    expect((await failure(few.models.retrieve('mock-400'))).code).toBe('model_not_allowed')
    expect((await failure(few.chat.completions.create({ model: 'mock-400', messages: hello() }))).status).toBe(403)
    expect((await few.chat.completions.create({ model: 'best', messages: hello() })).model).toBe('mock-plain')
  })

  test('who leaves a stream leaves the provider too', async () => {
    const stream = await client.chat.completions.create({
      model: 'open/mock-stall-middle',
      messages: hello('say 40'),
      stream: true,
    })
    for await (const _ of stream) break
    stream.controller.abort()
    expect((await world.mock.last().closed).isAborted).toBe(true)
  })
})

describe('what is refused, as the client reads it', () => {
  test('D59 errors have the client’s classes, our codes and an id', async () => {
    const said = async (model: string, of = client) => failure(of.chat.completions.create({ model, messages: hello() }))
    const unknown = await said('nothing')
    expect([unknown.constructor.name, unknown.code]).toEqual(['PermissionDeniedError', 'model_not_allowed'])
    expect(unknown.requestID).toMatch(/^req_/)
    expect([(await said('mock-plain', clientFor('sk-wrong'))).constructor.name]).toEqual(['AuthenticationError'])
    const mismatch = await said('claude/mock-plain')
    expect([mismatch.status, mismatch.code]).toEqual([400, 'dialect_mismatch'])
    const absurd = await failure(
      client.chat.completions.create({ model: 'open/mock-plain', messages: hello(), n: 1e9 }),
    )
    expect([absurd.status, absurd.param]).toEqual([400, 'n'])
    expect(world.mock.asked).toEqual([])
  })

  test('errors of the provider pass, its 401 does not', async () => {
    const said = async (model: string) =>
      failure(client.chat.completions.create({ model: `open/${model}`, messages: hello() }))
    const [limited, broken, unauthorized] = [await said('mock-429'), await said('mock-500'), await said('mock-401')]
    expect([limited.constructor.name, limited.headers?.get('retry-after')]).toEqual(['RateLimitError', '7'])
    expect([broken.constructor.name, broken.message]).toEqual(['InternalServerError', '500 Mock 500'])
    expect([unauthorized.status, unauthorized.code]).toEqual([502, 'provider_credential_refused'])
    expect((await said('mock-reset')).status).toBe(502)
  })

  test('the client asks again by itself where that can help, and not where it cannot', async () => {
    let times = 0
    world.mock.script(() => (++times < 2 ? '503' : 'plain'))
    const told = await clientFor(world.key.secret, 2).chat.completions.create({
      model: 'open/mock-x',
      messages: hello(),
    })
    expect([told.choices.length, times]).toEqual([1, 2])
    world.mock.script(null)
    world.mock.forget()
    await failure(clientFor(world.key.secret, 2).chat.completions.create({ model: 'open/mock-401', messages: hello() }))
    expect(world.mock.asked.length).toBe(1)
  })

  test('an error in the middle of a stream is thrown, and one that breaks off is none that looks whole', async () => {
    for (const model of ['open/mock-error-event', 'open/mock-half']) {
      const read = async () => {
        for await (const _ of await client.chat.completions.create({ model, messages: hello('say 40'), stream: true }));
      }
      await expect(read(), model).rejects.toThrow()
    }
  })

  test('a key with a budget hears what was set for it, and is refused when it is spent', async () => {
    const { secret } = await world.newKey({ budgets: [{ usd: '0.002' }] })
    const of = clientFor(secret, 2)
    const { response } = await of.chat.completions
      .create({ model: 'open/mock-plain', messages: hello('say 300') })
      .withResponse()
    expect(Number(response.headers.get('ostiary-max-tokens'))).toBeGreaterThan(0)
    let refused: InstanceType<typeof OpenAI.APIError> | null = null
    for (let at = 0; at < 10 && refused === null; at += 1)
      await of.chat.completions
        .create({ model: 'open/mock-plain', messages: hello('say 300'), max_tokens: 300 })
        .catch((error) => {
          refused = error
        })
    expect(refused).toMatchObject({ status: 429, code: 'budget_exceeded', type: 'insufficient_quota' })
  })
})
