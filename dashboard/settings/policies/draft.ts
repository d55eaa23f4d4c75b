import type { Policies, PoliciesPatch, TierPolicies } from '../../../src/people/policies/schema.ts'
import type { Tier } from '../../../src/projects/schema.ts'

export type Place = 'organization' | Tier
export const places: readonly Place[] = ['organization', 'development', 'staging', 'production']
/** What a tier may say otherwise. */
export type Tiered = keyof TierPolicies
export type Own = Exclude<keyof Policies, 'id' | 'revision' | 'managedBy' | 'tiers' | Tiered>

const names = [
  'mixedEnvironments',
  'maxStalenessSeconds',
  'urlKeys',
  'defaultExpiresIn',
  'maxExpiresIn',
  'maxAgeDays',
  'nameTemplate',
  'allServers',
  'addresses',
  'ceilings',
  'tiers',
  'leakAction',
  'maxChildSeconds',
  'maxRotationsPerHourPercent',
  'blackouts',
  'privateNetworks',
  'requestsKeptDays',
  'timeZone',
  'secondFactorRoles',
  'passwordSignIn',
  'sessionIdleMinutes',
  'sessionMaxHours',
] as const satisfies readonly (keyof Policies)[]
export type PolicyName = (typeof names)[number]

/** Which policies differ, in the order of the page. */
export const changedIn = (before: Policies, draft: Policies): readonly PolicyName[] =>
  names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(draft[name]))

/** Only what was changed is sent, so what somebody else changes meanwhile is his. */
export const patchOf = (before: Policies, draft: Policies): PoliciesPatch =>
  Object.fromEntries(changedIn(before, draft).map((name) => [name, draft[name]]))

/** The same changes to other policies. */
export const rebased = (before: Policies, draft: Policies, after: Policies): Policies => ({
  ...after,
  ...Object.fromEntries(changedIn(before, draft).map((name) => [name, draft[name]])),
})

/** A tier that says nothing of its own is left out, as the server writes it. */
function withTier(draft: Policies, tier: Tier, said: TierPolicies): Policies {
  const { [tier]: _before, ...others } = draft.tiers
  return { ...draft, tiers: Object.keys(said).length === 0 ? others : { ...others, [tier]: said } }
}

/** What holds at a place, and whether it is said there. */
export function ruleAt<N extends Tiered>(draft: Policies, place: Place, name: N) {
  const said = place === 'organization' ? undefined : draft.tiers[place]?.[name]
  const isOwn = place === 'organization' || said !== undefined
  return { value: (said === undefined ? draft[name] : said) as Policies[N], isOwn }
}

export function withRule<N extends Tiered>(draft: Policies, place: Place, name: N, value: Policies[N]): Policies {
  if (place === 'organization') return { ...draft, [name]: value }
  return withTier(draft, place, { ...draft.tiers[place], [name]: value })
}

export function withoutRule(draft: Policies, place: Place, name: Tiered): Policies {
  if (place === 'organization') return draft
  const { [name]: _own, ...rest } = draft.tiers[place] ?? {}
  return withTier(draft, place, rest)
}
