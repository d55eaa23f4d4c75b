import { expect, test } from 'vitest'
import { admitsAddress } from './addresses.ts'

const only = (...cidrs: string[]) => ({ mode: 'only', cidrs }) as const

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::FFFF:a01:203', true],
  ['10.0.0.0/8', '0:0:0:0:0:ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:10.1.2.3%eth0', true],
  // Not the client's own addresses but other networks' ways to write them: no list admits them by accident.
  ['10.0.0.0/8', '::10.1.2.3', false],
  ['10.0.0.0/8', '64:ff9b::10.1.2.3', false],
  ['10.0.0.0/8', '2002:a01:203::', false],
  ['10.0.0.0/8', '010.1.2.3', false],
  ['10.0.0.0/8', '10.1.2', false],
  ['10.0.0.0/8', '0x0a.1.2.3', false],
  ['10.0.0.0/8', '167838211', false],
  ['10.0.0.0/8', ' 10.1.2.3', false],
  ['10.0.0.0/8', '', false],
  ['10.0.0.0/8', 'unknown', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3/8', '10.200.0.1', true],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['::/0', '203.0.113.9', false],
  ['::/0', '::ffff:203.0.113.9', false],
  ['::ffff:0:0/96', '203.0.113.9', true],
  ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ['::ffff:10.0.0.0/104', '11.9.9.9', false],
  ['2001:db8::/32', '2001:0DB8:0:0::9', true],
  ['2001:db8::/32', '2001:db9::9', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['::1', '::1', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['::1', '127.0.0.1', false],
  ['nonsense', '10.1.2.3', false],
])('the list %s and the client %s: %s', (cidr, address, expected) => {
  expect(admitsAddress(only(cidr), address)).toBe(expected)
})

test('an empty list admits nobody, no list everybody, even from an address that cannot be read', () => {
  expect(admitsAddress(only(), '10.1.2.3')).toBe(false)
  expect(admitsAddress({ mode: 'any' }, 'unknown')).toBe(true)
})

test('one unreadable entry does not spoil the others', () => {
  const rule = only('nonsense', '10.0.0.0/8', '2001:db8::/32')
  expect(['10.1.1.1', '2001:db8::1', '192.0.2.1'].map((address) => admitsAddress(rule, address))).toEqual([
    true,
    true,
    false,
  ])
})
