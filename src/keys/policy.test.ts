import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { defaultKeyPolicies, type KeyPolicies } from '../people/policies/schema.ts'
import { presetMs, standardExpiry } from './expiry.ts'
import { planKey, planPatch } from './plan.ts'
import { refusalOfPolicies } from './policy.ts'
import { expiryPresets, KeyPatch, NewKey } from './schema.ts'
import type { Facts } from './scope.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const dayMs = 86_400_000
const none = new Map<string, never>()
const factsWith = (policies: Partial<KeyPolicies>): Facts => ({
  servers: none,
  providers: new Map([['prv_1', { id: 'prv_1' }]]),
  gateways: none,
  projects: none,
  home: null,
  isBound: false,
  open: [],
  policies: { ...defaultKeyPolicies, mixedEnvironments: 'refused', ...policies },
  webhook: 'whk_1',
  tiers: new Map(),
  isSelfService: false,
})
const plan = (policies: Partial<KeyPolicies>, input: object = {}) =>
  planKey(NewKey.parse({ name: 'ci', ...input }), {
    organizationId: 'org_1',
    id: 'key_AAAABBBBCCCCDDDD',
    owner: { type: 'member', id: 'mem_1', name: 'member', project: null },
    createdBy: 'mem_1',
    now,
    facts: factsWith(policies),
  })
const keyOf = (policies: Partial<KeyPolicies>, input: object = {}) => {
  const planned = plan(policies, input)
  if (!planned.ok) throw new Error(JSON.stringify(planned.problem))
  return planned.value
}
const change = (policies: Partial<KeyPolicies>, patch: object, at = now) =>
  planPatch(keyOf({}), KeyPatch.parse(patch), factsWith(policies), at)
const brokenBy = (planned: ReturnType<typeof plan>) =>
  planned.ok ? [] : [planned.problem.code, ...(planned.problem.errors ?? []).map(({ pointer }) => pointer)]

test('B13 D20 a key that says nothing of its end has the one of the policy, and never more than the longest', () => {
  const end = (policies: Partial<KeyPolicies>, input: object = {}) => keyOf(policies, input).record.expiresAt
  expect(end({})).toBeNull()
  expect(end({ defaultExpiresIn: '90d' })).toBe(now + 90 * dayMs)
  expect(end({ maxExpiresIn: '60d' })).toBe(now + 60 * dayMs)
  expect(end({ defaultExpiresIn: '1y', maxExpiresIn: '30d' })).toBe(now + 30 * dayMs)
  expect(end({ defaultExpiresIn: '30d', maxExpiresIn: '1y' })).toBe(now + 30 * dayMs)
  expect(end({ defaultExpiresIn: '30d' }, { expiresIn: 'never' })).toBeNull()
  expect(end({ defaultExpiresIn: '30d' }, { expiresIn: '60d' })).toBe(now + 60 * dayMs)
  expect(end({ defaultExpiresIn: '30d' }, { expiresAt: null })).toBeNull()
})

test('B13 an end beyond the policy is refused where it was said, by the name of the policy, also the end that is none', () => {
  const policies = { maxExpiresIn: '90d' } as const
  const at = (ms: number) => ({ expiresAt: new Date(now + ms).toISOString() })
  expect(brokenBy(plan(policies, { expiresIn: '180d' }))).toEqual(['policy_refused', '/expiresIn'])
  expect(brokenBy(plan(policies, { expiresIn: 'never' }))).toEqual(['policy_refused', '/expiresIn'])
  expect(brokenBy(plan(policies, { expiresAt: null }))).toEqual(['policy_refused', '/expiresAt'])
  expect(brokenBy(plan(policies, at(90 * dayMs + 1)))).toEqual(['policy_refused', '/expiresAt'])
  expect(brokenBy(plan(policies, at(90 * dayMs)))).toEqual([])
  expect(plan(policies, { expiresIn: '1y' })).toMatchObject({
    problem: { detail: expect.stringContaining('maxExpiresIn'), data: { policy: 'maxExpiresIn' } },
  })
})

test('names and kinds follow the policy, and all that is broken is told at once', () => {
  const policies = { nameTemplate: 'ci-*', urlKeys: 'off', maxExpiresIn: '30d' } as const
  const refused = plan(policies, { name: 'web', kind: 'url', expiresIn: '1y' })
  expect(brokenBy(refused)).toEqual(['policy_refused', '/name', '/kind', '/expiresIn'])
  expect(brokenBy(plan(policies, { name: 'ci-web', kind: 'key', expiresIn: '30d' }))).toEqual([])
  expect(brokenBy(plan({ urlKeys: 'on' }, { kind: 'url' }))).toEqual([])
})

test('a change is judged by the fields that it touches: a policy of today keeps no key of yesterday from the rest', () => {
  const strict = { nameTemplate: 'ci-*', maxExpiresIn: '30d', urlKeys: 'off', defaultExpiresIn: '30d' } as const
  expect(codeOf(change(strict, { description: 'new', tags: ['a'] }))).toBeNull()
  expect(brokenBy(change(strict, { name: 'web' }))).toEqual(['policy_refused', '/name'])
  expect(brokenBy(change(strict, { expiresIn: '60d' }))).toEqual(['policy_refused', '/expiresIn'])
  expect(brokenBy(change(strict, { expiresAt: null }))).toEqual(['policy_refused', '/expiresAt'])
  const later = change(strict, { expiresIn: '30d' }, now + 400 * dayMs)
  expect(later).toMatchObject({ ok: true, value: { record: { expiresAt: now + 430 * dayMs } } })
})

test('whatever was asked for, a key that is made ends within the longest time and is called as the template says', () => {
  const preset = fc.constantFrom(...expiryPresets)
  const expiry = fc.oneof(
    fc.constant({}),
    preset.map((expiresIn) => ({ expiresIn })),
    fc.integer({ min: 1, max: 800 * dayMs }).map((ms) => ({ expiresAt: new Date(now + ms).toISOString() })),
    fc.constant({ expiresAt: null }),
  )
  const template = fc.constantFrom(null, '*', 'a*', '*b', 'a*b')
  fc.assert(
    fc.property(
      preset,
      preset,
      template,
      expiry,
      fc.stringMatching(/^[ab]{1,4}$/),
      (max, standard, named, end, name) => {
        const policies = { maxExpiresIn: max, defaultExpiresIn: standard, nameTemplate: named }
        const planned = plan(policies, { name, ...end })
        const longest = presetMs[max]
        if (planned.ok) {
          const { expiresAt } = planned.value.record
          if (longest !== null) expect(expiresAt).toBeLessThanOrEqual(now + longest)
          if (named?.startsWith('a')) expect(name[0]).toBe('a')
          if (named?.endsWith('b')) expect(name.at(-1)).toBe('b')
        } else expect(planned.problem.code).toBe('policy_refused')
        // What a policy says by itself it never refuses.
        const given = { expiresAt: standardExpiry(policies, now) }
        expect(refusalOfPolicies(given, { ...defaultKeyPolicies, ...policies }, now)).toBeNull()
      },
    ),
  )
})

test('M11 what does not go together is refused at its place: models behind a URL, a pin elsewhere, use of a decoy', () => {
  const llm = { providers: { mode: 'all' } }
  const rotation = { everyDays: 30, deliverTo: 'whk_1' }
  const attempts: [object, string[]][] = [
    [{ kind: 'url', llm }, ['invalid', '/llm']],
    [{ pinNetwork: true }, ['invalid', '/pinNetwork']],
    [{ kind: 'key', pinNetwork: true }, ['invalid', '/pinNetwork']],
    [{ honey: true, rotation }, ['invalid', '/rotation']],
    [{ honey: true, ephemeral: {} }, ['invalid', '/ephemeral']],
    [{ ephemeral: {}, rotation }, ['invalid', '/rotation']],
    [{ ephemeral: {}, kind: 'url' }, ['invalid', '/ephemeral']],
    [{ ephemeral: {}, expiresIn: '30d' }, ['invalid', '/ephemeral']],
    [{ rotation: { everyDays: 30, deliverTo: 'whk_2' } }, ['invalid', '/rotation/deliverTo']],
    [{ kind: 'url', llm: { ...llm, enabled: false }, pinNetwork: true }, []],
    [{ honey: true }, []],
    [{ rotation }, []],
  ]
  for (const [input, broken] of attempts) expect([input, brokenBy(plan({}, input))]).toEqual([input, broken])
  const url = keyOf({}, { kind: 'url', pinNetwork: true })
  const patch = (body: object) => planPatch(url, KeyPatch.parse(body), factsWith({}), now)
  expect(brokenBy(patch({ llm }))).toEqual(['invalid', '/llm'])
  expect(brokenBy(change({}, { pinNetwork: true }))).toEqual(['invalid', '/pinNetwork'])
  const once = keyOf({}, { ephemeral: { ttlSeconds: 60 } })
  expect(once.record.expiresAt).toBe(now + 60_000)
  expect(brokenBy(planPatch(once, { expiresIn: 'never' }, factsWith({}), now))).toEqual(['invalid', '/expiresAt'])
})

test('M11 a pin that stays keeps its network, one that is taken away and set again has forgotten it', () => {
  const key = keyOf({}, { kind: 'url', pinNetwork: true })
  const pinned = { ...key, record: { ...key.record, pin: { network: '192.0.2.0/24' } } }
  const pinAfter = (patch: object) => {
    const planned = planPatch(pinned, KeyPatch.parse(patch), factsWith({}), now)
    return planned.ok ? planned.value.record.pin : 'refused'
  }
  expect(pinAfter({ pinNetwork: true })).toEqual({ network: '192.0.2.0/24' })
  expect(pinAfter({ name: 'other' })).toEqual({ network: '192.0.2.0/24' })
  expect(pinAfter({ pinNetwork: null })).toBeNull()
  expect(pinAfter({ pinNetwork: false })).toBeNull()
  const again = planPatch(
    { ...pinned, record: { ...pinned.record, pin: null } },
    { pinNetwork: true },
    factsWith({}),
    now,
  )
  expect(again).toMatchObject({ value: { record: { pin: { network: null } } } })
})
