import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { LlmRoute } from '../../src/gateway/llm/place.ts'
import { onEachStore } from '../stores.ts'
import { callMetered } from './metered-call.ts'
import { createMeteringRig, type MeteringRig } from './metering-rig.ts'
import { type Behaviour, type MockProvider, startMockProvider } from './mock-provider.ts'

const [inputNano, outputNano] = [1000, 4000]
/** By the estimate of the gateway; the provider counts otherwise. */
const guessed = 40

type Case = {
  readonly route: LlmRoute
  readonly what: string
  readonly behaviour: Behaviour
  readonly isStream: boolean
  readonly leaves?: true
  readonly waits?: 'head' | 'middle'
}
const routes = ['chat-completions', 'responses', 'messages'] as const
const table: readonly Case[] = [
  ...routes.flatMap((route): Case[] => [
    { route, what: 'plain', behaviour: 'plain', isStream: false },
    { route, what: 'stream', behaviour: 'plain', isStream: true },
    { route, what: 'thinking', behaviour: 'reasoning', isStream: false },
    { route, what: 'cached', behaviour: 'cached', isStream: true },
    { route, what: 'abort', behaviour: 'slow', isStream: true, leaves: true },
    { route, what: 'usage missing', behaviour: 'no-usage', isStream: false },
    { route, what: 'usage missing, stream', behaviour: 'no-usage', isStream: true },
    { route, what: 'usage null, stream', behaviour: 'usage-null', isStream: true },
    { route, what: '429', behaviour: '429', isStream: false },
    { route, what: '429, stream', behaviour: '429', isStream: true },
    { route, what: '401', behaviour: '401', isStream: false },
    { route, what: '500', behaviour: '500', isStream: false },
    { route, what: '500, stream', behaviour: '500', isStream: true },
    { route, what: 'stall before the head', behaviour: 'stall-head', isStream: true, waits: 'head' },
    { route, what: 'stall in the middle', behaviour: 'stall-middle', isStream: true, waits: 'middle' },
    { route, what: 'half a stream', behaviour: 'half', isStream: true },
    { route, what: 'an error in the stream', behaviour: 'error-event', isStream: true },
    { route, what: 'reset', behaviour: 'reset', isStream: false },
  ]),
  { route: 'embeddings', what: 'plain', behaviour: 'plain', isStream: false },
  { route: 'embeddings', what: 'usage missing', behaviour: 'no-usage', isStream: false },
  { route: 'embeddings', what: '429', behaviour: '429', isStream: false },
  { route: 'embeddings', what: '500', behaviour: '500', isStream: false },
  { route: 'embeddings', what: 'reset', behaviour: 'reset', isStream: false },
]
const paths: Readonly<Partial<Record<LlmRoute, string>>> = {
  'chat-completions': '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
  embeddings: '/v1/embeddings',
}
const bodyOf = (route: LlmRoute, behaviour: Behaviour, isStream: boolean, words: number) => ({
  model: `mock-${behaviour}`,
  ...(route === 'responses' || route === 'embeddings'
    ? { input: `say ${words}` }
    : { messages: [{ role: 'user', content: `say ${words}` }] }),
  ...(route === 'messages' ? { max_tokens: 200 } : {}),
  ...(isStream ? { stream: true } : {}),
})
const tokensIn = (text: string): number => text.match(/":" tok"/g)?.length ?? 0
/** Deltas alone: a Responses stream says its text again. */
const seenIn = (route: LlmRoute, text: string): number =>
  route === 'responses' ? (text.match(/"delta":" tok"/g)?.length ?? 0) : tokensIn(text)

let provider: MockProvider
beforeAll(async () => {
  provider = await startMockProvider()
})
afterAll(() => provider.stop())
beforeEach(() => provider.forget())

onEachStore('what a call costs, by what its provider does', (open) => {
  let database: Database
  let rig: MeteringRig
  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    rig = await createMeteringRig(database, '1')
  })

  test.each(table)('D23 M3 $route: $what', async (each) => {
    const { route, behaviour, isStream } = each
    const words = each.leaves ? 200 : 20
    const bill = rig.bill({ route, isStream, inputTokens: guessed, maxTokens: 200 })
    const { came } = await callMetered(rig.pay, provider, {
      bill,
      path: paths[route] ?? '',
      body: bodyOf(route, behaviour, isStream, words),
      ...(each.leaves ? { leavesAt: (text: string) => seenIn(route, text) >= 5 } : {}),
      ...(each.waits === 'head' ? { givesUpAt: provider.next().then(({ stalled }) => stalled) } : {}),
      ...(each.waits === 'middle' ? { givesUpAt: (text: string) => seenIn(route, text) >= 4 } : {}),
    })
    const done = rig.noted.at(-1)
    if (done?.type !== 'done') throw new Error('nothing was written down')
    const input = Math.ceil(provider.last().text.length / 4)
    const wanted = expectedOf(each, input, seenIn(route, came))
    expect(done.outcome).toMatchObject(wanted)
    // What the record says is what the ledger says, to the nano-USD.
    const standing = await rig.settled()
    expect(standing).toMatchObject({ spent: wanted.cost })
    expect(done.outcome.charges.reduce((sum, { nano }) => sum + nano, 0)).toBe(wanted.cost)
    const { accounts, entries } = await rig.books()
    expect(accounts.reduce((sum, { balance }) => sum + Number(balance), 0)).toBe(0)
    expect(entries.filter(({ kind }) => kind === 'settled').length).toBe(wanted.cost > 0 ? 1 : 0)
    if (each.leaves) expect(await provider.last().closed).toMatchObject({ isAborted: true })
    rig.close()
  })

  test('D22 a stream whose budget ends is ended with an error event, and its caller sees no usage of ours', async () => {
    const poor = await createMeteringRig(database, '0.0018')
    const bill = poor.bill({ isStream: true, inputTokens: guessed, maxTokens: 4000 })
    const body = bodyOf('chat-completions', 'slow', true, 2000)
    const { text } = await callMetered(poor.pay, provider, { bill, path: paths['chat-completions'] ?? '', body })
    expect(text).toMatch(/data: \{"error":\{[^\n]*"budget_exceeded"[^\n]*\n\n$/)
    expect(text).not.toContain('"usage":{')
    const { spent } = await poor.settled()
    // Never more than the budget and one slice.
    expect(spent).toBeLessThanOrEqual(1_800_000 + 256 * outputNano)
    expect(spent).toBeGreaterThan(1_500_000)
    expect(await provider.last().closed).toMatchObject({ isAborted: true })
    poor.close()
  })
})

function expectedOf({ route, what, behaviour, isStream }: Case, input: number, seen: number) {
  if (['429', '401', '500'].includes(behaviour))
    return { status: Number(behaviour), tokens: null, estimated: false, cost: 0 }
  if (behaviour === 'reset') return { status: 502, tokens: null, estimated: false, cost: 0 }
  const isStream5 = route === 'embeddings' ? 0 : 20
  const exact = (tokens: { input: number; output: number }, cost: number) => ({
    status: 200,
    tokens,
    estimated: false,
    cost,
  })
  const guess = (status: number, output: number, known = guessed) => ({
    status,
    tokens: { input: known, output },
    estimated: true,
    cost: known * inputNano + output * outputNano,
  })
  // The first event of an Anthropic stream says its input.
  const known = route === 'messages' && isStream && !what.startsWith('usage') ? input : guessed
  switch (behaviour) {
    case 'no-usage':
    case 'usage-null':
      return guess(200, isStream5)
    case 'slow':
      return guess(499, seen, known)
    case 'stall-head':
      return guess(504, 0)
    case 'stall-middle':
    case 'half':
    case 'error-event':
      return guess(200, seen, known)
    case 'reasoning':
      return exact({ input, output: 40 }, input * inputNano + 40 * outputNano)
    case 'cached':
      return exact({ input, output: 20 }, cachedCost(route, input))
    default:
      return exact({ input, output: isStream5 }, input * inputNano + isStream5 * outputNano)
  }
}

/** Half of it read from the cache, a tenth of the price; of Anthropic a quarter written to it, a quarter dearer. */
function cachedCost(route: LlmRoute, input: number): number {
  const cached = input >> 1
  const written = route === 'messages' ? input >> 2 : 0
  return (input - cached - written) * inputNano + cached * 100 + written * 1250 + 20 * outputNano
}

describe('the mock provider', () => {
  test('remembers what it was sent, and how far it came', async () => {
    const asking = fetch(`${provider.openAiUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'x-mock': 'stall-middle' },
      body: JSON.stringify({ model: 'any', stream: true, messages: [{ role: 'user', content: 'say 4' }] }),
    })
    const asked = await provider.next()
    expect(asked).toMatchObject({ method: 'POST', path: '/v1/chat/completions', behaviour: 'stall-middle' })
    await asked.stalled
    provider.release()
    expect(await (await asking).text()).toMatch(/data: \[DONE\]\n\n$/)
    expect(await asked.closed).toEqual({ isAborted: false, sent: 7 })
  })
})
