import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scopeOf } from '../../../test/fake-control.ts'
import type { KeyRecord, SecretVersion } from '../../keys/schema.ts'
import { createKeys as createHeld, id16Of, type Keys } from './keys.ts'
import { createSharing } from './sharing.ts'

const open = (): Keys => {
  const keys = createHeld(createSharing())
  const by =
    <T>(ask: (id16: string) => T) =>
    (id: string) =>
      ask(id16Of(id))
  return { ...keys, get: by(keys.get), revision: by(keys.revision), remove: by(keys.remove) }
}
const version: fc.Arbitrary<SecretVersion> = fc.record({
  version: fc.integer({ min: 1 }),
  phc: fc.oneof(fc.constant('$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'), fc.string()),
  gate: fc.integer({ min: 0, max: 0xffffffff }),
  pepperId: fc.constantFrom('root_1', 'root_2'),
  validUntil: fc.option(fc.integer()),
})
const record: fc.Arbitrary<KeyRecord> = fc.record({
  kind: fc.constant('key'),
  organization: fc.constantFrom('org_a', 'org_b'),
  id: fc.stringMatching(/^key_[0-9A-Za-z]{16}$/),
  revision: fc.integer({ min: 0 }),
  tokenKind: fc.constantFrom('k', 'u'),
  name: fc.string({ unit: 'grapheme' }),
  owner: fc.record({ type: fc.constantFrom('member', 'team', 'app'), id: fc.string(), name: fc.string() }),
  state: fc.constantFrom('active', 'suspended', 'revoked', 'deleted'),
  expiresAt: fc.option(fc.integer()),
  scope: fc.constantFrom(scopeOf(), scopeOf({ mcp: { servers: { mode: 'none' } } }), scopeOf({ projects: [] })),
  maxStalenessSeconds: fc.option(fc.integer()),
  versions: fc.array(version, { maxLength: 2 }),
  epoch: fc.integer({ min: 1 }),
  metadata: fc.constantFrom('{}', '{"team":"鍵"}'),
  honey: fc.boolean(),
  pin: fc.option(fc.record({ network: fc.option(fc.constant('10.0.0.0/24')) })),
})

test('what was put comes back as it was, however it is held in between', () => {
  fc.assert(
    fc.property(fc.uniqueArray(record, { selector: ({ id }) => id }), (records) => {
      const keys = open()
      for (const each of records) keys.put(each)
      for (const each of records) expect([keys.get(each.id), keys.revision(each.id)]).toEqual([each, each.revision])
    }),
  )
})

const one: KeyRecord = {
  kind: 'key',
  organization: 'org_a',
  id: 'key_0000000000000000',
  revision: 1,
  tokenKind: 'k',
  name: '鍵',
  owner: { type: 'member', id: 'mem_a', name: 'Ada' },
  state: 'active',
  expiresAt: null,
  scope: scopeOf(),
  maxStalenessSeconds: null,
  versions: [],
  epoch: 1,
  metadata: '{}',
  honey: false,
  pin: null,
}

test('the record in use is the newest, and none after it was removed', () => {
  const keys = open()
  keys.put(one)
  expect(keys.get(one.id)).toBe(keys.get(one.id))
  keys.put({ ...one, revision: 2, state: 'revoked' })
  expect(keys.get(one.id)).toEqual({ ...one, revision: 2, state: 'revoked' })
  keys.remove(one.id)
  expect([keys.get(one.id), keys.revision(one.id)]).toEqual([null, null])
})

test('more keys in use than are kept ready are answered all the same, and changed ones as they are now', () => {
  const keys = open()
  const records = Array.from({ length: 20_000 }, (_, n) => ({ ...one, id: `key_${String(n).padStart(16, '0')}` }))
  for (const each of records) keys.put(each)
  for (const each of records) keys.get(each.id)
  for (const each of records) keys.put({ ...each, revision: 2, state: 'revoked' })
  expect(records.every(({ id }) => keys.get(id)?.state === 'revoked')).toBe(true)
})

test('keys that say the same hold the same owner and scope, once', () => {
  const keys = open()
  const [first, second] = ['key_000000000000000a', 'key_000000000000000b']
  for (const id of [first, second]) keys.put({ ...one, id, owner: { ...one.owner }, scope: scopeOf() })
  expect(keys.get(first)?.scope).toBe(keys.get(second)?.scope)
  expect(keys.get(first)?.owner).toBe(keys.get(second)?.owner)
})
