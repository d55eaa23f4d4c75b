import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { createClock } from '../../test/feed-rig.ts'
import { Secret } from '../secret.ts'
import { createRedial } from './redial.ts'
import { createWire } from './wire.ts'

/** A socket of which only events and buffer matter; real ones are in feed.test.ts. */
function fakeSocket(bufferedAmount = 0) {
  const calls: string[] = []
  const emitter = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    bufferedAmount,
    send: (text: string) => void calls.push(`send ${text}`),
    close: (code: number, reason: string) => void calls.push(`close ${code} ${reason}`),
    terminate: () => {
      calls.push('terminate')
      emitter.emit('close', 1006, Buffer.alloc(0))
    },
  })
  return { socket: emitter as unknown as WebSocket, emitter, calls }
}

/** The pauses between attempts when each ends at once with `end`. */
function pauses(
  attempts: number,
  random: number,
  end: (emitter: EventEmitter) => void,
  /** How long each connection lasts after its welcome; without it none is welcomed. */
  heldMs?: number,
): number[] {
  const clock = createClock()
  const dialled: number[] = []
  const redial = createRedial({
    url: 'http://control.test',
    token: new Secret('t'),
    connect: () => {
      const { socket, emitter } = fakeSocket()
      dialled.push(clock.monotonic())
      if (heldMs !== undefined) clock.setTimer(0, () => redial.succeeded())
      if (dialled.length <= attempts) clock.setTimer(heldMs ?? 0, () => end(emitter))
      return socket
    },
    ...clock,
    random: () => random,
    onOpen: () => {},
    onText: () => {},
    onClose: () => {},
    log: { warn: () => {}, error: () => {} },
  })
  redial.start()
  clock.advance(200_000)
  return dialled.slice(1, attempts + 1).map((at, n) => at - (dialled[n] ?? 0))
}

const cut = (emitter: EventEmitter) => emitter.emit('close', 1006, Buffer.alloc(0))

test('a gateway comes back after 50 ms, then ever later, at most after two seconds', () => {
  expect(pauses(8, 1, cut)).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000])
})

test('half of each pause is up to chance, so that a fleet does not come back in one moment', () => {
  expect(pauses(3, 0, cut)).toEqual([25, 50, 100])
})

test('a connection that control ends soon after its welcome is no reason to begin with short pauses again', () => {
  const heldMs = 4000
  expect(pauses(4, 1, cut, heldMs).map((ms) => ms - heldMs)).toEqual([50, 100, 200, 400])
})

test('after a connection that lasted the first pause is the shortest', () => {
  const heldMs = 5000
  expect(pauses(3, 1, cut, heldMs).map((ms) => ms - heldMs)).toEqual([50, 50, 50])
})

test.each([401, 403])('a token that control refuses with %i is tried again every ten seconds at most', (statusCode) => {
  const refused = (emitter: EventEmitter) => emitter.emit('unexpected-response', {}, { statusCode })
  expect(pauses(2, 1, refused)).toEqual([10_000, 10_000])
})

test('a control that is busy is tried again as if it were away', () => {
  expect(pauses(2, 1, (emitter) => emitter.emit('unexpected-response', {}, { statusCode: 503 }))).toEqual([50, 100])
})

function wireOf(socket: WebSocket) {
  const clock = createClock()
  const closed: number[] = []
  const wire = createWire({ socket, ...clock, onText: () => {}, onClose: (code) => closed.push(code) })
  return { clock, closed, wire }
}

test('an end that does not take what is sent is cut off, and what it missed comes from a snapshot later', () => {
  const { socket, calls } = fakeSocket(33 * 1024 * 1024)
  const { closed, wire } = wireOf(socket)
  wire.send('frame')
  expect(calls).toEqual(['terminate'])
  expect(closed).toEqual([1006])
  expect(wire.isOpen()).toBe(false)
})

test('an end that does not answer a close frame is cut off a second later', () => {
  const { socket, calls } = fakeSocket()
  const { clock, wire } = wireOf(socket)
  wire.close(1008, 'malformed hello')
  clock.advance(1000)
  expect(calls).toEqual(['close 1008 malformed hello', 'terminate'])
})

test('nothing waits for a socket that has ended', async () => {
  const { socket, emitter } = fakeSocket()
  const { wire } = wireOf(socket)
  const sending = wire.sendPaced(['one', 'two'])
  cut(emitter)
  await sending
  await wire.sendPaced(['three'])
})
