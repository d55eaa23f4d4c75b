import type { Tier } from '../../projects/schema.ts'
import type { KeyPolicies, LiveRules, TierPolicies } from './schema.ts'

/** Of a project; null: of keys that have none, for which the organization alone speaks. */
export type Place = Tier | null

/** Pure: what holds for keys of one tier: what is said for the tier, else what is said for all. */
export function policiesFor(policies: KeyPolicies, place: Place): KeyPolicies {
  const { maxStalenessSeconds: _live, ...ofTier } = (place && policies.tiers[place]) ?? {}
  const said = Object.entries(ofTier).filter(([, value]) => value !== undefined)
  return { ...policies, ...Object.fromEntries(said) }
}

/** Pure: which places a key with projects of these tiers must do for. */
export const placesOf = (tiers: readonly Tier[]): readonly Place[] =>
  tiers.length === 0 ? [null] : [...new Set(tiers)]

/** Where it was said, as a name in a refusal. */
export const nameOf = (policies: KeyPolicies, place: Place, field: keyof TierPolicies): string =>
  place !== null && policies.tiers[place]?.[field] !== undefined ? `tiers.${place}.${field}` : field

/** Pure: the freshness that keys of the tier ask for; the smaller counts, so a tier never loosens the organization's. */
const stalenessFor = ({ tiers }: KeyPolicies, place: Place, ofOrganization: number): number =>
  Math.min(ofOrganization, (place && tiers[place]?.maxStalenessSeconds) ?? ofOrganization)

/** Pure: what gateways ask at each call. */
export function liveRulesOf(policies: KeyPolicies, maxStalenessSeconds: number): LiveRules {
  const at = (place: Place) => ({
    addresses: policiesFor(policies, place).addresses,
    maxStalenessSeconds: stalenessFor(policies, place, maxStalenessSeconds),
  })
  return { otherwise: at(null), development: at('development'), staging: at('staging'), production: at('production') }
}

/** Pure: the days after which a secret should be replaced, of a key that stands in these places; null: nothing asks. */
export function maxAgeFor(policies: KeyPolicies, tiers: readonly Tier[]): number | null {
  const days = placesOf(tiers).flatMap((place) => policiesFor(policies, place).maxAgeDays ?? [])
  return days.length === 0 ? null : Math.min(...days)
}
