import type { expiryPresets } from '../../../src/keys/schema.ts'
import type { AllServers, Ceilings, Policies } from '../../../src/people/policies/schema.ts'
import type { MixedEnvironments } from '../../../src/people/schema.ts'
import type { Tier } from '../../../src/projects/schema.ts'

/** What the policies say about a key in these tiers, before anybody is refused. Pure; control decides. */

type Preset = (typeof expiryPresets)[number]
/** The shortest first. */
export const lengths: readonly Preset[] = ['30d', '60d', '90d', '180d', '1y', 'never']

export type Rules = {
  readonly longest: Preset
  readonly standard: Preset
  readonly urlKeys: boolean
  readonly allServers: AllServers
  readonly mixed: MixedEnvironments
  /** How names look, in each of the tiers that say it. */
  readonly names: readonly string[]
  readonly longestChild: number
  /** Of the organization, for who serves himself. */
  readonly ceilings: Ceilings | null
}

export const isLonger = (one: Preset, other: Preset): boolean => lengths.indexOf(one) > lengths.indexOf(other)
const shortest = (some: readonly Preset[]): Preset =>
  some.reduce<Preset>((one, other) => (isLonger(one, other) ? other : one), 'never')

const strictness: readonly AllServers[] = ['allowed', 'with-reason', 'refused']
const strictest = (some: readonly AllServers[]): AllServers =>
  some.reduce<AllServers>(
    (one, other) => (strictness.indexOf(other) > strictness.indexOf(one) ? other : one),
    'allowed',
  )

/** What is left out for a tier is as the organization says. */
const placed = (policies: Policies, tier: Tier): Policies => {
  const said = Object.entries(policies.tiers[tier] ?? {}).filter(([, value]) => value !== undefined)
  return { ...policies, ...Object.fromEntries(said) }
}

/** A key must do for each tier of its projects; one without a project for the organization alone. */
export function rulesFor(policies: Policies, tiers: readonly Tier[], isMember: boolean): Rules {
  const places = tiers.length === 0 ? [policies] : tiers.map((tier) => placed(policies, tier))
  const ceilings = isMember ? places.flatMap((place) => place.ceilings ?? []) : []
  const longest = shortest([
    ...places.map(({ maxExpiresIn }) => maxExpiresIn),
    ...ceilings.flatMap(({ maxExpiresIn }) => maxExpiresIn ?? []),
  ])
  return {
    longest,
    standard: shortest([longest, ...places.map(({ defaultExpiresIn }) => defaultExpiresIn)]),
    urlKeys: places.every(({ urlKeys }) => urlKeys === 'on'),
    allServers: strictest(places.map(({ allServers }) => allServers)),
    mixed: policies.mixedEnvironments,
    names: [...new Set(places.flatMap(({ nameTemplate }) => nameTemplate ?? []))],
    longestChild: policies.maxChildSeconds,
    ceilings: ceilings[0] ?? null,
  }
}
