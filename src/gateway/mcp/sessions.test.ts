import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSessions, type SessionKey } from './sessions.ts'

const holder = { organization: 'org_a', server: 'srv_a', target: 'here', key: 'key_a' }
const first: SessionKey = { epoch: 1, key: Buffer.alloc(32, 1) }
const second: SessionKey = { epoch: 2, key: Buffer.alloc(32, 2) }
const day = 24 * 3600 * 1000

/** Gateways share keys and nothing else. */
const gateway = (id: string, keys: readonly SessionKey[] = [first], now = () => 0) =>
  createSessions({
    gatewayId: () => id,
    keysOf: (organization) => (organization === 'org_a' ? keys : []),
    now,
    randomBytes,
  })

test('any gateway of the organization opens the session of an HTTP server, without a store', () => {
  const session = gateway('gwy_1').wrap(holder, 'upstream id / ü')
  expect(session).toMatch(/^gwy_1\.[\x21-\x7e]+$/)
  expect(gateway('gwy_2').open(holder, session, false)).toEqual({ here: 'upstream id / ü' })
})

test('a session that lives in a process says at every other gateway where it is, and to its holder only', () => {
  const session = gateway('gwy_1').wrap(holder, 'raw')
  expect(gateway('gwy_1').open(holder, session, true)).toEqual({ here: 'raw' })
  expect(gateway('gwy_2').open(holder, session, true)).toEqual({ elsewhere: 'gwy_1' })
  expect(gateway('gwy_2').open({ ...holder, key: 'key_b' }, session, true)).toBeNull()
  expect(gateway('gwy_2').open(holder, session.replace('gwy_1', 'gwy_3'), true)).toBeNull()
})

test('another key, server or organization has no such session, also where it is remembered', () => {
  const here = gateway('gwy_1')
  const session = here.wrap(holder, 'raw')
  for (const sessions of [here, gateway('gwy_1')]) {
    for (const other of [{ key: 'key_b' }, { server: 'srv_b' }, { target: 'elsewhere' }, { organization: 'org_b' }]) {
      expect(sessions.open({ ...holder, ...other }, session, false)).toBeNull()
    }
  }
})

test('a session that was changed in any character is none', () => {
  const session = gateway('gwy_1').wrap(holder, 'raw')
  const fresh = gateway('gwy_1')
  for (let i = 0; i < session.length - 1; i += 1) {
    const changed = session.slice(0, i) + (session[i] === 'A' ? 'B' : 'A') + session.slice(i + 1)
    expect(fresh.open(holder, changed, false), `character ${i}`).toBeNull()
  }
  for (const text of ['', '.', 'raw', 'gwy_1.', `gwy_1.${'A'.repeat(80)}`, session.slice(0, -4)]) {
    expect(fresh.open(holder, text, false)).toBeNull()
  }
})

test('a session outlives the change of the epoch, and ends after thirty days', () => {
  const session = gateway('gwy_1').wrap(holder, 'raw')
  const at = (ms: number, keys = [second, first]) => gateway('gwy_1', keys, () => ms).open(holder, session, false)
  expect(at(30 * day - 1)).toEqual({ here: 'raw' })
  expect(at(30 * day)).toBeNull()
  expect(at(0, [second])).toBeNull()
})
