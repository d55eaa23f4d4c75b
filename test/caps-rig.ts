import type { BudgetRecord } from '../src/budgets/schema.ts'
import type { Budgets } from '../src/gateway/budgets/budgets.ts'
import type { Incoming } from '../src/gateway/incoming.ts'
import type { Limits, Want } from '../src/gateway/limits/limits.ts'
import type { Noting, Outcome } from '../src/gateway/usage/note.ts'
import { defaultKeyLimits, type KeyLimits, type LimitRecord, type Target } from '../src/limits/schema.ts'
import { ok, refuse } from '../src/problems.ts'
import { nextRevision, organizationId } from './fake-control.ts'

/** What was taken of limits and budgets and what was written down, by a gateway whose limits a test plays. */
export type PlayedCaps = {
  readonly caps: { readonly limits: Limits; readonly budgets: Budgets; readonly noting: Noting }
  /** Requests and seats that were taken, by id of the limit. */
  readonly takes: { readonly ids: readonly string[]; readonly want: Want }[]
  readonly open: { calls: number; streams: number; nano: number }
  /** How much of requests and money there is. */
  readonly left: { requests: number; nano: number }
  readonly charged: number[]
  readonly records: (Outcome & Pick<Incoming['facts'], 'method' | 'server' | 'tool' | 'isAdmitted'>)[]
  readonly opened: Outcome[]
  /** Answers come by a promise from now on. */
  isSlow: boolean
  readonly reset: () => void
}

export function playCaps(): PlayedCaps {
  const rig: PlayedCaps = {
    caps: { limits: limitsIn(() => rig), budgets: budgetsIn(() => rig), noting: notingIn(() => rig) },
    takes: [],
    open: { calls: 0, streams: 0, nano: 0 },
    left: { requests: 1000, nano: 1e15 },
    charged: [],
    records: [],
    opened: [],
    isSlow: false,
    reset: () => {
      for (const list of [rig.takes, rig.charged, rig.records, rig.opened]) list.length = 0
      Object.assign(rig.open, { calls: 0, streams: 0, nano: 0 })
      Object.assign(rig.left, { requests: 1000, nano: 1e15 })
      Object.assign(rig, { isSlow: false })
    },
  }
  return rig
}

async function late<T>(value: () => T): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve))
  return value()
}

const limitsIn = (rigOf: () => PlayedCaps): Limits => ({
  take: (limits, want) => {
    const rig = rigOf()
    const take = () => {
      if (want.requests > rig.left.requests) return refuse('rate_limited', { retryAfterSeconds: 17 })
      rig.left.requests -= want.requests
      const hold = (by: 1 | -1) => {
        if (want.seat === 'call') rig.open.calls += by
        if (want.seat === 'stream') rig.open.streams += by
      }
      hold(1)
      rig.takes.push({ ids: limits.map(({ id }) => id), want })
      let isOver = false
      const end = (requests: number) => {
        if (isOver) throw new Error('settled twice')
        isOver = true
        hold(-1)
        rig.left.requests += requests
      }
      return ok({ extend: () => true, settle: () => end(0), undo: () => end(want.requests) })
    }
    return rig.isSlow ? late(take) : take()
  },
  standings: (limits) => {
    const [limit] = limits
    if (limit === undefined) return []
    return [{ limit, measure: 'requests', most: 1000, left: rigOf().left.requests, resetMs: 40_001 }]
  },
  heldSeats: () => [],
  changed: () => {},
  close: () => {},
})

const budgetsIn = (rigOf: () => PlayedCaps): Budgets => ({
  reserve: (budgets, nano) => {
    const rig = rigOf()
    const reserve = () => {
      if (nano > rig.left.nano) return refuse('budget_exceeded', { retryAfterSeconds: 3600 })
      rig.left.nano -= nano
      rig.open.nano += nano
      let isOver = false
      const end = (cost: number) => {
        if (isOver) throw new Error('settled twice')
        isOver = true
        rig.open.nano -= nano
        rig.left.nano += nano - cost
      }
      const chargesOf = (cost: number) => budgets.map(({ id }) => ({ budget: id, window: 'total', nano: cost }))
      return ok({
        reserved: () => nano,
        extend: () => true,
        charges: () => chargesOf(nano),
        settle: (cost: number) => {
          end(cost)
          rig.charged.push(cost)
          return chargesOf(cost)
        },
        undo: () => end(0),
      })
    }
    return rig.isSlow ? late(reserve) : reserve()
  },
  available: () => rigOf().left.nano,
  late: () => {},
  changed: () => {},
  close: () => {},
})

const notingIn = (rigOf: () => PlayedCaps): Noting => ({
  open: async (_call, reserved) => {
    rigOf().opened.push(reserved)
    return ok({ place: 1 })
  },
  done: ({ facts: { method, server, tool, isAdmitted } }, outcome, _opened, release) => {
    rigOf().records.push({ ...outcome, method, server, tool, isAdmitted })
    setImmediate(release)
  },
  refused: () => {},
})

let made = 0
const nextId = (prefix: string): string => {
  made += 1
  return `${prefix}_${String(made).padStart(16, '0')}`
}

export const limitRecord = (target: Target, limits: Partial<KeyLimits> = {}): LimitRecord => ({
  kind: 'limit',
  organization: organizationId,
  id: nextId('lim'),
  revision: nextRevision(),
  target,
  ...defaultKeyLimits,
  ...limits,
})

export const budgetRecord = (target: Target): BudgetRecord => ({
  kind: 'budget',
  organization: organizationId,
  id: nextId('bud'),
  revision: nextRevision(),
  target,
  period: 'total',
})
