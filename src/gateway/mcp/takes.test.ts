import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMessage } from './message.ts'
import { priceOf, wantOf } from './takes.ts'

const taken = (json: object) => {
  const message = parseMessage(Buffer.from(JSON.stringify(json)), {})
  if (!message.ok) throw new Error(message.problem.code)
  return wantOf(message.value)
}
const request = (method: string, more: object = { id: 1 }) => ({
  jsonrpc: '2.0',
  method,
  params: { name: 'x' },
  ...more,
})
const call = { requests: 1, tokens: 0, seat: 'call' }

describe('D21 what counts', () => {
  test.each(['tools/call', 'tools/list', 'resources/read', 'prompts/get', 'logging/setLevel', 'of/tomorrow'])(
    '%s is a request',
    (method) => expect(taken(request(method))).toEqual(call),
  )

  test.each(['initialize', 'server/discover', 'ping'])('%s is none', (method) =>
    expect(taken(request(method))).toBeNull(),
  )

  test('notices, answers and the end of a session are none', () => {
    expect(taken(request('notifications/cancelled', {}))).toBeNull()
    expect(taken({ jsonrpc: '2.0', id: 1, result: {} })).toBeNull()
    expect(wantOf({ method: 'DELETE', json: null })).toBeNull()
  })

  test('streams take a place among the streams, and only one that is asked for by a message is a request', () => {
    expect(wantOf({ method: 'GET', json: null })).toEqual({ requests: 0, tokens: 0, seat: 'stream' })
    expect(taken(request('subscriptions/listen'))).toEqual({ requests: 1, tokens: 0, seat: 'stream' })
  })

  test.each([{}, { id: null }, { id: 1.5 }, { id: 1e300 }, { id: {} }, { id: [1] }])(
    'attack: a tool call whose id is none, or none that we repeat (%j), is one all the same',
    (more) => expect(taken(request('tools/call', more))).toEqual(call),
  )

  test('attack: a request does not pass for a notice by its name', () => {
    expect(taken(request('notifications/tools/call', { id: 1 }))).toEqual(call)
  })
})

describe('D23 the price of a tool', () => {
  const toolPrices = { echo: '0.01', free: '0', '*': '2' }

  test('is its own, else that of every other, else nothing', () => {
    expect(priceOf({ toolPrices }, 'echo')).toBe(10_000_000)
    expect(priceOf({ toolPrices }, 'free')).toBe(0)
    expect(priceOf({ toolPrices }, 'other')).toBe(2_000_000_000)
    expect(priceOf({ toolPrices: { echo: '1' } }, 'other')).toBe(0)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'attack: a tool called %s costs what every other costs',
    (tool) => expect(priceOf({ toolPrices }, tool)).toBe(2_000_000_000),
  )

  test('is read exactly, to the last nano-USD', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.nat(999_999_999), (whole, part) => {
        const toolPrices = { '*': `${whole}.${String(part).padStart(9, '0')}` }
        expect(BigInt(priceOf({ toolPrices }, 'any'))).toBe(BigInt(whole) * 1_000_000_000n + BigInt(part))
      }),
    )
  })
})
