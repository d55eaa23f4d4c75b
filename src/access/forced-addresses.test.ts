import fc from 'fast-check'
import { expect, test } from 'vitest'
import { projectOf } from '../../test/access/records.ts'
import { scoped, subjectOf, type World, worlds } from '../../test/access/worlds.ts'
import { liveRules } from '../../test/live-rules.ts'
import { decide } from './decide.ts'

const only = (...cidrs: string[]) => ({ mode: 'only' as const, cidrs })
const verdict = (world: World) => decide(subjectOf(world), world.call, world.now)
/** A call that is allowed where the organization says nothing of places. */
const [allowed] = fc
  .sample(worlds, { numRuns: 20_000, seed: 7 })
  .map((world) => scoped({ ...world, rules: liveRules() }, (scope) => ({ ...scope, addresses: { mode: 'any' } })))
  .filter((world) => verdict(world).kind === 'allow' && world.key.scope.projects.length === 1)

test('forced addresses act at the next call, by the tier of the project, whatever the key says itself', () => {
  if (!allowed) throw new Error('no call of the sample is allowed')
  const [id = ''] = allowed.key.scope.projects
  const at = (tier: 'staging' | 'production', said: Parameters<typeof liveRules>[0]): World => ({
    ...allowed,
    address: '10.1.2.3',
    projects: [projectOf(id, tier)],
    rules: liveRules(said),
  })
  const refused = { kind: 'deny', code: 'address_not_allowed', rule: 'policies.addresses' }
  expect(verdict(at('staging', {}))).toMatchObject({ kind: 'allow' })
  expect(verdict(at('staging', { addresses: only('192.0.2.0/24') }))).toMatchObject(refused)
  const said = { addresses: only('192.0.2.0/24'), tiers: { staging: { addresses: only('10.0.0.0/8') } } }
  expect(verdict(at('staging', said))).toMatchObject({ kind: 'allow' })
  expect(verdict(at('production', said))).toMatchObject(refused)
})
