import type { AppRecord } from '../apps/schema.ts'
import type { CatalogRecord } from '../catalogs/schema.ts'
import type { AddressRule, KeyRecord, Owner } from '../keys/schema.ts'
import type { Grant } from '../people/grants/schema.ts'
import type { LiveRules } from '../people/policies/schema.ts'
import type { MemberRecord, MixedEnvironments, TeamRecord } from '../people/schema.ts'
import type { ProjectRecord } from '../projects/schema.ts'
import { payersOf } from './caps.ts'
import { setOf } from './choice.ts'

/** What stands behind a key now: a key is only as good as the rights of its owner. */
export type Backing = {
  /** A member who left, a team or an app that was deleted, backs nothing. */
  readonly isOwned: boolean
  /** The app that the key belongs to; null for keys of members and teams. */
  readonly app: AppRecord | null
  /** Those that reach the owner, of an app: the app's owner. Nobody's role adds any. */
  readonly catalogs: readonly CatalogRecord[]
  /** Of the member who owns it, himself or through his app. */
  readonly grants?: readonly Grant[] | undefined
  /** Those of the key that are there, in its organization: what is gone opens nothing, whatever still names it. */
  readonly projects: ReadonlySet<string>
  /** They are of one tier, or the policy allows that they are not. */
  readonly isOneEnvironment: boolean
  /** From where its organization lets keys of its tiers be used: a call must do for each. */
  readonly addresses: readonly AddressRule[]
  /** Whose limits and budgets its calls count towards, beside its own: see `payersOf`. */
  readonly payers?: readonly string[]
}

/** The records of one organization, as they are now. */
export type Records = {
  readonly mixedEnvironments: MixedEnvironments
  readonly rules: LiveRules
  readonly member: (id: string) => MemberRecord | null
  readonly team: (id: string) => TeamRecord | null
  readonly app: (id: string) => AppRecord | null
  readonly project: (id: string) => ProjectRecord | null
  readonly teamsOf: (member: string) => ReadonlySet<string>
  readonly catalogs: () => Iterable<CatalogRecord>
}

/** `reach`: `catalogsOf`, or what remembers its answers. */
export function backingOf(key: Pick<KeyRecord, 'owner' | 'scope'>, records: Records, reach = catalogsOf): Backing {
  const { type, id } = key.owner
  const app = type === 'app' ? records.app(id) : null
  const holder = type === 'app' ? (app?.owner ?? null) : key.owner
  const catalogs = reach(holder, records)
  const projects = key.scope.projects.flatMap((project) => records.project(project) ?? [])
  return {
    isOwned: catalogs !== null,
    app,
    catalogs: catalogs ?? [],
    grants: holder?.type === 'member' ? records.member(holder.id)?.grants : undefined,
    projects: new Set(projects.map((project) => project.id)),
    addresses: rulesFor(projects, records.rules).flatMap(({ addresses }) =>
      addresses.mode === 'any' ? [] : addresses,
    ),
    payers: payersOf(key.owner, records),
    isOneEnvironment: isExcused(key.scope, records) || new Set(projects.map(({ tier }) => tier)).size < 2,
  }
}

/** Of each tier that the key has a live project of; without any, of none. */
export function rulesFor(
  projects: readonly Pick<ProjectRecord, 'tier'>[],
  rules: LiveRules,
): readonly LiveRules['otherwise'][] {
  const tiers = new Set(projects.map(({ tier }) => tier))
  return tiers.size === 0 ? [rules.otherwise] : [...tiers].map((tier) => rules[tier])
}

const isExcused = ({ mixedEnvironments }: KeyRecord['scope'], records: Records): boolean =>
  mixedEnvironments !== null && records.mixedEnvironments === 'with-reason'

/** Every catalog whose audience holds the owner: directly, through a team, or as everyone. Null: the owner is not there. */
export function catalogsOf(
  owner: Pick<Owner, 'type' | 'id'> | null,
  records: Records,
): readonly CatalogRecord[] | null {
  if (owner?.type === 'member')
    return records.member(owner.id) && reaching(records, owner.id, records.teamsOf(owner.id))
  if (owner?.type === 'team') return records.team(owner.id) && reaching(records, null, new Set([owner.id]))
  return null
}

function reaching(records: Records, member: string | null, teams: ReadonlySet<string>): CatalogRecord[] {
  const found: CatalogRecord[] = []
  for (const catalog of records.catalogs()) {
    const { everyone, teams: invited, members } = catalog.audience
    const isReached =
      everyone || (member !== null && setOf(members).has(member)) || invited.some((team) => teams.has(team))
    if (isReached) found.push(catalog)
  }
  return found
}

/** Of all teams those that hold the member: for who looks once. */
export const teamsWith = (member: string, teams: readonly Pick<TeamRecord, 'id' | 'members'>[]): ReadonlySet<string> =>
  new Set(teams.filter(({ members }) => members.includes(member)).map(({ id }) => id))
