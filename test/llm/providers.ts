import type { UnsealedProvider, UnsealedRecord } from '../../src/fleet/unsealed/schema.ts'
import type { Bill, Meter, Pay, Payment } from '../../src/gateway/llm/payment.ts'
import { refuse } from '../../src/problems.ts'
import type { ModelRecord } from '../../src/providers/schema.ts'
import { Secret } from '../../src/secret.ts'
import { defaultTimeouts } from '../../src/servers/schema.ts'
import { nextRevision, organizationId, projectId } from '../fake-control.ts'

/** Providers as a test's control tells them, and a till that a test plays. */

export const model = (id: string, more: Partial<ModelRecord> = {}): ModelRecord => ({
  id,
  aliases: [],
  fallbacks: [],
  maxOutputTokens: null,
  contextTokens: null,
  reasoning: null,
  prices: [],
  ...more,
})

export const provider = (
  slug: string,
  url: string,
  models: readonly (string | ModelRecord)[],
  more: Partial<UnsealedProvider> = {},
): UnsealedProvider => ({
  kind: 'provider',
  organization: organizationId,
  id: `prv_${slug.replaceAll('-', '').padEnd(16, '0')}`,
  revision: nextRevision(),
  slug,
  name: slug,
  project: projectId,
  dialect: 'openai',
  baseUrl: url,
  auth: 'bearer',
  injection: null,
  timeouts: defaultTimeouts,
  retries: 0,
  models: models.map((one) => (typeof one === 'string' ? model(one) : one)),
  ...more,
})

export const withKey = (value: string): Pick<UnsealedProvider, 'injection'> => ({
  injection: { credential: 'crd_0000000000000009', version: 1, value: new Secret(value) },
})

/** A catalog for everybody of those providers. */
export const offered = (...providers: readonly UnsealedProvider[]): UnsealedRecord => ({
  kind: 'catalog',
  organization: organizationId,
  id: 'cat_0000000000000077',
  revision: nextRevision(),
  servers: [],
  providers: providers.map(({ id }) => id),
  audience: { everyone: true, teams: [], members: [] },
})

export const everything = {
  llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } },
} as const

export type Paid = {
  readonly bill: Bill
  readonly events: string[]
  finished: Parameters<Payment['finish']>[0] | null
}

/** A till that takes nothing and writes down what it is told; `more` per bill replaces what it says. */
export function createTill(
  more: (bill: Bill) => Partial<Payment> & { refuse?: ReturnType<typeof refuse> } = () => ({}),
) {
  const paid: Paid[] = []
  const pay: Pay = (bill) => {
    const said = more(bill)
    if (said.refuse !== undefined) return said.refuse
    const one: Paid = { bill, events: [], finished: null }
    paid.push(one)
    const meter: Meter = {
      push: (chunk) => chunk,
      goesOn: () => true,
      ending: () => ({
        problem: refuse('budget_exceeded').problem,
        event: 'data: {"error":{"code":"budget_exceeded"}}\n\n',
      }),
      end: () => Buffer.alloc(0),
    }
    const payment: Payment = {
      maxTokens: null,
      asksForUsage: false,
      headers: () => [],
      meter: () => {
        one.events.push('meter')
        return meter
      },
      undo: () => void one.events.push('undo'),
      finish: (how, release) => {
        one.events.push('finish')
        one.finished = how
        release()
      },
      readsToTheEnd: false,
    }
    // Getters stay getters: a test may watch who asks.
    return { ok: true, value: Object.defineProperties(payment, Object.getOwnPropertyDescriptors(said)) }
  }
  return { pay, paid }
}
