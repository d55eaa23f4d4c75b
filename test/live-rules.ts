import { defaultKeyPolicies, type KeyPolicies, type LiveRules } from '../src/people/policies/schema.ts'
import { liveRulesOf } from '../src/people/policies/tiers.ts'

/** What gateways ask at each call, where the organization says no more than this of it. */
export const liveRules = (said: Partial<KeyPolicies> = {}, maxStalenessSeconds = 60): LiveRules =>
  liveRulesOf({ ...defaultKeyPolicies, ...said }, maxStalenessSeconds)
