import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Sink } from './answer.ts'
import { createLines } from './lines.ts'
import { createLink } from './link.ts'
import { type Message, parseMessage } from './message.ts'
import type { Party } from './pending.ts'
import { withoutValues } from './redact.ts'
import { splice } from './splice.ts'
import { createTurns } from './turns.ts'
import { announcedIn, type Profile, profileOf, versionFor } from './versions.ts'

const open = (profile: Profile = 'asking') => {
  const sent: string[] = []
  const link = createLink({ send: (text) => sent.push(text) > 0, turnWaitMs: 10_000, onNoise: () => {} }, profile)
  const session = (holder: string, capabilities: object = { sampling: {} }) => {
    const stream: string[] = []
    const party: Party = {
      holder,
      announced: announcedIn(capabilities),
      subscriptions: new Set(),
      logLevel: null,
      stream: (text) => void stream.push(text),
    }
    link.pending.parties.add(party)
    return { party, stream }
  }
  const call = (party: Party | null, request: object, room = true) => {
    const got: string[] = []
    let dropped = false
    const text = JSON.stringify({ jsonrpc: '2.0', ...request })
    const sink: Sink = {
      push: (one) => room && got.push(one) > 0,
      finish: (one) => void got.push(one),
      drop: () => {
        dropped = true
      },
      fail: () => {
        dropped = true
      },
    }
    link.call(party, parseMessage(text) as Extract<Message, { kind: 'request' }>, text, sink)
    return { got, isDropped: () => dropped }
  }
  const receive = (message: object) => link.receive(JSON.stringify({ jsonrpc: '2.0', ...message }))
  const last = () => JSON.parse(sent.at(-1) ?? '{}')
  return { link, sent, session, call, receive, last }
}
const tool = { id: 1, method: 'tools/call', params: { name: 'x' } }
const ask = { id: 'q', method: 'sampling/createMessage', params: {} }

describe('whose is it', () => {
  afterEach(() => vi.useRealTimers())

  test('a question goes to the session whose call is running, under a number of ours', () => {
    const { session, call, receive, link, last } = open()
    const [one, two] = [session('a'), session('b')]
    const running = call(one.party, tool)
    receive(ask)
    const asked = JSON.parse(running.got[0] ?? '{}')
    expect(asked.id).not.toBe('q')
    const answer = (party: Party) => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: { said: party.holder } })
      return link.pass(party, parseMessage(text) as Message, text)
    }
    expect(answer(two.party)).toBe(false)
    expect(answer(one.party)).toBe(true)
    expect(last()).toEqual({ jsonrpc: '2.0', id: 'q', result: { said: 'a' } })
    expect(answer(one.party)).toBe(false)
  })

  test('sessions that can be asked take turns, and while two run side by side a question is refused', async () => {
    vi.useFakeTimers()
    const { session, call, receive, sent, last } = open()
    const [one, two] = [session('a'), session('b')]
    call(one.party, tool)
    const second = call(two.party, tool)
    expect(sent.length).toBe(1)
    await vi.advanceTimersByTimeAsync(10_001)
    expect(sent.length).toBe(2)
    receive(ask)
    expect(last()).toMatchObject({ id: 'q', error: { code: -32601 } })
    expect([...one.stream, ...two.stream, ...second.got]).toEqual([])
  })

  test('a question to who did not announce it is refused, as is one for roots', () => {
    const { session, call, receive, last } = open()
    call(session('a', { elicitation: {} }).party, tool)
    receive(ask)
    expect(last()).toMatchObject({ id: 'q', error: { code: -32601 } })
    receive({ id: 'r', method: 'roots/list' })
    expect(last()).toMatchObject({ id: 'r', error: { code: -32601 } })
    receive({ id: 'p', method: 'ping' })
    expect(last()).toEqual({ jsonrpc: '2.0', id: 'p', result: {} })
  })

  test('a server that asks without end is refused before what it asks fills our memory', () => {
    const { session, call, receive, last, link } = open()
    call(session('a').party, tool)
    for (let n = 0; n < 1100; n += 1) receive({ ...ask, id: n })
    expect(link.pending.questions.size).toBe(1000)
    expect(last()).toMatchObject({ id: 1099, error: { message: expect.stringContaining('Too many') } })
  })

  test('a question that was put to a session is answered with an error when the session ends', () => {
    const { session, call, receive, link, sent } = open()
    const one = session('a')
    const running = call(one.party, tool)
    receive(ask)
    link.leave(one.party)
    expect(sent.slice(-2).map((text) => JSON.parse(text))).toMatchObject([
      { id: 'q', error: { message: 'The client has left' } },
      { method: 'notifications/cancelled' },
    ])
    expect(running.isDropped()).toBe(true)
  })

  test('a call whose answer has no room for more is asked over the stream of its session', () => {
    const { session, call, receive } = open()
    const one = session('a')
    call(one.party, tool, false)
    receive(ask)
    expect(one.stream.length).toBe(1)
  })

  test('log messages while several keys call reach nobody, with one caller its call, else all streams', () => {
    const { session, call, receive } = open('plain')
    const [one, two] = [session('a'), session('b')]
    const message = { method: 'notifications/message', params: { level: 'info', data: 'x' } }
    receive(message)
    expect([one.stream.length, two.stream.length]).toEqual([1, 1])
    const first = call(one.party, tool)
    receive(message)
    expect(first.got.length).toBe(1)
    call(two.party, tool)
    receive(message)
    expect([one.stream.length, two.stream.length, first.got.length]).toEqual([1, 1, 1])
  })

  test('a session sees the level that it asked for, and updates of what it subscribed to', () => {
    const { session, receive } = open('plain')
    const [one, two] = [session('a'), session('a')]
    one.party.logLevel = 4
    receive({ method: 'notifications/message', params: { level: 'info', data: 'x' } })
    expect([one.stream.length, two.stream.length]).toEqual([0, 1])
    two.party.subscriptions.add('demo://1')
    receive({ method: 'notifications/resources/updated', params: { uri: 'demo://1' } })
    receive({ method: 'notifications/tools/list_changed' })
    expect([one.stream.length, two.stream.length]).toEqual([1, 3])
  })

  test('nobody cancels a call of somebody else, nor hears its progress', () => {
    const { session, call, link, receive, sent, last } = open('plain')
    const [one, two] = [session('a'), session('b')]
    const running = call(one.party, { ...tool, params: { _meta: { progressToken: 'p' } } })
    const other = call(two.party, { ...tool, params: { _meta: { progressToken: 'p' } } })
    const ours = JSON.parse(sent[0] ?? '{}').id
    receive({ method: 'notifications/progress', params: { progressToken: ours, progress: 1 } })
    expect(running.got.map((text) => JSON.parse(text).params.progressToken)).toEqual(['p'])
    expect(other.got).toEqual([])
    const cancel = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(link.pass(two.party, parseMessage(cancel) as Message, cancel)).toBe(true)
    expect([running.isDropped(), other.isDropped()]).toEqual([false, true])
    expect(last().params.requestId).not.toBe(ours)
  })
})

describe('the parts', () => {
  test('splicing replaces the value and nothing else, in whatever JSON it stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(), fc.nat(3), (result, extra, id, indent) => {
        const text = JSON.stringify({ extra, result, id: 'old', 'a"b': [extra] }, null, indent)
        const spliced = splice(text, [{ path: ['id'], value: id }])
        expect(spliced).toBe(JSON.stringify({ extra, result, id, 'a"b': [extra] }, null, indent))
      }),
    )
    expect(splice('{"id":1,"id":2}', [{ path: ['id'], value: 9 }])).toBe('{"id":1,"id":9}')
    expect(splice('{"\\u0069d" : 1}', [{ path: ['id'], value: 'x' }])).toBe('{"\\u0069d" : "x"}')
    expect(splice('{"params":{"_meta":{}}}', [{ path: ['params', '_meta', 'x'], value: 1 }])).toBe(
      '{"params":{"_meta":{}}}',
    )
  })

  test('lines come whole, however they were cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string().map((one) => one.replaceAll('\n', ' '))),
        fc.integer({ min: 1, max: 7 }),
        (texts, size) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
          const got: string[] = []
          const lines = createLines(1_000_000, (line) => got.push(line))
          for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size))
          expect(got).toEqual(texts.map((text) => Buffer.from(text).toString()))
        },
      ),
    )
    expect(createLines(4, () => {}).push(Buffer.from('12345\n'))).toBe('too-long')
    expect(createLines(4, () => {}).push(Buffer.from('12345'))).toBe('too-long')
  })

  test('who waits for a turn gets it when the one before has finished, in the order of asking', async () => {
    const turns = createTurns(1000)
    const [one, two] = [{}, {}]
    const first = turns.take(one)
    const order: string[] = []
    const second = Promise.resolve(turns.take(two)).then((release) => {
      order.push('two')
      release()
    })
    const third = Promise.resolve(turns.take(one)).then((release) => {
      order.push('one')
      release()
    })
    ;(await first)()
    await Promise.all([second, third])
    expect(order).toEqual(['two', 'one'])
  })

  test('a client gets its own revision if it is older, else the one that the server speaks', () => {
    expect(versionFor('2025-03-26', '2025-11-25')).toBe('2025-03-26')
    expect(versionFor('2025-11-25', '2025-06-18')).toBe('2025-06-18')
    expect(versionFor('1999-01-01', '2025-06-18')).toBe('2025-06-18')
    expect(versionFor(undefined, '2025-06-18')).toBe('2025-06-18')
  })

  test('who announces nothing that a server could ask shares the plain child', () => {
    expect(profileOf(announcedIn({ roots: {} }))).toBe('plain')
    expect(profileOf(announcedIn({ elicitation: { url: {} } }))).toBe('asking')
    expect(announcedIn({ elicitation: {} })).toMatchObject({ elicitation: true, elicitationUrl: false })
  })

  test('a value inside another value leaves no rest', () => {
    expect(withoutValues('x secretlong y secret z 123', ['secret', 'secretlong', '123'])).toBe(
      'x [redacted] y [redacted] z 123',
    )
  })
})
