import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultKeyLimits } from '../../limits/schema.ts'
import type { Ceilings } from '../../people/policies/schema.ts'
import { defaultKeyPolicies, KeyPolicies } from '../../people/policies/schema.ts'
import { placesOf, policiesFor } from '../../people/policies/tiers.ts'
import { Tier } from '../../projects/schema.ts'
import { brokenIn, brokenRules, type Governed } from '../policy.ts'
import { type Choice, expiryPresets } from '../schema.ts'
import { brokenReach, capsWithin, ceilingsIn } from './ceilings.ts'
import { both, isWithin } from './choices.ts'

const ids = ['a', 'b', 'c', 'd']
const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.constant<Choice>({ mode: 'all' }),
  fc.constant<Choice>({ mode: 'none' }),
  fc.subarray(ids).map((items): Choice => ({ mode: 'only', items })),
  fc.subarray(ids).map((items): Choice => ({ mode: 'except', items })),
)
/** `z` stands for whatever comes later. */
const all = [...ids, 'z']
const admitted = (choice: Choice): string[] =>
  all.filter(
    (id) =>
      choice.mode === 'all' ||
      (choice.mode === 'only' && choice.items.includes(id)) ||
      (choice.mode === 'except' && !choice.items.includes(id)),
  )

test('a choice is within another exactly if that admits all of it, later things too; both admit what each admits', () => {
  fc.assert(
    fc.property(choices, choices, (one, other) => {
      expect(isWithin(one, other)).toBe(admitted(one).every((id) => admitted(other).includes(id)))
      expect(admitted(both(one, other))).toEqual(admitted(one).filter((id) => admitted(other).includes(id)))
    }),
  )
})

const rules = {
  urlKeys: fc.constantFrom('on' as const, 'off' as const),
  maxExpiresIn: fc.constantFrom(...expiryPresets),
  nameTemplate: fc.constantFrom(null, 'a*', '*b'),
  allServers: fc.constantFrom('allowed' as const, 'with-reason' as const, 'refused' as const),
  addresses: fc.constantFrom(
    { mode: 'any' as const },
    { mode: 'only' as const, cidrs: ['10.0.0.0/8'] },
    { mode: 'only' as const, cidrs: ['10.1.0.0/16', '2001:db8::/32'] },
  ),
}
const policies: fc.Arbitrary<KeyPolicies> = fc
  .record({
    base: fc.record(rules),
    tiers: fc.dictionary(fc.constantFrom(...Tier.options), fc.record(rules, { requiredKeys: [] })),
  })
  .map(({ base, tiers }) => KeyPolicies.parse({ ...defaultKeyPolicies, ...base, tiers }))
const now = Date.parse('2026-01-01T00:00:00Z')
const day = 86_400_000
const asked: fc.Arbitrary<Governed> = fc.record({
  name: fc.constantFrom('a', 'b', 'ab'),
  kind: fc.constantFrom('key', 'url'),
  expiresAt: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 1, max: 400 }).map((days) => now + days * day),
  ),
  servers: fc.record({ choice: choices, reason: fc.constantFrom(null, 'why'), pointer: fc.constant('/mcp/servers') }),
  addresses: fc.constantFrom(
    { mode: 'any' as const },
    { mode: 'only' as const, cidrs: ['10.1.2.3'] },
    { mode: 'only' as const, cidrs: ['10.0.0.0/9'] },
    { mode: 'only' as const, cidrs: ['192.0.2.0/24', '10.1.0.0/24'] },
  ),
})

test('B37 B38 B39 a key that mixes tiers must do for the strictest of each: it is refused exactly where one refuses it', () => {
  fc.assert(
    fc.property(policies, asked, fc.subarray([...Tier.options]), (ruling, key, tiers) => {
      const places = placesOf(tiers).map((place) => ({ place, isNew: true }))
      const together = brokenIn({ whole: key, touched: {} }, places, ruling, now, {})
      const each = placesOf(tiers).flatMap((place) => brokenRules(key, policiesFor(ruling, place), now))
      expect(together.map(({ pointer }) => pointer)).toEqual(each.map(({ pointer }) => pointer))
      // By the name under which it was said.
      for (const { policy } of together) {
        const [tier, field] = policy.startsWith('tiers.') ? policy.split('.').slice(1) : [null, policy]
        const at = tier === null ? ruling : ruling.tiers[Tier.parse(tier)]
        expect(at).toHaveProperty(field ?? '')
      }
      // What is neither new nor touched is not judged.
      const kept = places.map(({ place }) => ({ place, isNew: false }))
      expect(brokenIn({ whole: key, touched: {} }, kept, ruling, now, {})).toEqual([])
    }),
  )
})

test('B39 "all" and "all but" need a reason where the policy asks for one, and no reason helps where it refuses them', () => {
  const judge = (allServers: KeyPolicies['allServers'], choice: Choice, reason: string | null) =>
    brokenRules(
      { servers: { choice, reason, pointer: '/mcp/servers' } },
      { ...defaultKeyPolicies, allServers },
      now,
    ).map(({ pointer }) => pointer)
  const wides: Choice[] = [{ mode: 'all' }, { mode: 'except', items: ['a'] }]
  for (const wide of wides) {
    expect(judge('allowed', wide, null)).toEqual([])
    expect(judge('with-reason', wide, null)).toEqual(['/allServersReason'])
    expect(judge('with-reason', wide, 'it watches all of them')).toEqual([])
    expect(judge('refused', wide, 'it watches all of them')).toEqual(['/mcp/servers'])
  }
  expect(judge('refused', { mode: 'only', items: ids }, null)).toEqual([])
})

const ceilings: fc.Arbitrary<Ceilings> = fc.record(
  {
    budgetUsdPerMonth: fc.constantFrom('1', '10.50', '100'),
    requestsPerMinute: fc.integer({ min: 1, max: 50 }),
    tokensPerMinute: fc.integer({ min: 1, max: 50 }),
    concurrent: fc.integer({ min: 1, max: 50 }),
    maxExpiresIn: fc.constantFrom(...expiryPresets),
    servers: choices,
    providers: choices,
  },
  { requiredKeys: [] },
)
const limit = fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined })

test('what members ask for is never above a ceiling, and what they leave out is the ceiling', () => {
  fc.assert(
    fc.property(ceilings, limit, limit, fc.constantFrom(undefined, '0.5', '20', '1000'), (most, rpm, tpm, usd) => {
      const limits = { requestsPerMinute: rpm ?? null, tokensPerMinute: tpm ?? null }
      const budgets = usd === undefined ? [] : [{ usd, period: 'month' as const }]
      const got = capsWithin(most, { limits, budgets }, null)
      const isAbove =
        (most.requestsPerMinute !== undefined && (rpm ?? 0) > most.requestsPerMinute) ||
        (most.tokensPerMinute !== undefined && (tpm ?? 0) > most.tokensPerMinute) ||
        (most.budgetUsdPerMonth !== undefined && Number(usd ?? 0) > Number(most.budgetUsdPerMonth))
      expect(got.ok).toBe(!isAbove)
      if (!got.ok) {
        expect(got.problem).toMatchObject({ code: 'policy_refused' })
        return
      }
      expect(got.value.limits?.requestsPerMinute ?? null).toBe(rpm ?? most.requestsPerMinute ?? null)
      expect(got.value.limits?.concurrent ?? null).toBe(most.concurrent ?? null)
      const month = got.value.budgets?.find(({ period }) => period === 'month')
      expect(month?.usd).toBe(usd ?? most.budgetUsdPerMonth)
    }),
  )
})

test('what somebody else gave above a ceiling may stay, and grows no further', () => {
  const most = { requestsPerMinute: 10, budgetUsdPerMonth: '5' }
  const before = {
    limits: { ...defaultKeyLimits, requestsPerMinute: 100 },
    budgets: [{ usd: '50.00', period: 'month' }],
  }
  const ask = (requestsPerMinute: number, usd: string) =>
    capsWithin(most, { limits: { requestsPerMinute }, budgets: [{ usd, period: 'month' }] }, before)
  expect(ask(100, '50').ok).toBe(true)
  expect(ask(101, '50').ok).toBe(false)
  expect(ask(100, '50.01')).toMatchObject({ problem: { data: { policy: 'ceilings.budgetUsdPerMonth' } } })
  expect(capsWithin(most, { limits: { requestsPerMinute: 100 } }, null).ok).toBe(false)
})

test('of several ceilings the strictest of each counts: what it admits all of them admit', () => {
  const scope = (choice: Choice) => ({
    mcp: { enabled: true, servers: choice, tools: {}, toolsDefault: { mode: 'all' as const } },
    llm: { enabled: true, providers: choice, models: { mode: 'all' as const } },
  })
  const touching = { mcp: true, llm: true, expiry: true, pointer: '/expiresAt', isOfApp: false } as const
  fc.assert(
    fc.property(ceilings, ceilings, choices, fc.integer({ min: 1, max: 400 }), (one, other, choice, days) => {
      const ruling = { ...defaultKeyPolicies, tiers: { staging: { ceilings: one }, production: { ceilings: other } } }
      const joint = ceilingsIn(ruling, ['staging', 'production'])
      const key = { scope: scope(choice), expiresAt: now + days * day }
      const breaks = (most: Ceilings | null) => most !== null && brokenReach(key, most, null, touching, now).length > 0
      expect(breaks(joint)).toBe(breaks(one) || breaks(other))
      expect(joint?.concurrent ?? 99).toBe(Math.min(one.concurrent ?? 99, other.concurrent ?? 99))
    }),
  )
})
