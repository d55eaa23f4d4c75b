import type { BudgetRecord } from '../../src/budgets/schema.ts'
import type { Database } from '../../src/db/database.ts'
import type { CallRecord } from '../../src/fleet/records/schema.ts'
import { createBudgets } from '../../src/gateway/budgets/budgets.ts'
import type { Limits } from '../../src/gateway/limits/limits.ts'
import { createPaying } from '../../src/gateway/llm/paying/paying.ts'
import type { Bill } from '../../src/gateway/llm/payment.ts'
import type { LlmRequest } from '../../src/gateway/llm/request.ts'
import type { Noting, Outcome } from '../../src/gateway/usage/note.ts'
import { ok } from '../../src/problems.ts'
import type { ModelRecord } from '../../src/providers/schema.ts'
import { createBudgetRig, holder } from '../budget-rig.ts'
import { incomingCall, llmRequest, modelRecord, type Noted } from './paying-rig.ts'

export type MeteringRig = Awaited<ReturnType<typeof createMeteringRig>>

/** Paying out of a budget in a real ledger: slices from the store, and records that are settled there. */
export async function createMeteringRig(database: Database, usd: string) {
  const rig = await createBudgetRig(database)
  const made = await rig.addBudget(usd)
  const { id, organizationId: organization, target, period } = made
  const record: BudgetRecord = { kind: 'budget', organization, id, revision: 1, target, period }
  const here = holder('gw_metering')
  let [asked, calls] = [0, 0]
  const budgets = createBudgets({
    askSlice: async (ask) => {
      asked += 1
      const [grant] = await rig.grants.grant(here, [ask])
      return grant ?? null
    },
    giveBack: (items) => void rig.grants.takeBack(here, items),
    monotonic: () => performance.now(),
    // However slow the machine is, nobody is refused for that.
    setTimer: () => () => {},
  })
  const limits: Limits = {
    take: () => ok({ extend: () => true, settle: () => {}, undo: () => {} }),
    standings: () => [],
    heldSeats: () => [],
    changed: () => {},
    close: () => {},
  }
  const noted: Noted[] = []
  const unsettled: CallRecord[] = []
  const write = (outcome: Outcome): void => {
    const { kind: _, ...more } = outcome
    unsettled.push(rig.record(here, [...outcome.charges], { ...more, charges: [...outcome.charges] }))
  }
  const noting: Noting = {
    open: async ({ requestId: id }, outcome, isBudgeted) => {
      noted.push({ type: 'open', id, outcome, isBudgeted })
      return ok({ place: noted.length })
    },
    done: ({ requestId: id }, outcome, _opened, release) => {
      noted.push({ type: 'done', id, outcome })
      write(outcome)
      release()
    },
    refused: () => {},
  }
  const spool = { isFull: () => false }
  const clock = { now: () => rig.now(), monotonic: () => performance.now() }
  return {
    noted,
    asked: () => asked,
    pay: createPaying({ limits, budgets, noting, spool, ...clock }),
    bill: (request: Partial<LlmRequest> = {}, model: Partial<ModelRecord> = {}): Bill => {
      calls += 1
      return {
        call: incomingCall(`req_${calls}`),
        request: llmRequest(request),
        provider: { id: 'prv_0000000000000001', slug: 'mock' } as Bill['provider'],
        model: modelRecord(model),
        duties: [{ kind: 'seats', limits: [], budgets: [record] }],
      }
    },
    /** Everything that is written down is settled; how the budget stands then. */
    settled: async () => {
      await rig.settle(here, unsettled.splice(0))
      return rig.standing(id, 'total')
    },
    books: () => rig.books(id),
    close: () => budgets.close(),
  }
}
