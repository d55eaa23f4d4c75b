import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import type { Delivery } from './answer.ts'
import { type Ending, forward } from './forward.ts'
import { wentOf } from './mcp/conclude.ts'
import type { Outbound, Upstream } from './outbound.ts'

const outbound: Outbound = {
  method: 'POST',
  headers: {},
  body: Buffer.from('{}'),
  sessionId: null,
  wrapSession: (id) => id,
  filterFor: () => null,
  isStream: false,
}

/** A server that answers at once with one event, and a caller of whom a test says whether he reads. */
async function answered(isRead: boolean): Promise<Ending> {
  const dispatch: Dispatcher['dispatch'] = (_options, handler) => {
    const controller = {
      abort: (error: Error) => handler.onResponseError?.(controller, error),
      pause: () => {},
      resume: () => {},
    } as unknown as Dispatcher.DispatchController
    handler.onRequestStart?.(controller, {})
    handler.onResponseStart?.(controller, 200, { 'content-type': 'text/event-stream' }, 'OK')
    handler.onResponseData?.(controller, Buffer.from('data: {"result":{}}\n\n'))
    return true
  }
  const timeouts = { connectSeconds: 1, answerSeconds: 1, idleSeconds: 1, totalSeconds: 0.01 }
  const upstream: Upstream = { pool: { dispatch }, path: '/', injected: null, secretForms: [], timeouts }
  const delivery: Delivery = {
    start: () => {},
    write: () => isRead,
    waitingBytes: 0,
    whenDrained: () => {},
    whenGone: () => {},
    sayRefusal: () => true,
    abandon: () => {},
  }
  return forward({ monotonic: () => performance.now(), gatewayId: () => 'gwy_1' })(upstream, outbound, delivery)
}

test('attack: whoever reads most of an answer and stops pays as one who has left', async () => {
  const ending = await answered(false)
  expect(ending).toEqual({ kind: 'gone' })
  expect(wentOf(ending, { status: 200, code: null }).isDue).toBe(true)
})

test('a server that does not come to its end is told of, and not paid', async () => {
  const ending = await answered(true)
  expect(ending).toEqual({ kind: 'done', last: null })
  expect(wentOf(ending, { status: 200, code: 'upstream_timeout' }).isDue).toBe(false)
})
