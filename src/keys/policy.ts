import type { KeyPolicies } from '../people/policies/schema.ts'
import { nameOf, type Place, policiesFor } from '../people/policies/tiers.ts'
import { refuse } from '../problems.ts'
import { presetMs } from './expiry.ts'
import { fitsTemplate } from './name-template.ts'
import { isInside } from './policies/networks.ts'
import type { AddressRule, Choice, KeyPatch } from './schema.ts'
import type { Failure } from './scope.ts'

/** What a key is about to be in the fields that policies govern; what is left out is not touched, and so not judged. */
export type Governed = {
  readonly name?: string | undefined
  readonly kind?: 'key' | 'url' | undefined
  /** Null: it would never end. */
  readonly expiresAt?: number | null | undefined
  readonly addresses?: AddressRule | undefined
  /** Which servers it may have, and why so many. Not of an app's key: there the app says which. */
  readonly servers?: { readonly choice: Choice; readonly reason: string | null; readonly pointer: string } | undefined
}
const governing = ['nameTemplate', 'urlKeys', 'maxExpiresIn', 'allServers', 'addresses'] as const
type Rule = (typeof governing)[number]
type Policies = Pick<KeyPolicies, Rule>
type Said = Pick<KeyPatch, 'expiresIn'>

/** A rule that is broken, by the name that the policies have for it. */
export type Broken = Failure & { readonly policy: string }

/** Pure: why the policies of its organization do not allow it, each by its name and at its field; null: they do. */
export const refusalOfPolicies = (
  asked: Governed,
  policies: Policies,
  now: number,
  said: Said = {},
): ReturnType<typeof refuse> | null => refusalOfBroken(brokenRules(asked, policies, now, said))

export function refusalOfBroken(broken: readonly Broken[]): ReturnType<typeof refuse> | null {
  const failures = [...new Map(broken.map((each) => [`${each.policy} ${each.pointer}`, each])).values()]
  const [first] = failures
  if (!first) return null
  return refuse('policy_refused', {
    detail: `${failures.map(({ policy, detail }) => `${policy}: ${detail}`).join('; ')}.`,
    errors: failures.map(({ pointer, policy, detail }) => ({ pointer, detail: `policy ${policy}: ${detail}` })),
    data: { policy: first.policy },
  })
}

/** A place that the key stands in, and whether it comes there only now: then everything of it is judged. */
export type Standing = { readonly place: Place; readonly isNew: boolean }

/** Pure: what is broken in any of the places. So a key that mixes tiers must do for the strictest of each. */
export const brokenIn = (
  { whole, touched }: { readonly whole: Governed; readonly touched: Governed },
  places: readonly Standing[],
  policies: KeyPolicies,
  now: number,
  said: Said,
): Broken[] =>
  places.flatMap(({ place, isNew }) =>
    brokenRules(isNew ? whole : touched, policiesFor(policies, place), now, said).map((broken) => ({
      ...broken,
      policy: nameOf(policies, place, broken.policy),
    })),
  )

type BrokenRule = Failure & { readonly policy: Rule }

export function brokenRules(asked: Governed, policies: Policies, now: number, said: Said = {}): BrokenRule[] {
  const broken = [
    nameIn(asked, policies),
    kindIn(asked, policies),
    expiryIn(asked, policies, now, said),
    serversIn(asked, policies),
  ]
  return [...broken.flatMap((each) => each ?? []), ...addressesIn(asked, policies)]
}

function nameIn({ name }: Governed, { nameTemplate }: Policies): BrokenRule | null {
  if (name === undefined || nameTemplate === null || fitsTemplate(name, nameTemplate)) return null
  return { policy: 'nameTemplate', pointer: '/name', detail: `names of keys are as "${nameTemplate}"` }
}

function kindIn({ kind }: Governed, { urlKeys }: Policies): BrokenRule | null {
  if (kind !== 'url' || urlKeys === 'on') return null
  return { policy: 'urlKeys', pointer: '/kind', detail: 'there are no URL keys in this organization' }
}

function expiryIn(
  { expiresAt }: Governed,
  { maxExpiresIn }: Policies,
  now: number,
  { expiresIn }: Said,
): BrokenRule | null {
  const longest = presetMs[maxExpiresIn]
  if (expiresAt === undefined || longest === null || (expiresAt !== null && expiresAt <= now + longest)) return null
  const pointer = expiresIn === undefined ? '/expiresAt' : '/expiresIn'
  return { policy: 'maxExpiresIn', pointer, detail: `a key ends within ${maxExpiresIn} from now` }
}

/** "All but these" has every server that comes later, as "all" has. */
function serversIn({ servers }: Governed, { allServers }: Policies): BrokenRule | null {
  if (servers === undefined || allServers === 'allowed') return null
  const { choice, reason, pointer } = servers
  if (choice.mode !== 'all' && choice.mode !== 'except') return null
  if (allServers === 'with-reason' && reason !== null) return null
  const detail =
    allServers === 'refused' ? 'name the servers that the key is for' : 'say in allServersReason why it needs them all'
  return { policy: 'allServers', pointer: allServers === 'refused' ? pointer : '/allServersReason', detail }
}

/** What the key lists itself and the organization refuses would look like a right and be none. */
function addressesIn({ addresses }: Governed, { addresses: forced }: Policies): BrokenRule[] {
  if (addresses?.mode !== 'only' || forced.mode === 'any') return []
  return addresses.cidrs.flatMap((cidr, i) =>
    isInside(cidr, forced.cidrs)
      ? []
      : {
          policy: 'addresses',
          pointer: `/addresses/cidrs/${i}`,
          detail: `lies outside ${forced.cidrs.join(', ')}`,
        },
  )
}
