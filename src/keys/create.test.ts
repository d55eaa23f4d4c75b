import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actorOf, granted } from '../../test/keyring.ts'
import { planKey } from './create.ts'
import { NewKey } from './schema.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const servers = new Map([
  ['github', { id: 'srv_1' }],
  ['srv_1', { id: 'srv_1' }],
  ['files', { id: 'srv_2' }],
])
const plan = (input: object) =>
  planKey(NewKey.parse({ name: 'ci', ...input }), {
    actor: actorOf('org_1', 'mem_1', 'member'),
    id: 'key_AAAABBBBCCCCDDDD',
    now,
    servers,
  })
const record = (input: object = {}) => granted(plan(input)).record
const pointers = (input: object) => {
  const planned = plan(input)
  return planned.ok ? [] : planned.problem.errors?.map(({ pointer }) => pointer)
}

test('A16 with a name alone a key may do nothing, and the record says so in full', () => {
  expect(record()).toMatchObject({
    state: 'active',
    owner: { type: 'member', id: 'mem_1', name: 'member' },
    scope: { mcp: { enabled: false, servers: { mode: 'none' } }, addresses: { mode: 'any' } },
    expiresAt: null,
    maxStalenessSeconds: null,
    revision: 1,
  })
})

test('B15 mcp is enabled where it is given, and then says which servers', () => {
  const mcp = (input: object) => record({ mcp: input }).scope.mcp
  expect(mcp({ servers: { mode: 'all' } })).toEqual({ enabled: true, servers: { mode: 'all' } })
  expect(mcp({ enabled: false })).toEqual({ enabled: false, servers: { mode: 'none' } })
  expect(mcp({ enabled: false, servers: { mode: 'all' } })).toEqual({ enabled: false, servers: { mode: 'all' } })
  expect(pointers({ mcp: {} })).toEqual(['/mcp/servers'])
  expect(pointers({ mcp: { enabled: true } })).toEqual(['/mcp/servers'])
})

test('grants hold ids, whatever name was used, each once; an empty list stays an empty list', () => {
  const choice = (items: string[]) => record({ mcp: { servers: { mode: 'only', items } } }).scope.mcp.servers
  expect(choice(['github', 'files', 'srv_1'])).toEqual({ mode: 'only', items: ['srv_1', 'srv_2'] })
  expect(choice([])).toEqual({ mode: 'only', items: [] })
})

test('each unknown server and each unreadable address is pointed at, all in one answer', () => {
  expect(
    pointers({
      mcp: { servers: { mode: 'except', items: ['github', 'nobody', 'files', 'a\0b'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '10.0.0.0/33', 'home'] },
      expiresAt: '2025-12-31T23:59:59Z',
      expiresIn: '30d',
    }),
  ).toEqual(['/mcp/servers/items/1', '/mcp/servers/items/3', '/addresses/cidrs/1', '/addresses/cidrs/2', '/expiresIn'])
})

test('B14 an expiry lies in the future; presets count from the creation', () => {
  const day = 86_400_000
  const at = (input: object) => record(input).expiresAt
  expect(at({ expiresAt: '2026-01-01T00:00:00.001Z' })).toBe(now + 1)
  expect(pointers({ expiresAt: '2026-01-01T00:00:00Z' })).toEqual(['/expiresAt'])
  expect([at({ expiresIn: '30d' }), at({ expiresIn: '1y' })]).toEqual([now + 30 * day, now + 365 * day])
  expect([at({ expiresIn: 'never' }), at({ expiresAt: null })]).toEqual([null, null])
})

test('A17 a key may be born switched off', () => {
  expect(record({ active: false }).state).toBe('suspended')
  expect(record({ active: true }).state).toBe('active')
})

test.each([
  'a\u202eb',
  'a\u200bb',
  'a\u0000b',
  'a\nb',
  '\ufeffa\u00adb',
  'a\u2028b',
  'a\ud800b',
  '',
  '   ',
  'x'.repeat(121),
])('B11 the name %j is refused: nothing invisible, nothing that turns the text around it', (name) => {
  expect(NewKey.safeParse({ name }).success).toBe(false)
})

test('a name is trimmed and brought to one spelling', () => {
  expect(NewKey.parse({ name: '  Cafe\u0301 \u{1F511} ' }).name).toBe('Caf\u00e9 \u{1F511}')
  expect(NewKey.safeParse({ name: 'a', description: 'two\n\tlines' }).success).toBe(true)
  expect(NewKey.safeParse({ name: 'a', description: 'a\0' }).success).toBe(false)
})

test('unknown fields are refused, so that a mistyped right is not a missing one', () => {
  for (const extra of [
    { mpc: {} },
    { mcp: { servers: { mode: 'all' }, tool: 1 } },
    { addresses: { mode: 'any', cidrs: [] } },
  ]) {
    expect(NewKey.safeParse({ name: 'a', ...extra }).success).toBe(false)
  }
})

test('no input makes a key that admits a server it does not name in a word', () => {
  const inputs = fc.record(
    {
      enabled: fc.boolean(),
      servers: fc.constantFrom(
        { mode: 'none' as const },
        { mode: 'only' as const, items: [] },
        { mode: 'only' as const, items: ['files'] },
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.option(inputs, { nil: undefined }), (mcp) => {
      const planned = plan(mcp === undefined ? {} : { mcp })
      if (planned.ok) expect(['none', 'only']).toContain(planned.value.record.scope.mcp.servers.mode)
    }),
  )
})
