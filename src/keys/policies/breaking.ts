import { nanoOf } from '../../budgets/schema.ts'
import type { Ruling } from '../../people/policies/deps.ts'
import type { Ceilings } from '../../people/policies/schema.ts'
import { liveRulesOf, maxAgeFor, type Place, placesOf, policiesFor } from '../../people/policies/tiers.ts'
import type { Tier } from '../../projects/schema.ts'
import type { KeyCaps } from '../caps.ts'
import { brokenRules } from '../policy.ts'
import type { Choice, KeyRecord } from '../schema.ts'
import { brokenReach, ceilingsIn } from './ceilings.ts'
import { governedIn, serversIn } from './judge.ts'
import { isInside } from './networks.ts'

/** Which policies a key would fall foul of, or feel at once, if they became others. Everything here is pure. */

export type GovernedKey = {
  readonly record: Pick<
    KeyRecord,
    'id' | 'name' | 'owner' | 'tokenKind' | 'scope' | 'expiresAt' | 'maxStalenessSeconds'
  >
  readonly createdBy: string
  readonly secretMadeAt: number | null
}
export type Around = {
  /** Of its projects that are there. */
  readonly tiers: readonly Tier[]
  /** Where a member has made it for what is his, its limits and budgets; null: it is bound by no ceilings. */
  readonly caps: KeyCaps | null
  /** The servers of which its app grants tools; missing: it is no app's, or the app is gone. */
  readonly granted?: Choice | undefined
  readonly now: number
}

/** What is compared: if none of this changes, no key is touched. */
export const governing = ({ policies, maxStalenessSeconds, mixedEnvironments }: Ruling): string => {
  const { urlKeys, maxExpiresIn, maxAgeDays, nameTemplate, allServers, addresses, ceilings, tiers } = policies
  const ofKeys = { urlKeys, maxExpiresIn, maxAgeDays, nameTemplate, allServers, addresses, ceilings, tiers }
  return JSON.stringify({ ...ofKeys, maxStalenessSeconds, mixedEnvironments })
}

/** By name, without the tier: each once. */
export function touchedBy(key: GovernedKey, from: Ruling, to: Ruling, around: Around): string[] {
  const places = placesOf(around.tiers)
  const was = new Set(broken(key, from, places, around))
  const news = broken(key, to, places, around).filter((name) => !was.has(name))
  return [...new Set([...news, ...felt(key, from, to, places, around)])]
}

function broken(key: GovernedKey, { policies }: Ruling, places: readonly Place[], around: Around): string[] {
  const { secretMadeAt } = key
  const rules = places.flatMap((place) =>
    brokenRules(governedIn(key, around.granted), policiesFor(policies, place), around.now),
  )
  const ceilings = around.caps && ceilingsIn(policies, places)
  const days = maxAgeFor(policies, around.tiers)
  const isOld = days !== null && secretMadeAt !== null && secretMadeAt + days * dayMs <= around.now
  return [
    // What its own list says beside theirs is told of where they begin to refuse.
    ...rules.map(({ policy }) => policy).filter((policy) => policy !== 'addresses'),
    ...(ceilings && around.caps ? beyond(key, around.caps, ceilings, around) : []),
    ...(isOld ? ['maxAgeDays'] : []),
  ]
}
const dayMs = 86_400_000

function beyond(key: GovernedKey, caps: KeyCaps, ceilings: Ceilings, { granted, now }: Around): string[] {
  const { scope, expiresAt } = key.record
  const reach = { scope: { ...scope, mcp: { ...scope.mcp, servers: serversIn(key, granted) } }, expiresAt }
  const touching = { mcp: true, llm: true, expiry: true, pointer: '/expiresAt', isOfApp: false } as const
  const measures = (['requestsPerMinute', 'tokensPerMinute', 'concurrent'] as const).filter((name) => {
    const most = ceilings[name]
    return most !== undefined && (caps.limits[name] ?? Number.POSITIVE_INFINITY) > most
  })
  const month = caps.budgets.find(({ period }) => period === 'month')
  const most = ceilings.budgetUsdPerMonth
  const isDear = most !== undefined && (month === undefined || nanoOf(month.usd) > nanoOf(most))
  return [
    ...brokenReach(reach, ceilings, null, touching, now).map(({ policy }) => policy),
    ...measures.map((name) => `ceilings.${name}`),
    ...(isDear ? ['ceilings.budgetUsdPerMonth'] : []),
  ]
}

/** What reaches a key that is there with its next call. */
function felt(key: GovernedKey, from: Ruling, to: Ruling, places: readonly Place[], { tiers }: Around): string[] {
  const [was, is] = [from, to].map((ruling) => rulesAt(ruling, places))
  if (!was || !is) return []
  const own = key.record.scope.addresses
  const isShut = is.some(({ addresses }, at) => {
    const before = was[at]?.addresses
    const covers = (rule: typeof own | undefined): boolean =>
      addresses.mode === 'any' || (rule?.mode === 'only' && rule.cidrs.every((cidr) => isInside(cidr, addresses.cidrs)))
    return !covers(own) && !covers(before)
  })
  const least = (rules: typeof is) =>
    Math.min(key.record.maxStalenessSeconds ?? 86_400, ...rules.map(({ maxStalenessSeconds }) => maxStalenessSeconds))
  const isMixed = new Set(tiers).size > 1 && key.record.scope.mixedEnvironments !== null
  const isForbidden = from.mixedEnvironments === 'with-reason' && to.mixedEnvironments === 'refused'
  return [
    ...(isShut ? ['addresses'] : []),
    ...(least(is) < least(was) ? ['maxStalenessSeconds'] : []),
    ...(isMixed && isForbidden ? ['mixedEnvironments'] : []),
  ]
}

function rulesAt({ policies, maxStalenessSeconds }: Ruling, places: readonly Place[]) {
  const rules = liveRulesOf(policies, maxStalenessSeconds)
  return places.map((place) => rules[place ?? 'otherwise'])
}
