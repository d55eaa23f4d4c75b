import { backingOf, type Records, rulesFor } from '../../access/backing.ts'
import type { Subject } from '../../access/decide.ts'
import type { LiveChild } from '../../access/narrow/cuts.ts'
import { appRecord } from '../../apps/records/store.ts'
import { catalogRecordsFor } from '../../catalogs/records.ts'
import type { Db } from '../../db/database.ts'
import { withGrants } from '../../keys/records/store.ts'
import type { AddressRule, KeyRecord, Owner } from '../../keys/schema.ts'
import { liveRulesOf } from '../../people/policies/tiers.ts'
import { memberRecord, teamRecord } from '../../people/records.ts'
import { findOrganization } from '../../people/store.ts'
import { teamIdsOf } from '../../people/teams/store.ts'
import type { ProjectRecord } from '../../projects/schema.ts'
import { projectRecord } from '../../projects/store.ts'

/**
 * What a decision about this owner depends on, as it stands in this unit of work: the same records that gateways hold,
 * for the same functions. Only those who are asked about, and the catalogs that reach them.
 */
export async function recordsAbout(
  db: Db,
  organizationId: string,
  owner: Pick<Owner, 'type' | 'id'>,
  projectIds: readonly string[] = [],
): Promise<Records> {
  const app = owner.type === 'app' ? await appRecord(db, organizationId, owner.id) : null
  const holder = owner.type === 'app' ? (app?.owner ?? null) : owner
  const member = holder?.type === 'member' ? await memberRecord(db, organizationId, holder.id) : null
  const team = holder?.type === 'team' ? await teamRecord(db, organizationId, holder.id) : null
  const teams = new Set(member ? await teamIdsOf(db, organizationId, member.id) : [])
  const held = member ?? team
  const catalogs = held ? await catalogRecordsFor(db, organizationId, { type: held.kind, id: held.id }) : []
  const projects = new Map()
  for (const id of projectIds) projects.set(id, await projectRecord(db, organizationId, id))
  const organization = await findOrganization(db, organizationId)
  if (!organization) throw new Error('the organization of a key is gone')
  return {
    mixedEnvironments: organization.mixedEnvironments,
    rules: liveRulesOf(organization.policies, organization.maxStalenessSeconds),
    member: (id) => (member?.id === id ? member : null),
    team: (id) => (team?.id === id ? team : null),
    app: (id) => (app?.id === id ? app : null),
    project: (id) => projects.get(id) ?? null,
    teamsOf: (id) => (member?.id === id ? teams : new Set()),
    catalogs: () => catalogs,
  }
}

/** From where the organization lets this key be used, as it stands in this unit of work. */
export async function addressesFor(db: Db, { organization: id, scope }: KeyRecord): Promise<readonly AddressRule[]> {
  const organization = await findOrganization(db, id)
  if (!organization) throw new Error('the organization of a key is gone')
  const projects: ProjectRecord[] = []
  for (const project of scope.projects) projects.push(...[(await projectRecord(db, id, project)) ?? []].flat())
  const { policies, maxStalenessSeconds } = organization
  return rulesFor(projects, liveRulesOf(policies, maxStalenessSeconds)).map(({ addresses }) => addresses)
}

export type Place = { readonly address: string; readonly gateway: string }

export async function subjectNow(
  db: Db,
  key: KeyRecord,
  place: Place,
  child: LiveChild | null = null,
): Promise<Subject> {
  const records = await recordsAbout(db, key.organization, key.owner, key.scope.projects)
  // Of a key as REST reads it they are not known.
  const [granted = key] = await withGrants(db, [key])
  return { key: granted, child, backing: backingOf(granted, records), ...place }
}
