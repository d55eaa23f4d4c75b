import { request as httpRequest } from 'node:http'
import type { Bill, Pay } from '../../src/gateway/llm/payment.ts'
import type { Problem } from '../../src/problems.ts'
import type { MockProvider } from './mock-provider.ts'

/** One call to the mock provider, paid for and metered as the gateway does it, without the gateway around it. */
export type Delivered = {
  readonly refused: Problem | null
  /** What came of the provider, and what the caller got of it. */
  readonly came: string
  readonly text: string
}

export type Call = {
  readonly bill: Bill
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** The caller leaves as soon as this is true of what came. */
  readonly leavesAt?: (came: string) => boolean
  /** So long the gateway waits: as soon as this is true of what came, or when it resolves. */
  readonly givesUpAt?: ((came: string) => boolean) | Promise<unknown>
}

type Outcome = { readonly status: number; readonly code: string | null; readonly isGone: boolean }
const gone: Outcome = { status: 200, code: null, isGone: true }

export async function callMetered(pay: Pay, provider: MockProvider, call: Call): Promise<Delivered> {
  const { bill, path, body, leavesAt, givesUpAt } = call
  const paid = await pay(bill)
  if (!paid.ok) return { refused: paid.problem, came: '', text: '' }
  const payment = paid.value
  const sent = {
    ...body,
    ...(payment.maxTokens === null
      ? {}
      : { [bill.request.route === 'responses' ? 'max_output_tokens' : 'max_tokens']: payment.maxTokens }),
    ...(payment.asksForUsage ? { stream_options: { include_usage: true } } : {}),
  }
  return new Promise((resolve, reject) => {
    let [came, text] = ['', '']
    let isOver = false
    const end = (outcome: Outcome, last = ''): void => {
      if (isOver) return
      isOver = true
      outgoing.destroy()
      payment.finish(outcome, () => resolve({ refused: null, came, text: text + last }))
    }
    const headers = { 'content-type': 'application/json' }
    const outgoing = httpRequest(`${provider.url}${path}`, { method: 'POST', headers }, async (incoming) => {
      const status = incoming.statusCode ?? 0
      const meter = payment.meter({ status, contentType: incoming.headers['content-type'] })
      try {
        for await (const chunk of incoming) {
          came += String(chunk)
          text += meter.push(chunk as Buffer).toString()
          if (!(await meter.goesOn())) {
            const { problem, event } = meter.ending()
            return end({ status, code: problem.code, isGone: false }, event)
          }
          if (leavesAt?.(came)) return end(gone)
          if (typeof givesUpAt === 'function' && givesUpAt(came))
            return end({ status, code: 'upstream_timeout', isGone: false })
        }
        end({ status, code: null, isGone: false }, meter.end().toString())
      } catch {
        end({ status, code: 'upstream_unreachable', isGone: false })
      }
    })
    outgoing.on('error', (error) => {
      if (!isOver) end({ status: 502, code: 'upstream_unreachable', isGone: false })
      else if (!outgoing.destroyed) reject(error)
    })
    if (givesUpAt instanceof Promise)
      void givesUpAt.then(() => end({ status: 504, code: 'upstream_timeout', isGone: false }))
    outgoing.end(JSON.stringify(sent))
  })
}
