import { expect, test } from 'vitest'
import type { OnlineGateway } from '../fleet/feed.ts'
import { createGatewayUrl } from './gateway-addresses.ts'

const settings = { host: '127.0.0.1', port: 8420, publicUrl: null, tls: null }
const gateway = (id: string, publicUrl: string, more: Partial<OnlineGateway> = {}): OnlineGateway => ({
  id,
  name: id,
  organizationId: 'org_a',
  software: '',
  publicUrl,
  seq: null,
  lagMs: 0,
  lastSeenAt: 0,
  ...more,
})
const urlOf = (online: OnlineGateway[], more: Partial<typeof settings> | { publicUrl: string } = {}) =>
  createGatewayUrl({ ...settings, ...more }, { gatewaysOnline: () => online })('org_a')

test('M11 a URL leads to what the settings say', () => {
  expect(urlOf([gateway('gwy_1', 'http://one')], { publicUrl: 'https://ai.example.com/' })).toBe(
    'https://ai.example.com',
  )
})

test('M11 without a word in the settings it leads to a gateway that serves the organization, its own before a shared one', () => {
  const shared = gateway('gwy_0', 'http://127.0.0.1:4000', { organizationId: 'org_b', serves: 'all' })
  const own = [gateway('gwy_2', 'https://two.example'), gateway('gwy_1', 'https://one.example/')]
  expect(urlOf([shared, ...own])).toBe('https://one.example')
  expect(urlOf([shared])).toBe('http://127.0.0.1:4000')
  expect(urlOf([gateway('gwy_1', 'https://one.example', { organizationId: 'org_b' })])).toBe('http://127.0.0.1:8420')
})

test('M11 an address that is none, or not of the web, is not handed out', () => {
  for (const said of ['', 'gateway', 'javascript:alert(1)', 'file:///etc/passwd'])
    expect(urlOf([gateway('gwy_1', said), gateway('gwy_2', 'https://two.example')])).toBe('https://two.example')
})

test('M11 where no gateway is attached it leads to where one would listen', () => {
  expect(urlOf([])).toBe('http://127.0.0.1:8420')
  expect(urlOf([], { host: '0.0.0.0' })).toBe('http://127.0.0.1:8420')
  expect(urlOf([], { host: '::1' })).toBe('http://[::1]:8420')
})
