import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { eventually } from '../programs.ts'
import { type LlmProduct, startLlmProduct } from './product-rig.ts'

/** Who leaves before the end, on the product as it is started. */
let world: LlmProduct
beforeAll(async () => {
  world = await startLlmProduct()
})
afterAll(() => world.stop())
beforeEach(() => world.mock.forget())

const messages = [{ role: 'user' as const, content: 'say 300' }]
const clientFor = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${world.product.gatewayUrl}/v1`, maxRetries: 0 })

/** The one record of a key. */
async function recordOf(id: string): Promise<Json> {
  let found: Json = null
  await eventually(async () => {
    const { body } = await world.product.rest('GET', `/requests?key=${id}`)
    found = body.items[0]
    return found !== undefined
  }, 'the call is written down')
  return found
}

describe('GHSA-724j-f2pf-phf7 who hangs up pays for what was made', () => {
  test('of a stream: as much as came, flagged, and the provider is left at once', async () => {
    const { id, secret } = await world.newKey({ budgets: [{ usd: '1' }] })
    const stream = await clientFor(secret).chat.completions.create({
      model: 'open/mock-stall-middle',
      messages,
      stream: true,
    })
    let seen = 0
    for await (const _ of stream) if (++seen === 20) break
    stream.controller.abort()
    expect((await world.mock.last().closed).isAborted).toBe(true)
    const record = await recordOf(id)
    expect(record).toMatchObject({ status: 499, model: 'mock-stall-middle' })
    expect(record.tokens.output).toBeGreaterThanOrEqual(20)
    expect(Number(record.costUsd)).toBeGreaterThan(0)
  })

  test('of an answer in one piece under a budget: all of it, because it is read to its end', async () => {
    const { id, secret } = await world.newKey({ budgets: [{ usd: '1' }] })
    const leaving = new AbortController()
    const asked = clientFor(secret).chat.completions.create(
      { model: 'open/mock-stall-middle', messages },
      { signal: leaving.signal },
    )
    asked.catch(() => {})
    const call = await world.mock.next()
    await eventually(async () => call.sent > 0, 'the answer has begun')
    leaving.abort()
    await asked.catch(() => {})
    world.mock.release()
    expect((await call.closed).isAborted).toBe(false)
    const record = await recordOf(id)
    expect(record.tokens.output).toBe(300)
    expect(Number(record.costUsd)).toBeGreaterThan(0)
  })
})
