import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AddressRule, Choice, KeyRecord } from '../keys/schema.ts'
import { checks, decide, type Subject } from './decide.ts'
import type { Call } from './schema.ts'

const address = '10.1.2.3'
const now = 1_000_000
type Parts = {
  servers?: Choice
  enabled?: boolean
  addresses?: AddressRule
  state?: KeyRecord['state']
  expiresAt?: number
}

const key = (parts: Parts = {}): KeyRecord => ({
  kind: 'key',
  organization: 'org_1',
  id: 'key_AAAABBBBCCCCDDDD',
  revision: 7,
  tokenKind: 'k',
  name: 'a key',
  owner: { type: 'member', id: 'mem_1', name: 'Ada' },
  state: parts.state ?? 'active',
  expiresAt: parts.expiresAt ?? null,
  scope: {
    mcp: { enabled: parts.enabled ?? true, servers: parts.servers ?? { mode: 'all' } },
    addresses: parts.addresses ?? { mode: 'any' },
  },
  maxStalenessSeconds: null,
  versions: [],
})
const subject = (parts: Parts = {}): Subject => ({ key: key(parts), gateway: 'gwy_1', address })
const call = (id: string | null): Call => ({
  kind: 'mcp',
  server: id === null ? null : { id, project: 'prj_1' },
  method: 'tools/call',
  tool: 'echo',
})
const codeOf = (parts: Parts, id: string | null = 'srv_1') => {
  const verdict = decide(subject(parts), call(id), now)
  return verdict.kind === 'deny' ? verdict.code : null
}

const servers = fc.constantFrom('srv_1', 'srv_2', 'srv_3', 'srv_4')
const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.constant({ mode: 'all' } as const),
  fc.constant({ mode: 'none' } as const),
  fc.array(servers).map((items) => ({ mode: 'only', items }) as const),
  fc.array(servers).map((items) => ({ mode: 'except', items }) as const),
)

test('G5 a call is allowed when every right admits it, with its duties, and never otherwise', () => {
  const admitted = (choice: Choice, id: string) =>
    choice.mode === 'all' ||
    (choice.mode === 'only' && choice.items.includes(id)) ||
    (choice.mode === 'except' && !choice.items.includes(id))
  fc.assert(
    fc.property(choices, servers, fc.boolean(), fc.boolean(), (choice, id, enabled, near) => {
      const addresses: AddressRule = { mode: 'only', cidrs: [near ? '10.0.0.0/8' : '192.0.2.0/24'] }
      const verdict = decide(subject({ servers: choice, enabled, addresses }), call(id), now)
      expect(verdict.kind).toBe(enabled && near && admitted(choice, id) ? 'allow' : 'deny')
      if (verdict.kind === 'allow') expect(verdict.duties).toEqual([])
    }),
  )
})

test('B17 what is not given is denied: a key with no rights reaches nothing', () => {
  expect(codeOf({ enabled: false, servers: { mode: 'none' } })).toBe('mcp_disabled')
  expect(codeOf({ servers: { mode: 'none' } })).toBe('server_not_allowed')
})

test('B16 an empty "only" admits nothing, an empty "except" everything that exists', () => {
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(codeOf({ servers: { mode: 'only', items: [] } }, id)).toBe('server_not_allowed')
      expect(codeOf({ servers: { mode: 'except', items: [] } }, id)).toBeNull()
    }),
  )
})

test('"except" admits every server but those it names', () => {
  fc.assert(
    fc.property(fc.array(servers), servers, (items, id) => {
      expect(codeOf({ servers: { mode: 'except', items } }, id) === null).toBe(!items.includes(id))
    }),
  )
})

test('B17 an unknown server is never allowed, and refused exactly like one that the key does not name', () => {
  fc.assert(
    fc.property(choices, (choice) => {
      const unknown = decide(subject({ servers: choice }), call(null), now)
      expect(unknown).toEqual(decide(subject({ servers: { mode: 'none' } }), call('srv_1'), now))
    }),
  )
})

test('a choice in a word that is not known here admits nothing', () => {
  const strange = key()
  Object.assign(strange.scope.mcp.servers, { mode: 'later' })
  expect(decide({ ...subject(), key: strange }, call('srv_1'), now).kind).toBe('deny')
})

test('a key that is not usable now is refused whatever it may do', () => {
  expect(codeOf({ state: 'suspended' })).toBe('key_inactive')
  expect(codeOf({ state: 'revoked' })).toBe('key_revoked')
  expect(codeOf({ expiresAt: now })).toBe('key_expired')
  expect(codeOf({ expiresAt: now + 1 })).toBeNull()
})

test('G12 a refusal names its code, the rule that decided and the revision it was read at', () => {
  expect(decide(subject({ servers: { mode: 'only', items: ['srv_2'] } }), call('srv_1'), now)).toEqual({
    kind: 'deny',
    code: 'server_not_allowed',
    rule: 'key.mcp.servers',
    revision: 7,
  })
})

test('of several reasons the first check of the list wins', () => {
  const violations: readonly (Parts & { readonly name: string })[] = [
    { name: 'standing', state: 'suspended' },
    { name: 'address', addresses: { mode: 'only', cidrs: [] } },
    { name: 'mcp', enabled: false },
    { name: 'server', servers: { mode: 'none' } },
  ]
  expect(violations.map(({ name }) => name)).toEqual(checks.map(({ name }) => name))
  for (const [i, earlier] of violations.entries()) {
    for (const later of violations.slice(i + 1)) {
      expect(codeOf({ ...later, ...earlier }), `${earlier.name} before ${later.name}`).toBe(codeOf(earlier))
    }
  }
})
