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
    reachesSome: no,
    current: no,
    find: no,
    deny: no,
    duties: no,
    may: isAdmitted,
    until: no,
    word: no,
  }
}

const serverOf = (slug: string): ServerRecord => ({
  ...httpServer(slug, 'http://127.0.0.1:1/mcp'),
  transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
  injection: null,
})

const asked = { method: 'tools/call', name: 'ask' }

test('parked calls end with their time and with the rights of their key, and are found once, by their own key', async () => {
  let [now, isAdmitted] = [0, true]
  const ended: number[] = []
  const sealing = createSessions({
    gatewayId: () => 'gwy_a',
    keysOf: () => [{ epoch: 1, key: Buffer.alloc(32, 1) }],
    now: () => now,
    randomBytes,
  })
  const [server, another] = [serverOf('a'), serverOf('b')]
  const records = new Map([server, another].map((one) => [one.id, one]))
  const parked = createParked({
    sessions: sealing,
    newId: randomUUID,
    now: () => now,
    server: (id) => records.get(id) ?? null,
  })
  const turn = (id: number): Turn => ({
    go: () => Promise.reject(new Error()),
    answer: () => {},
    end: () => void ended.push(id),
  })
  const [gate, other] = [await gateOf(() => isAdmitted), await gateOf(() => true)]
  const park = (id: number) => {
    const state = parked.park(gate, server, asked, turn(id))
    return state.ok ? state.value : ''
  }
  const first = park(1)
  expect(parked.find(other, server, asked, first)).toBeNull()
  expect(parked.find(gate, another, asked, first)).toBeNull()
  expect(parked.find(gate, server, asked, 'the server’s own state')).toBeNull()
  expect(parked.find(gate, server, asked, first)?.turn).not.toBeNull()
  expect(parked.find(gate, server, asked, first)).toEqual({ turn: null })
  const late = park(2)
  now += parkedMs
  expect(parked.find(gate, server, asked, late)).toEqual({ turn: null })
  park(3)
  now += parkedMs
  parked.sweep()
  park(4)
  isAdmitted = false
  parked.judge()
  expect([ended, parked.size()]).toEqual([[2, 3, 4], 0])
  isAdmitted = true
  const moved = park(5)
  records.set(server.id, { ...server, transport: { type: 'http', url: 'http://127.0.0.1:2/mcp' } })
  expect(parked.find(gate, server, asked, moved)).toEqual({ turn: null })
  park(6)
  records.delete(server.id)
  parked.judge()
  expect([ended, parked.size()]).toEqual([[2, 3, 4, 5, 6], 0])
})

test('D40 a parked call goes on for what was asked and for nothing else, and that is judged while it waits', async () => {
  const sealing = createSessions({
    gatewayId: () => 'gwy_a',
    keysOf: () => [{ epoch: 1, key: Buffer.alloc(32, 1) }],
    now: () => 0,
    randomBytes,
  })
  const server = serverOf('a')
  const parked = createParked({ sessions: sealing, newId: randomUUID, now: () => 0, server: () => server })
  let isAllowed = true
  const gate = {
    ...(await gateOf(() => true)),
    may: (_: unknown, __: string, tool?: string | null) => isAllowed || tool !== 'ask',
  }
  let ended = 0
  const turn: Turn = { go: () => Promise.reject(new Error()), answer: () => {}, end: () => (ended += 1) }
  const state = parked.park(gate, server, asked, turn)
  const text = state.ok ? state.value : ''
  for (const other of [
    { ...asked, name: 'echo' },
    { ...asked, method: 'prompts/get' },
  ])
    expect(parked.find(gate, server, other, text)).toEqual({ turn: null })
  expect(parked.size()).toBe(1)
  isAllowed = false
  parked.judge()
  expect([ended, parked.size()]).toEqual([1, 0])
})
