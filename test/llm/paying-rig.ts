import type { Duty } from '../../src/access/schema.ts'
import type { BudgetRecord } from '../../src/budgets/schema.ts'
import type { Charge } from '../../src/fleet/records/schema.ts'
import type { Budgets } from '../../src/gateway/budgets/budgets.ts'
import { type Incoming, noFacts } from '../../src/gateway/incoming.ts'
import type { Limits, Standing } from '../../src/gateway/limits/limits.ts'
import { createPaying } from '../../src/gateway/llm/paying/paying.ts'
import type { Bill } from '../../src/gateway/llm/payment.ts'
import type { LlmRoute } from '../../src/gateway/llm/place.ts'
import type { LlmRequest } from '../../src/gateway/llm/request.ts'
import type { Noting, Outcome } from '../../src/gateway/usage/note.ts'
import { defaultKeyLimits, type LimitRecord } from '../../src/limits/schema.ts'
import { ok, refuse } from '../../src/problems.ts'
import type { ModelRecord, Price, ProviderRecord } from '../../src/providers/schema.ts'

/** Paying with one pot of money and one of tokens in memory, and with the records in a list. */
export type Noted = {
  readonly type: 'open' | 'done'
  readonly outcome: Outcome
  readonly isBudgeted?: boolean
  readonly id?: string
}

const organization = 'org_0000000000000001'
const target = { type: 'key', id: 'key_0000000000000001', name: null } as const

export const budgetRecord: BudgetRecord = {
  kind: 'budget',
  organization,
  id: 'bud_0000000000000001',
  revision: 1,
  target,
  period: 'month',
}
export const limitRecord = (more: Partial<LimitRecord>): LimitRecord => ({
  kind: 'limit',
  organization,
  id: 'lim_0000000000000001',
  revision: 1,
  target,
  ...defaultKeyLimits,
  ...more,
})

/** 1 micro-USD a token of input, 4 a token of output: 1,000 and 4,000 nano-USD. */
export const price: Price = {
  from: null,
  aboveInputTokens: 0,
  input: 1_000_000,
  output: 4_000_000,
  cachedInput: 100_000,
  cacheWrite: 1_250_000,
  reasoning: null,
  perCall: 0,
  source: 'organization',
}
export const modelRecord = (more: Partial<ModelRecord> = {}): ModelRecord => ({
  id: 'mock-plain',
  aliases: [],
  fallbacks: [],
  maxOutputTokens: 8192,
  contextTokens: 100_000,
  reasoning: false,
  prices: [price],
  ...more,
})
const provider = { kind: 'provider', organization, id: 'prv_0000000000000001', slug: 'mock' } as ProviderRecord

export const llmRequest = (more: Partial<LlmRequest> = {}): LlmRequest => ({
  route: 'chat-completions' as LlmRoute,
  model: 'mock-plain',
  isStream: false,
  wantsUsage: false,
  choices: 1,
  maxTokens: null,
  asksToThink: false,
  hasOtherOutput: false,
  hasProviderTools: false,
  hidesInput: false,
  inputTokens: 100,
  spans: {},
  head: { at: 1, isEmpty: false },
  ...more,
})

export const incomingCall = (requestId = 'req_0123456789abcdef'): Incoming => ({
  request: {} as Incoming['request'],
  requestId,
  address: '127.0.0.1',
  isProxy: false,
  startedAt: 0,
  server: null,
  urlKey: null,
  route: '/v1/chat/completions',
  facts: { ...noFacts(), organization, keyId: target.id },
})

export type Rig = ReturnType<typeof payingRig>

type Means = {
  /** nano-USD; null: no budget stands over its calls. */
  readonly money?: number | null
  /** Tokens of the minute; null: no limit does. */
  readonly tokens?: number | null
  /** Everything that can be waited for is. */
  readonly isSlow?: boolean
}

export function payingRig({ money = null, tokens = null, isSlow = false }: Means = {}) {
  const state = { money: money ?? 0, spent: 0, tokens: tokens ?? 0, isFull: false, refusesOpen: false, seats: 0 }
  const clock = { now: Date.UTC(2026, 10, 21), monotonic: 0 }
  const noted: Noted[] = []
  const later = <T>(value: T): T | Promise<T> => (isSlow ? Promise.resolve(value) : value)
  const duties: readonly Duty[] =
    money === null && tokens === null
      ? []
      : [
          {
            kind: 'seats',
            limits: tokens === null ? [] : [limitRecord({ tokensPerMinute: tokens, requestsPerMinute: 60 })],
            budgets: money === null ? [] : [budgetRecord],
          },
        ]
  const paying = createPaying({
    limits: limitsOf(state, tokens ?? 0, later),
    budgets: budgetsOf(state, later),
    noting: notingOf(state, noted),
    spool: { isFull: () => state.isFull },
    now: () => clock.now,
    monotonic: () => clock.monotonic,
  })
  const bill = (request: Partial<LlmRequest> = {}, model: Partial<ModelRecord> = {}): Bill => ({
    call: incomingCall(),
    request: llmRequest(request),
    provider,
    model: modelRecord(model),
    duties,
  })
  return { state, clock, noted, duties, bill, pay: paying }
}

type State = { money: number; spent: number; tokens: number; isFull: boolean; refusesOpen: boolean; seats: number }
type Later = <T>(value: T) => T | Promise<T>

function limitsOf(state: State, most: number, later: Later): Limits {
  const take: Limits['take'] = (_limits, want) => {
    if (want.tokens > state.tokens) return later(refuse('rate_limited', { retryAfterSeconds: 30 }))
    state.tokens -= want.tokens
    state.seats += 1
    let taken = want.tokens
    let isOver = false
    const end = (used: number): void => {
      if (isOver) return
      isOver = true
      state.seats -= 1
      state.tokens += taken - used
    }
    return later(
      ok({
        extend: (more: number) => {
          if (more > state.tokens) return later(false)
          state.tokens -= more
          taken += more
          return later(true)
        },
        settle: end,
        undo: () => end(0),
      }),
    )
  }
  const standings = (limits: readonly LimitRecord[]): Standing[] =>
    limits.flatMap((limit) => [
      { limit, measure: 'requests', most: 60, left: 59, resetMs: 29_001 },
      { limit, measure: 'tokens', most, left: state.tokens, resetMs: 29_001 },
    ])
  return { take, standings, heldSeats: () => [], changed: () => {}, close: () => {} }
}

function budgetsOf(state: State, later: Later): Budgets {
  const reserve: Budgets['reserve'] = (_budgets, nano) => {
    if (nano > state.money) return later(refuse('budget_exceeded'))
    state.money -= nano
    let reserved = nano
    let isOver = false
    const charge = (amount: number): Charge[] => [{ budget: budgetRecord.id, window: '2026-11', nano: amount }]
    const end = (cost: number): Charge[] => {
      if (isOver) return []
      isOver = true
      state.money += reserved - cost
      state.spent += cost
      return charge(cost)
    }
    return later(
      ok({
        reserved: () => reserved,
        charges: () => charge(reserved),
        extend: (more: number) => {
          if (more > state.money) return later(false)
          state.money -= more
          reserved += more
          return later(true)
        },
        settle: end,
        undo: () => void end(0),
      }),
    )
  }
  return { reserve, available: () => state.money, late: () => {}, changed: () => {}, close: () => {} }
}

function notingOf(state: State, noted: Noted[]): Noting {
  return {
    open: async (_call, outcome, isBudgeted) => {
      if (state.refusesOpen) return refuse('spool_full')
      noted.push({ type: 'open', outcome, isBudgeted })
      return ok({ place: noted.length })
    },
    done: (_call, outcome, _opened, release) => {
      noted.push({ type: 'done', outcome })
      release()
    },
    refused: () => {},
  }
}
