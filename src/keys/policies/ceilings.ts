import { type KeyBudgetInput, nanoOf, usdOf } from '../../budgets/schema.ts'
import type { KeyLimits, KeyLimitsInput } from '../../limits/schema.ts'
import type { Ceilings, KeyPolicies } from '../../people/policies/schema.ts'
import { type Place, policiesFor } from '../../people/policies/tiers.ts'
import { ok, type Result } from '../../problems.ts'
import { presetMs } from '../expiry.ts'
import { type Broken, refusalOfBroken } from '../policy.ts'
import type { Choice, KeyPatch, Scope } from '../schema.ts'
import { both, isWithin } from './choices.ts'

/** How far members go who serve themselves. Everything here is pure. */

/** Of several, the strictest of each. */
export function ceilingsIn(policies: KeyPolicies, places: readonly Place[]): Ceilings | null {
  const all = places.flatMap((place) => policiesFor(policies, place).ceilings ?? [])
  return all.reduce<Ceilings | null>((one, other) => (one === null ? other : stricter(one, other)), null)
}

function stricter(one: Ceilings, other: Ceilings): Ceilings {
  const [budget, expiry, servers, providers] = [
    lower(one.budgetUsdPerMonth, other.budgetUsdPerMonth, nanoOf),
    lower(one.maxExpiresIn, other.maxExpiresIn, (preset) => presetMs[preset] ?? Number.POSITIVE_INFINITY),
    joint(one.servers, other.servers),
    joint(one.providers, other.providers),
  ]
  return {
    ...(budget === undefined ? {} : { budgetUsdPerMonth: budget }),
    ...(expiry === undefined ? {} : { maxExpiresIn: expiry }),
    ...(servers === undefined ? {} : { servers }),
    ...(providers === undefined ? {} : { providers }),
    ...Object.fromEntries(
      (['requestsPerMinute', 'tokensPerMinute', 'concurrent', 'keysPerMember'] as const).flatMap((name) => {
        const least = lower(one[name], other[name], Number)
        return least === undefined ? [] : [[name, least]]
      }),
    ),
  }
}

const lower = <T>(one: T | undefined, other: T | undefined, size: (value: T) => number): T | undefined =>
  one === undefined || other === undefined ? (one ?? other) : size(one) <= size(other) ? one : other

const joint = (one: Choice | undefined, other: Choice | undefined): Choice | undefined =>
  one === undefined || other === undefined ? (one ?? other) : both(one, other)

const measures = ['requestsPerMinute', 'tokensPerMinute', 'concurrent'] as const

type Caps = Pick<KeyPatch, 'limits' | 'budgets'>
type Held = { readonly limits: KeyLimits; readonly budgets: readonly { usd: string; period: string }[] }
type Filled = {
  readonly limits?: KeyLimitsInput
  readonly budgets?: KeyBudgetInput[]
}

/**
 * What members get: what they ask for, with the ceiling where they said nothing, which the answer shows like the rest.
 * `before`: what the key has; null: it is new here, so that all of it is asked for.
 */
export function capsWithin(ceilings: Ceilings | null, asked: Caps, before: Held | null): Result<Caps> {
  if (ceilings === null) return ok(asked)
  const filled = filledIn(asked, ceilings, before === null)
  return refusalOfBroken(brokenCaps(filled, ceilings, before)) ?? ok({ ...asked, ...filled })
}

function filledIn({ limits, budgets }: Caps, ceilings: Ceilings, isNew: boolean): Filled {
  const most = ceilings.budgetUsdPerMonth
  const bound = measures.filter((name) => ceilings[name] !== undefined)
  const isLimited = limits !== undefined || (isNew && bound.length > 0)
  const isPaid = budgets !== undefined || (isNew && most !== undefined)
  const hasMonth = budgets?.some(({ period }) => period === 'month') ?? false
  const filledLimits = Object.fromEntries(bound.map((name) => [name, limits?.[name] ?? ceilings[name]]))
  const filledBudgets = most === undefined || hasMonth ? [] : [{ usd: most, period: 'month' as const }]
  return {
    ...(isLimited ? { limits: { ...limits, ...filledLimits } } : {}),
    ...(isPaid ? { budgets: [...(budgets ?? []), ...filledBudgets] } : {}),
  }
}

/** `before`: what somebody who is not bound has given may stay as it is; it grows no further. */
export function brokenCaps(asked: Caps, ceilings: Ceilings, before: Held | null): Broken[] {
  const limits = measures.flatMap((name): Broken[] => {
    const [most, value] = [ceilings[name], asked.limits?.[name]]
    if (most === undefined || value == null || value <= Math.max(most, before?.limits[name] ?? 0)) return []
    return [{ policy: `ceilings.${name}`, pointer: `/limits/${name}`, detail: `members have ${most} at most` }]
  })
  const most = ceilings.budgetUsdPerMonth
  const held = before?.budgets.find(({ period }) => period === 'month')
  const budgets = (asked.budgets ?? []).flatMap(({ usd, period }, i): Broken[] => {
    if (most === undefined || period !== 'month' || nanoOf(usd) <= Math.max(nanoOf(most), nanoOf(held?.usd ?? '0')))
      return []
    const detail = `members have ${usdOf(nanoOf(most))} USD a month at most`
    return [{ policy: 'ceilings.budgetUsdPerMonth', pointer: `/budgets/${i}/usd`, detail }]
  })
  return [...limits, ...budgets]
}

export type Reaching = {
  readonly scope: Pick<Scope, 'mcp' | 'llm'>
  /** Null: it would never end. */
  readonly expiresAt: number | null
}
export type Touching = {
  readonly mcp: boolean
  readonly llm: boolean
  readonly expiry: boolean
  /** Where the end was said. */
  readonly pointer: '/expiresAt' | '/expiresIn'
  /** Of an app's key the app says which servers. */
  readonly isOfApp: boolean
}

/** The same for what a key reaches, and for how long. */
export function brokenReach(
  after: Reaching,
  ceilings: Ceilings,
  before: Reaching | null,
  touching: Touching,
  now: number,
): Broken[] {
  const { servers, providers, maxExpiresIn = 'never' } = ceilings
  const longest = presetMs[maxExpiresIn]
  const end = after.expiresAt ?? Number.POSITIVE_INFINITY
  const isLater =
    longest !== null && end > now + longest && !(before && end <= (before.expiresAt ?? Number.POSITIVE_INFINITY))
  const failures: Broken[] = []
  if (touching.mcp && !touching.isOfApp && !isGranted(serversOf(after), servers, before && serversOf(before)))
    failures.push(outside('servers', '/mcp/servers'))
  if (touching.llm && !isGranted(providersOf(after), providers, before && providersOf(before)))
    failures.push(outside('providers', '/llm/providers'))
  if (touching.expiry && isLater)
    failures.push({
      policy: 'ceilings.maxExpiresIn',
      pointer: touching.pointer,
      detail: `keys of members end within ${maxExpiresIn} from now`,
    })
  return failures
}

/** Within the ceiling, or no more than what it was. */
export const isGranted = (after: Choice, ceiling: Choice | undefined, before: Choice | null): boolean =>
  ceiling === undefined || isWithin(after, ceiling) || (before !== null && isWithin(after, before))

export const outside = (what: 'servers' | 'providers', pointer: string): Broken => ({
  policy: `ceilings.${what}`,
  pointer,
  detail: `is wider than the ${what} that members may take for themselves`,
})

const serversOf = ({ scope: { mcp } }: Reaching): Choice => (mcp.enabled ? mcp.servers : { mode: 'none' })
const providersOf = ({ scope: { llm } }: Reaching): Choice => (llm.enabled ? llm.providers : { mode: 'none' })
