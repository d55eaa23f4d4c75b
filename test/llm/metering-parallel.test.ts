import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { sliceTokens } from '../../src/gateway/llm/paying/running.ts'
import type { Payment } from '../../src/gateway/llm/payment.ts'
import type { LlmRequest } from '../../src/gateway/llm/request.ts'
import type { ModelRecord } from '../../src/providers/schema.ts'
import { onEachStore } from '../stores.ts'
import { createMeteringRig, type MeteringRig } from './metering-rig.ts'
import { openAiAnswer } from './mock-openai.ts'
import type { Asked } from './mock-provider.ts'

/** Nano-USD: about a thousandth of a dollar a call. */
const [dollar, outputNano] = [1_000_000_000, 4000]

type Kind = {
  readonly words: number
  readonly request: Partial<LlmRequest>
  readonly model?: Partial<ModelRecord>
  readonly isThinking?: true
}
const kinds: readonly Kind[] = [
  { words: 230, request: { isStream: true, maxTokens: 4000 } },
  { words: 230, request: { maxTokens: 300 } },
  // No max_tokens: the gateway sets one, and the provider keeps to it.
  { words: 230, request: {} },
  {
    words: 115,
    request: { asksToThink: true, isStream: true, maxTokens: 500 },
    model: { reasoning: true },
    isThinking: true,
  },
  { words: 58, request: { choices: 4, maxTokens: 80 } },
  { words: 700, request: { isStream: true, maxTokens: 4000 } },
]

onEachStore('a budget under a thousand calls at once', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })

  test('D23 M3 R3 of two thousand calls’ worth one dollar is settled: never more than it and a slice a stream, 95 % at least', async () => {
    const rig = await createMeteringRig(database, '1')
    const run = createRun(rig)
    const left = Array.from({ length: 2000 }, (_, at) => kinds[at % kinds.length] as Kind)
    const worker = async (): Promise<void> => {
      for (let kind = left.pop(); kind !== undefined; kind = left.pop()) await run.call(kind)
    }
    await Promise.all(Array.from({ length: 1000 }, worker))
    const { spent } = await rig.settled()
    expect(run.mostStreams()).toBeGreaterThan(10)
    expect(spent).toBeLessThanOrEqual(dollar + run.mostStreams() * sliceTokens * outputNano)
    expect(spent).toBeGreaterThanOrEqual(0.95 * dollar)
    // What was not streamed was paid in advance, so beyond the dollar there is nothing of it.
    for (const [id, { set, cost }] of aside(rig, run.plain)) expect(cost, id).toBeLessThanOrEqual(set)
    const { accounts } = await rig.books()
    expect(accounts.reduce((sum, { balance }) => sum + Number(balance), 0)).toBe(0)
    rig.close()
  }, 120_000)
})

/** Of each of these calls, what was set aside before it went out, and what it cost. */
function aside({ noted }: MeteringRig, ids: ReadonlySet<string>) {
  const found = new Map<string, { set: number; cost: number }>()
  for (const { type, id = '', outcome } of noted) {
    if (!ids.has(id)) continue
    const each = found.get(id) ?? { set: 0, cost: 0 }
    found.set(id, type === 'open' ? { ...each, set: outcome.cost ?? 0 } : { ...each, cost: outcome.cost ?? 0 })
  }
  expect(found.size).toBe(ids.size)
  return found
}

function createRun(rig: MeteringRig) {
  let [running, streams, mostStreams] = [0, 0, 0]
  let waiting: (() => void)[] = []
  const plain = new Set<string>()
  const ended = (): void => {
    running -= 1
    const all = waiting
    waiting = []
    for (const go of all) go()
  }
  /** A refused one comes again when another has ended, for that may have left something over. */
  const paidFor = async (kind: Kind): Promise<Payment | null> => {
    for (;;) {
      const bill = rig.bill({ ...kind.request, inputTokens: 30 }, kind.model)
      const asked = await rig.pay(bill)
      if (asked.ok && kind.request.isStream !== true) plain.add(bill.call.requestId)
      if (asked.ok) return asked.value
      expect(asked.problem.code).toBe('budget_exceeded')
      if (running === 0) return null
      await new Promise<void>((go) => waiting.push(go))
    }
  }
  return {
    mostStreams: () => mostStreams,
    plain,
    call: async (kind: Kind): Promise<void> => {
      const payment = await paidFor(kind)
      if (payment === null) return
      running += 1
      const isStream = kind.request.isStream === true
      if (isStream) streams += 1
      mostStreams = Math.max(mostStreams, streams)
      await answer(kind, payment)
      if (isStream) streams -= 1
      ended()
    },
  }
}

/** The provider's answer, a few events at a time, and other calls in between. */
async function answer({ words, request, isThinking }: Kind, payment: Payment): Promise<void> {
  const isStream = request.isStream === true
  const body = {
    model: 'mock-plain',
    n: request.choices ?? 1,
    max_tokens: request.maxTokens ?? payment.maxTokens,
    messages: [{ role: 'user', content: `say ${words}` }],
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  const asked = {
    path: '/v1/chat/completions',
    json: body,
    text: JSON.stringify(body),
    headers: {},
  } as unknown as Asked
  const { chunks } = openAiAnswer(asked, isThinking ? 'reasoning' : 'plain')
  const meter = payment.meter({ status: 200, contentType: isStream ? 'text/event-stream' : 'application/json' })
  for (let at = 0; at < chunks.length; at += 20) {
    await new Promise((next) => setImmediate(next))
    meter.push(Buffer.from(chunks.slice(at, at + 20).join('')))
    if (await meter.goesOn()) continue
    payment.finish({ status: 200, code: meter.ending().problem.code, isGone: false }, () => {})
    return
  }
  meter.end()
  payment.finish({ status: 200, code: null, isGone: false }, () => {})
}
