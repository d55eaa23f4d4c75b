import { expect, test } from 'vitest'
import { networkOf, parseAddress, parseNetwork, sourceOf } from './network.ts'

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::FFFF:0a01:0203', '10.1.2.3'],
  ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3%eth0', '10.1.2.3'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
  ['2001:db8:0:0:1::', '2001:db8:0:0:1:0:0:0'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8:0:0:0:0:0:1'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ['64:ff9b::10.1.2.3', '64:ff9b:0:0:0:0:a01:203'],
])('the address %s reads as %s', (text, expected) => {
  expect(parseAddress(text)?.text).toBe(expected)
})

test.each([
  '',
  'localhost',
  '10.1.2',
  '010.1.2.3',
  '10.1.2.3.4',
  '10.1.2.3%eth0',
  '0x7f.1',
  '2130706433',
  '1::2::3',
  ':::',
  '10.1.2.3 ',
  '[::1]',
  '::ffff:10.1.2.256',
  '%eth0',
])('"%s" is no address', (text) => {
  expect(parseAddress(text)).toBeNull()
})

test.each([
  ['10.0.0.0/8', { family: 'ipv4', text: '10.0.0.0', prefix: 8 }],
  ['10.1.2.3', { family: 'ipv4', text: '10.1.2.3', prefix: 32 }],
  ['0.0.0.0/0', { family: 'ipv4', text: '0.0.0.0', prefix: 0 }],
  ['::ffff:10.0.0.0/104', { family: 'ipv4', text: '10.0.0.0', prefix: 8 }],
  ['2001:db8::/32', { family: 'ipv6', text: '2001:db8:0:0:0:0:0:0', prefix: 32 }],
  ['::1', { family: 'ipv6', text: '0:0:0:0:0:0:0:1', prefix: 128 }],
])('%s is a network', (text, expected) => {
  expect(parseNetwork(text)).toEqual(expected)
})

test.each([
  '',
  '/8',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/8 ',
  '::/129',
  '::ffff:10.0.0.0/95',
  'fe80::%1/64',
  'any',
])('"%s" is no network', (text) => {
  expect(parseNetwork(text)).toBeNull()
})

test('one IPv6 customer is one source, whatever address of his /64 he takes', () => {
  expect(sourceOf('2001:db8:1:2:aaaa::1')).toBe(sourceOf('2001:db8:1:2:bbbb:cccc:dddd:2'))
  expect(sourceOf('2001:db8:1:3::1')).not.toBe(sourceOf('2001:db8:1:2::1'))
  expect(sourceOf('::ffff:1.2.3.4')).toBe('1.2.3.4')
  expect(sourceOf('nonsense')).toBe('unknown')
})

test.each([
  ['198.51.100.7', '198.51.100.0/24'],
  ['::ffff:198.51.100.7', '198.51.100.0/24'],
  ['0.0.0.0', '0.0.0.0/24'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:0:ffff::1', '2001:db8::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:1:0:2::', '2001:db8:1::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
])('M11 the address %s is at home in %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
  // What it is called can be read again, as the network that holds the address.
  expect(networkOf(parseNetwork(network)?.text ?? '')).toBe(network)
})

test('M11 what is no address is at home nowhere', () => {
  for (const text of ['', 'unknown', '198.51.100', '010.1.2.3', '::ffff:1.2.3.256']) expect(networkOf(text)).toBeNull()
})
