import type { Ceilings } from '../../people/policies/schema.ts'
import { type Place, placesOf, policiesFor } from '../../people/policies/tiers.ts'
import type { refuse } from '../../problems.ts'
import { presetMs, standardExpiry } from '../expiry.ts'
import { type Broken, brokenIn, type Governed, refusalOfBroken, type Standing } from '../policy.ts'
import type { Choice, KeyPatch, KeyRecord, NewKey } from '../schema.ts'
import type { Facts } from '../scope.ts'
import type { StoredKey } from '../store.ts'
import { brokenReach, ceilingsIn } from './ceilings.ts'
import { both } from './choices.ts'

type Asking = Pick<Facts, 'policies' | 'tiers' | 'isSelfService' | 'granted'>
type Said = Pick<
  NewKey | KeyPatch,
  'name' | 'expiresAt' | 'expiresIn' | 'mcp' | 'llm' | 'addresses' | 'allServersReason'
>

/** Where a key with these projects stands: in each of their tiers, or, without any, in the organization alone. */
const placesIn = (projects: readonly string[], { tiers }: Pick<Asking, 'tiers'>): readonly Place[] =>
  placesOf(projects.flatMap((id) => tiers.get(id) ?? []))

const projectsOf = ({ record }: StoredKey): readonly string[] => record.scope.projects

/** Pure: what binds whoever asks, of a key with these projects; null: nothing. */
export const ceilingsFor = (projects: readonly string[], facts: Asking): Ceilings | null =>
  facts.isSelfService ? ceilingsIn(facts.policies, placesIn(projects, facts)) : null

/** Pure: does the key come to a place in which it did not stand? Then everything of it is judged there. */
export const isElsewhere = (before: StoredKey, after: StoredKey, facts: Asking): boolean =>
  standings(before, after, facts).some(({ isNew }) => isNew)

function standings(before: StoredKey | null, after: StoredKey, facts: Asking): Standing[] {
  const had = before && placesIn(projectsOf(before), facts)
  return placesIn(projectsOf(after), facts).map((place) => ({ place, isNew: !had?.includes(place) }))
}

/** Pure: when a key ends that says nothing of it: the earliest of what its places and its maker's ceilings say. */
export function endFor(projects: readonly string[], facts: Asking, now: number): number | null {
  const ends = placesIn(projects, facts).map((place) => standardExpiry(policiesFor(facts.policies, place), now))
  const most = presetMs[ceilingsFor(projects, facts)?.maxExpiresIn ?? 'never']
  const all = [...ends, most === null ? null : now + most].flatMap((end) => end ?? [])
  return all.length === 0 ? null : Math.min(...all)
}

/** Pure: why the policies do not let the key be so, or become so; null: they do. */
export function refusalOfJudges(
  before: StoredKey | null,
  after: StoredKey,
  said: Said,
  facts: Asking,
  now: number,
): ReturnType<typeof refuse> | null {
  const places = standings(before, after, facts)
  const whole = governedIn(after, facts.granted)
  const touched: Governed = {
    ...(said.name === undefined ? {} : { name: whole.name }),
    ...(isEndSaid(said) ? { expiresAt: whole.expiresAt } : {}),
    ...(said.addresses === undefined ? {} : { addresses: whole.addresses }),
    ...(said.mcp === undefined && said.allServersReason === undefined ? {} : { servers: whole.servers }),
  }
  const broken = brokenIn({ whole, touched }, places, facts.policies, now, said)
  return refusalOfBroken([...broken, ...beyond(before, after, said, facts, now)])
}

const isEndSaid = ({ expiresAt, expiresIn }: Said): boolean => expiresAt !== undefined || expiresIn !== undefined

type Opening = { readonly record: Pick<KeyRecord, 'scope' | 'owner'> }
type Whole = Opening & { readonly record: Pick<KeyRecord, 'name' | 'tokenKind' | 'expiresAt'> }

/** An app's key has what it admits itself of what its app grants; without its app it opens nothing. */
export const serversIn = ({ record: { owner, scope } }: Opening, granted: Choice | undefined): Choice =>
  owner.type === 'app' ? both(scope.mcp.servers, granted ?? { mode: 'none' }) : scope.mcp.servers

/** The key as it stands. */
export const governedIn = (key: Whole, granted: Choice | undefined): Governed => ({
  name: key.record.name,
  kind: key.record.tokenKind === 'u' ? 'url' : 'key',
  expiresAt: key.record.expiresAt,
  addresses: key.record.scope.addresses,
  ...(key.record.scope.mcp.enabled
    ? {
        servers: {
          choice: serversIn(key, granted),
          reason: key.record.scope.allServersReason ?? null,
          pointer: '/mcp/servers',
        },
      }
    : {}),
})

function beyond(before: StoredKey | null, after: StoredKey, said: Said, facts: Asking, now: number): Broken[] {
  const ceilings = ceilingsFor(projectsOf(after), facts)
  if (ceilings === null) return []
  const isNew = before === null || isElsewhere(before, after, facts)
  const touching = {
    mcp: isNew || said.mcp !== undefined,
    llm: isNew || said.llm !== undefined,
    expiry: isNew || isEndSaid(said),
    pointer: said.expiresIn === undefined ? ('/expiresAt' as const) : ('/expiresIn' as const),
    isOfApp: after.record.owner.type === 'app',
  }
  return brokenReach(after.record, ceilings, isNew ? null : before.record, touching, now)
}
