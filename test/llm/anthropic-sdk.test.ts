import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LlmProduct, providerKey, startLlmProduct } from './product-rig.ts'

/** Anthropic's own client, unchanged, through the product as it is started. */
let world: LlmProduct
let client: Anthropic

const clientFor = (apiKey: string, maxRetries = 0) =>
  new Anthropic({ apiKey, baseURL: `${world.product.gatewayUrl}/anthropic`, maxRetries })
const hello = (model: string, content = 'say 12') => ({
  model,
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content }],
})
const failure = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Anthropic.APIError)) throw new Error(`no refusal: ${String(error)}`)
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
  test('a message, with the provider’s credential and without the caller’s key', async () => {
    const told = await client.messages.create(hello('claude/mock-plain'))
    expect(told.content[0]).toMatchObject({ type: 'text', text: ' tok'.repeat(12) })
    expect(told.usage.output_tokens).toBe(12)
    const { headers, json } = world.mock.last()
    expect(headers['x-api-key']).toBe(providerKey)
    expect(headers.authorization).toBeUndefined()
    expect(headers['anthropic-version']).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(json).toEqual(hello('mock-plain'))
  })

  test('a stream with all its events', async () => {
    const stream = client.messages.stream(hello('claude/best', 'say 40'))
    const final = await stream.finalMessage()
    expect(final.content[0]).toMatchObject({ text: ' tok'.repeat(40) })
    expect(final.usage.output_tokens).toBe(40)
  })

  test('tools and pictures pass as they were written', async () => {
    const body = {
      ...hello('claude/mock-tools'),
      messages: [
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: 'which weather?' },
            {
              type: 'image' as const,
              source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'A'.repeat(500_000) },
            },
          ],
        },
      ],
      tools: [
        { name: 'get_weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } },
      ],
    }
    const told = await client.messages.create(body)
    expect(told.content.find(({ type }) => type === 'tool_use')).toMatchObject({ name: 'get_weather' })
    expect(world.mock.last().json).toEqual({ ...body, model: 'mock-tools' })
    expect(await client.messages.stream(body).finalMessage()).toMatchObject({ stop_reason: 'tool_use' })
  })

  test('counting tokens costs nothing, beta features keep their names, and models are the key’s', async () => {
    expect(
      (await client.messages.countTokens({ model: 'claude/mock-plain', messages: hello('x').messages })).input_tokens,
    ).toBeGreaterThan(0)
    await client.beta.messages.create({ ...hello('claude/mock-plain'), betas: ['context-1m-2025-08-07'] })
    expect(world.mock.last().headers['anthropic-beta']).toBe('context-1m-2025-08-07')
    const { secret } = await world.newKey({
      llm: { providers: { mode: 'only', items: ['claude'] }, models: { mode: 'only', items: ['mock-plain'] } },
    })
    const listed = []
    for await (const { id } of clientFor(secret).models.list()) listed.push(id)
    expect(listed).toEqual(['mock-plain'])
    expect((await clientFor(secret).models.retrieve('mock-plain')).id).toBe('mock-plain')
  })

  test('Claude Code’s environment: a base URL and a token, nothing else', async () => {
    const before = { ...process.env }
    process.env['ANTHROPIC_BASE_URL'] = `${world.product.gatewayUrl}/anthropic`
    process.env['ANTHROPIC_AUTH_TOKEN'] = world.key.secret
    delete process.env['ANTHROPIC_API_KEY']
    try {
      const told = await new Anthropic({ maxRetries: 0 }).beta.messages.create({
        ...hello('claude/mock-plain'),
        stream: false,
      })
      expect(told.content.length).toBe(1)
      expect(world.mock.last().headers['x-api-key']).toBe(providerKey)
      expect(JSON.stringify(world.mock.last().headers)).not.toContain(world.key.secret)
    } finally {
      process.env = before
    }
  })
})

describe('what is refused, as the client reads it', () => {
  test('D59 errors have the client’s classes, our codes and an id', async () => {
    const unknown = await failure(client.messages.create(hello('nothing')))
    expect([unknown.constructor.name, unknown.type]).toEqual(['PermissionDeniedError', 'permission_error'])
    expect(unknown.error).toMatchObject({ type: 'error', error: { code: 'model_not_allowed' } })
    expect(unknown.requestID).toMatch(/^req_/)
    expect((await failure(clientFor('sk-wrong').messages.create(hello('x')))).constructor.name).toBe(
      'AuthenticationError',
    )
    expect((await failure(client.messages.create(hello('open/mock-plain')))).status).toBe(400)
    expect((await failure(client.messages.create({ ...hello('claude/mock-plain'), max_tokens: -1 }))).status).toBe(400)
  })

  test('errors of the provider pass, its 401 does not, and a stream’s error is thrown', async () => {
    const said = async (model: string) => failure(client.messages.create(hello(`claude/${model}`)))
    expect((await said('mock-429')).constructor.name).toBe('RateLimitError')
    expect((await said('mock-529')).status).toBe(529)
    expect((await said('mock-401')).error).toMatchObject({ error: { code: 'provider_credential_refused' } })
    for (const model of ['claude/mock-error-event', 'claude/mock-half'])
      await expect(client.messages.stream(hello(model, 'say 40')).finalMessage(), model).rejects.toThrow()
  })
})
