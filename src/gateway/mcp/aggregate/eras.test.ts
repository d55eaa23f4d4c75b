import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { httpServer, newKey } from '../../../../test/fake-control.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { createSessions } from '../sessions.ts'
import { createEras, eraMs } from './eras.ts'
import type { Gate } from './gate.ts'
import { createParked, parkedMs } from './parked.ts'
import type { Turn } from './turn.ts'

test('what was found out about an older server is asked again after ten minutes, however often it is used', () => {
  let now = 0
  const eras = createEras(() => now)
  eras.learn('a', { kind: 'legacy' })
  for (now = 0; now < eraMs; now += eraMs / 10) {
    expect(eras.known('a')).toEqual({ kind: 'legacy' })
    eras.learn('a', { kind: 'legacy' })
  }
  expect(eras.known('a')).toBeNull()
  expect(eras.known('b')).toBeNull()
  eras.learn('a', { kind: 'legacy' })
  eras.forget('a')
  expect(eras.known('a')).toBeNull()
})

/** A gate of that key which admits the server until it is told otherwise. */
async function gateOf(isAdmitted: () => boolean): Promise<Gate> {
  const { record } = await newKey()
  const no = () => {
    throw new Error('not asked here')
  }
  return {
    caller: { key: record, version: 1, child: null },
    subject: no,
    servers: no,
    find: no,
    deny: no,
    duties: no,
    may: isAdmitted,
    word: no,
  }
}

const serverOf = (slug: string): ServerRecord => ({
  ...httpServer(slug, 'http://127.0.0.1:1/mcp'),
  transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
  injection: null,
})

test('parked calls end with their time and with the rights of their key, and are found once, by their own key', async () => {
  let [now, isAdmitted] = [0, true]
  const ended: number[] = []
  const sealing = createSessions({
    gatewayId: () => 'gwy_a',
    keysOf: () => [{ epoch: 1, key: Buffer.alloc(32, 1) }],
    now: () => now,
    randomBytes,
  })
  const parked = createParked({ sessions: sealing, newId: randomUUID, now: () => now })
  const turn = (id: number): Turn => ({
    go: () => Promise.reject(new Error()),
    answer: () => {},
    end: () => void ended.push(id),
  })
  const [gate, other] = [await gateOf(() => isAdmitted), await gateOf(() => true)]
  const [server, another] = [serverOf('a'), serverOf('b')]
  const park = (id: number) => {
    const state = parked.park(gate, server, turn(id))
    return state.ok ? state.value : ''
  }
  const first = park(1)
  expect(parked.find(other, server, first)).toBeNull()
  expect(parked.find(gate, another, first)).toBeNull()
  expect(parked.find(gate, server, 'the server’s own state')).toBeNull()
  expect(parked.find(gate, server, first)?.turn).not.toBeNull()
  expect(parked.find(gate, server, first)).toEqual({ turn: null })
  const late = park(2)
  now += parkedMs
  expect(parked.find(gate, server, late)).toEqual({ turn: null })
  park(3)
  now += parkedMs
  parked.sweep()
  park(4)
  isAdmitted = false
  parked.judge()
  expect([ended, parked.size()]).toEqual([[2, 3, 4], 0])
})
