import { expect, test } from 'vitest'
import { createAttempts } from './attempts.ts'

function table(capacity?: number) {
  let now = 1_000_000
  const attempts = createAttempts({ now: () => now, ...(capacity === undefined ? {} : { capacity }) })
  return { ...attempts, wait: (ms: number) => (now += ms) }
}
const fail = (attempts: ReturnType<typeof table>, times: number, key: string | null, source: string, proxy = false) => {
  for (let i = 0; i < times; i += 1) attempts.failed(key, source, proxy)
}

test('ten failures a minute for a key and source, then a wait, one more every six seconds', () => {
  const attempts = table()
  fail(attempts, 9, 'key_1', '10.0.0.1')
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(0)
  fail(attempts, 1, 'key_1', '10.0.0.1')
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(6)
  attempts.wait(6000)
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(0)
})

test('a key is not locked: another source of the same key goes on', () => {
  const attempts = table()
  fail(attempts, 50, 'key_1', '10.0.0.1')
  expect(attempts.blocked('key_1', '10.0.0.2', false)).toBe(0)
  expect(attempts.blocked('key_2', '10.0.0.1', false)).toBe(0)
})

test('a hundred failures a minute for a source, whatever keys it tries', () => {
  const attempts = table()
  for (let i = 0; i < 100; i += 1) attempts.failed(i % 2 === 0 ? null : `key_${i}`, '10.0.0.1', false)
  expect(attempts.blocked('key_new', '10.0.0.1', false)).toBe(1)
  expect(attempts.blocked(null, '10.0.0.1', false)).toBe(1)
  expect(attempts.blocked(null, '10.0.0.2', false)).toBe(0)
})

test('a proxy is no source: only the bucket of the key is charged behind one', () => {
  const attempts = table()
  fail(attempts, 1000, null, '10.0.0.1', true)
  fail(attempts, 10, 'key_1', '10.0.0.1', true)
  expect(attempts.blocked('key_2', '10.0.0.1', true)).toBe(0)
  expect(attempts.blocked('key_1', '10.0.0.1', true)).toBe(6)
})

test('other spellings and neighbours in a /64 share a bucket', () => {
  const attempts = table()
  fail(attempts, 10, 'key_1', '::ffff:10.0.0.1')
  fail(attempts, 10, 'key_1', '2001:db8::1')
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(6)
  expect(attempts.blocked('key_1', '2001:db8:0:0:ffff::9', false)).toBe(6)
})

test('the table has a fixed size: a flood pushes out the oldest entries and nothing else', () => {
  const attempts = table(100)
  fail(attempts, 10, 'key_1', '10.0.0.1')
  for (let i = 0; i < 50; i += 1) attempts.failed(null, `10.1.0.${i}`, false)
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(6)
  for (let i = 0; i < 60; i += 1) attempts.failed(null, `10.2.0.${i}`, false)
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(0)
})

test('what a gateway of one organization says of an address keeps nobody else at that address out', () => {
  const attempts = table()
  for (let i = 0; i < 200; i += 1) attempts.failed(`key_${i % 20}`, '10.0.0.1', false, 'org_a')
  expect(attempts.blocked('key_1', '10.0.0.1', false, 'org_a')).toBeGreaterThan(0)
  expect(attempts.blocked('key_1', '10.0.0.1', false)).toBe(0)
  expect(attempts.blocked('key_1', '10.0.0.1', false, 'org_b')).toBe(0)
})
