import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { ask } from '../product.ts'
import { eventually } from '../programs.ts'
import { type LlmProduct, startLlmProduct } from './product-rig.ts'

/** `kill -9` of a gateway in the middle of paid calls, on the product as it is started. */
let world: LlmProduct
beforeAll(async () => {
  world = await startLlmProduct()
})
afterAll(() => world.stop())

const nano = (usd: string): bigint => {
  const [whole = '0', part = ''] = usd.split('.')
  return BigInt(whole) * 10n ** 9n + BigInt(part.padEnd(9, '0'))
}
/** On a busy machine control may take longer than a gateway waits for it; then nothing was taken, and one asks again. */
async function call(secret: string, model: string, more: Json = {}) {
  for (;;) {
    const answer = await post(secret, model, more)
    if (answer.body?.error?.code !== 'limits_unavailable') return answer
  }
}
const post = (secret: string, model: string, more: Json) =>
  ask(`${world.product.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: `open/${model}`, messages: [{ role: 'user', content: 'Hello' }], ...more }),
  })
/** Those that were refused because control was slow are in the log as well. */
const served = (items: Json[]): Json[] => items.filter(({ code }) => code !== 'limits_unavailable')
const see = async (path: string): Promise<Json> => (await world.product.rest('GET', path)).body

test('G4 G9 M3 nothing is free, nothing is paid twice, and the books add up when the gateway is back', {
  timeout: 120_000,
}, async () => {
  const { id, secret, key } = await world.newKey({ budgets: [{ usd: '1' }] })
  const budget = key.budgets[0].id
  const answered = await Promise.all(Array.from({ length: 20 }, () => call(secret, 'mock-plain', { max_tokens: 50 })))
  expect(answered.map(({ status }) => status)).toEqual(answered.map(() => 200))
  const cut = Array.from({ length: 5 }, (_, n) =>
    call(secret, n % 2 === 0 ? 'mock-stall-middle' : 'mock-stall-head', { stream: n % 2 === 0, max_tokens: 50 }),
  )
  await eventually(
    async () => world.mock.asked.filter(({ behaviour }) => behaviour.startsWith('stall')).length === 5,
    'all of them are at the provider',
  )
  const before = await see(`/budgets/${budget}`)
  expect(nano(before.budget.heldUsd)).toBeGreaterThan(0n)
  await world.product.kill('gateway')
  await Promise.allSettled(cut)
  await world.product.ready()

  await eventually(async () => {
    const { items } = await see(`/requests?key=${id}&limit=200`)
    const { budget: now } = await see(`/budgets/${budget}`)
    return served(items).length === 25 && now.unreconciledUsd === '0.00' && now.heldUsd === '0.00'
  }, 'the spool of the killed process is counted')

  const items = served((await see(`/requests?key=${id}&limit=200`)).items)
  const ofKilled = items.filter(({ status }: Json) => status === 0)
  expect(ofKilled).toHaveLength(5)
  for (const { costUsd } of ofKilled) expect(nano(costUsd)).toBeGreaterThan(0n)
  expect(new Set(items.map((item: Json) => item.id)).size).toBe(25)
  const spent = items.reduce((sum: bigint, { costUsd }: Json) => sum + nano(costUsd), 0n)
  const { budget: after } = await see(`/budgets/${budget}`)
  expect(nano(after.spentUsd)).toBe(spent)
  expect(nano(after.spentUsd) + nano(after.leftUsd)).toBe(nano('1'))
  expect((await see(`/keys/${id}`)).key.requests).toBe(25)
})
