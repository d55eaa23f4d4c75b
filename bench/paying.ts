import type { Grant, SliceAsk } from '../src/fleet/slices/schema.ts'
import { createBudgets } from '../src/gateway/budgets/budgets.ts'
import { type Incoming, noFacts } from '../src/gateway/incoming.ts'
import { createLimits } from '../src/gateway/limits/limits.ts'
import { createPaying } from '../src/gateway/llm/paying/paying.ts'
import type { Bill } from '../src/gateway/llm/payment.ts'
import { ok } from '../src/problems.ts'

/**
 * Limits, a budget and the reading of the usage of one chat completion of 600 bytes, with slices in hand: all that a
 * call to a model pays for but its records, which the spool's part measures.
 */
export function payingOfCalls(isCapped: boolean): (turn: number) => Promise<void> {
  const pay = payingOfBench()
  const bills = Array.from({ length: 1000 }, (_, at) => billOf(at, isCapped))
  const head = { status: 200, contentType: 'application/json' }
  const how = { status: 200, code: null, isGone: false }
  return async (turn) => {
    const paid = pay(bills[(turn * 7919) % bills.length] as Bill)
    const payment = paid instanceof Promise ? await paid : paid
    if (!payment.ok) throw new Error(payment.problem.detail)
    payment.value.headers()
    const meter = payment.value.meter(head)
    meter.push(answer)
    meter.end()
    payment.value.finish(how, () => {})
  }
}

const answer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1,
    model: 'bench-model',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: ' word'.repeat(40), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 60,
      completion_tokens: 20,
      total_tokens: 80,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
  }),
)

const organization = 'org_0000000000000001'
const price = { from: null, aboveInputTokens: 0, perCall: 0, source: 'bench' }
const none = { cachedInput: null, cacheWrite: null, reasoning: null }
const model: Bill['model'] = {
  id: 'bench-model',
  aliases: [],
  fallbacks: [],
  maxOutputTokens: 4096,
  contextTokens: 128_000,
  reasoning: false,
  prices: [{ ...price, ...none, input: 3_000_000, output: 15_000_000 }],
}
const request: Bill['request'] = {
  route: 'chat-completions',
  model: 'bench-model',
  isStream: false,
  wantsUsage: false,
  choices: 1,
  maxTokens: 200,
  asksToThink: false,
  hasOtherOutput: false,
  hasProviderTools: false,
  hidesInput: false,
  inputTokens: 60,
  spans: {},
  head: { at: 1, isEmpty: false },
}

function billOf(at: number, isCapped: boolean): Bill {
  const call: Incoming = {
    request: {} as Incoming['request'],
    requestId: `req_${at}`,
    address: '127.0.0.1',
    isProxy: false,
    startedAt: 0,
    server: null,
    urlKey: null,
    route: '/v1/chat/completions',
    facts: { ...noFacts(), organization, keyId: `key_${at}` },
  }
  const target = { type: 'key', id: `key_${at}`, name: null } as const
  const most = 1_000_000_000
  const limit = {
    requestsPerMinute: most,
    tokensPerMinute: most,
    concurrent: null,
    streams: 100,
    detached: 'share',
  } as const
  const record = { organization, revision: 1, target }
  const seats = {
    kind: 'seats' as const,
    limits: [{ kind: 'limit' as const, id: `lim_${at}`, ...record, ...limit }],
    budgets: [{ kind: 'budget' as const, id: `bud_${at}`, ...record, period: 'total' as const }],
  }
  const provider = { id: 'prv_0000000000000001', slug: 'bench' } as Bill['provider']
  return { call, request, provider, model, duties: isCapped ? [seats] : [] }
}

/** Control has as much as anybody wants. */
function payingOfBench() {
  const endsInMs = 3_600_000
  const grantOf = ({ pool, wanted }: SliceAsk): Grant => ({
    pool,
    window: 'total',
    amount: wanted,
    left: 1e12,
    startsInMs: 0,
    endsInMs,
    share: 0,
    isGone: false,
  })
  const slicing = {
    askSlice: async (ask: SliceAsk) => grantOf(ask),
    giveBack: () => {},
    silentMs: () => 0,
    isAttached: () => true,
    now: Date.now,
    monotonic: () => performance.now(),
    setTimer: () => () => {},
  }
  return createPaying({
    limits: createLimits(slicing),
    budgets: createBudgets(slicing),
    noting: {
      open: async () => ok({ place: 0 }),
      done: (_call, _outcome, _opened, release) => release(),
      refused: () => {},
    },
    spool: { isFull: () => false },
    now: Date.now,
    monotonic: slicing.monotonic,
  })
}
