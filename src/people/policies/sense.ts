import { type AddressRule, type Choice, displayName, expiryPresets } from '../../keys/schema.ts'
import type { Problem } from '../../problems.ts'
import { Tier } from '../../projects/schema.ts'
import type { Ceilings, KeyPolicies, TierPolicies } from './schema.ts'
import { policiesFor } from './tiers.ts'

type Failure = NonNullable<Problem['errors']>[number]
type IsNetwork = (text: string) => boolean

/** Pure: what of these policies nobody could satisfy, each at its field. What a tier takes over is said at the tier. */
export function senselessIn(policies: KeyPolicies, isNetwork: IsNetwork): Failure[] {
  const tiers = Tier.options.flatMap((tier) => {
    const said = policies.tiers[tier]
    return said === undefined ? [] : ofPlace(policiesFor(policies, tier), said, `/tiers/${tier}`, isNetwork)
  })
  return [...ofPlace(policies, policies, '', isNetwork), ...tiers, ...signIn(policies)]
}

/** `said`: what stands at this place itself; the rest is judged where it stands. */
function ofPlace(policies: KeyPolicies, said: TierPolicies, at: string, isNetwork: IsNetwork): Failure[] {
  const { defaultExpiresIn: standard, maxExpiresIn: longest } = policies
  const pointer = `${at}/${said.defaultExpiresIn === undefined ? 'maxExpiresIn' : 'defaultExpiresIn'}`
  const isSaid = said.defaultExpiresIn !== undefined || said.maxExpiresIn !== undefined
  const failures: Failure[] = []
  // "never" by default is a default that says nothing: such a key has the longest time.
  if (isSaid && standard !== 'never' && lengthOf(standard) > lengthOf(longest))
    failures.push({ pointer, detail: `a key would end after ${standard} by default and after ${longest} at most` })
  if (said.nameTemplate != null && !hasName(said.nameTemplate))
    failures.push({ pointer: `${at}/nameTemplate`, detail: 'no name can be like this' })
  if (said.addresses) failures.push(...unusable(said.addresses, `${at}/addresses`, isNetwork))
  if (said.ceilings) failures.push(...barred(said.ceilings, `${at}/ceilings`))
  return failures
}

const lengthOf = (preset: (typeof expiryPresets)[number]): number =>
  preset === 'never' ? Number.POSITIVE_INFINITY : expiryPresets.indexOf(preset)

/** Of all names that fit, the shortest ones: if neither is a name, none is. */
const hasName = (template: string): boolean =>
  ['', 'x'].some((text) => {
    const name = template.normalize('NFC').replaceAll('*', text)
    return displayName.safeParse(name).data === name
  })

function unusable(rule: AddressRule, pointer: string, isNetwork: IsNetwork): Failure[] {
  if (rule.mode === 'any') return []
  if (rule.cidrs.length === 0) return [{ pointer: `${pointer}/cidrs`, detail: 'no key could be used from anywhere' }]
  return rule.cidrs.flatMap((cidr, i) =>
    isNetwork(cidr)
      ? []
      : { pointer: `${pointer}/cidrs/${i}`, detail: 'must be an address or a CIDR block such as 10.0.0.0/8' },
  )
}

function barred({ servers, providers }: Ceilings, pointer: string): Failure[] {
  const isNothing = (choice: Choice | undefined): boolean =>
    choice?.mode === 'none' || (choice?.mode === 'only' && choice.items.length === 0)
  if (!isNothing(servers) || !isNothing(providers)) return []
  return [{ pointer, detail: 'members could make no key that reaches anything: admit a server or a provider' }]
}

function signIn({ secondFactorRoles, sessionIdleMinutes: idle, sessionMaxHours: most }: KeyPolicies): Failure[] {
  const twice = secondFactorRoles.findIndex((role, i) => secondFactorRoles.indexOf(role) !== i)
  return [
    ...(twice === -1 ? [] : [{ pointer: `/secondFactorRoles/${twice}`, detail: 'is there twice' }]),
    ...(idle <= most * 60
      ? []
      : [{ pointer: '/sessionIdleMinutes', detail: `a session ends after ${most} hours in any case` }]),
  ]
}
