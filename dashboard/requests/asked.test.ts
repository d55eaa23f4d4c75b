import { expect, test } from 'vitest'
import { isAddress, queryIn } from './asked.ts'

test('REST is asked by every filter of the address, and by nothing else that stands there', () => {
  const filters = { key: 'key_1', status: '403', admitted: 'false', address: '10.1.0.0/16', client: 'claude' }
  expect(queryIn({ ...filters, 'metadata.team': 'a', live: 'yes', request: 'req_1', at: 'x' }, 0)).toEqual({
    ...filters,
    'metadata.team': 'a',
  })
  expect(queryIn({ period: '1h' }, Date.UTC(2026, 0, 1, 12, 0, 59))).toEqual({ from: '2026-01-01T11:00:00.000Z' })
})

test('an address that is half written is not asked for yet', () => {
  const whole = ['10.1.0.7', '10.1.0.0/16', '::1', '2001:db8::7', '::ffff:10.1.0.7']
  expect(whole.filter((text) => !isAddress(text))).toEqual([])
  expect(['10.', '10.1.0.', '10.1.0.0/', '10.1.0.0/1', '10.1.0.0/20', 'localhost', 'face'].filter(isAddress)).toEqual(
    [],
  )
})
