import type { Records } from '../../access/backing.ts'
import type { AppRecord } from '../../apps/schema.ts'
import type { CatalogRecord } from '../../catalogs/schema.ts'
import type { OrganizationRecord } from '../../fleet/schema.ts'
import type { MemberRecord, TeamRecord } from '../../people/schema.ts'
import type { ProjectRecord } from '../../projects/schema.ts'
import { createMemberships, type Memberships } from './memberships.ts'

/** What stands behind keys, of one organization: nothing leads from here to another one's. */
export type Rights = {
  readonly member: Map<string, MemberRecord>
  readonly team: Map<string, TeamRecord>
  readonly memberships: Memberships
  readonly project: Map<string, ProjectRecord>
  readonly catalog: Map<string, CatalogRecord>
  readonly app: Map<string, AppRecord>
  /** Made when it is asked for, a new one after each change: what is derived of one object holds as long as that is answered. */
  view: Records | null
}
export type RightsRecord = MemberRecord | TeamRecord | ProjectRecord | CatalogRecord | AppRecord
export type RightsKind = RightsRecord['kind']

const kinds: ReadonlySet<string> = new Set<RightsKind>(['member', 'team', 'project', 'catalog', 'app'])
export const isRight = (kind: string): kind is RightsKind => kinds.has(kind)

export type AllRights = Map<string, Rights>

export function rightsOf(all: AllRights, organization: string): Rights {
  const known = all.get(organization)
  if (known) return known
  const fresh: Rights = {
    member: new Map(),
    team: new Map(),
    memberships: createMemberships(),
    project: new Map(),
    catalog: new Map(),
    app: new Map(),
    view: null,
  }
  all.set(organization, fresh)
  return fresh
}

export function putRight(all: AllRights, record: RightsRecord): void {
  const rights = rightsOf(all, record.organization)
  rights.view = null
  switch (record.kind) {
    case 'member':
      rights.member.set(record.id, record)
      break
    case 'team':
      rights.memberships.change(record.id, rights.team.get(record.id)?.members ?? [], record.members)
      rights.team.set(record.id, record)
      break
    case 'project':
      rights.project.set(record.id, record)
      break
    case 'catalog':
      rights.catalog.set(record.id, record)
      break
    case 'app':
      rights.app.set(record.id, record)
      break
  }
}

export function removeRight(all: AllRights, organization: string, kind: RightsKind, id: string): void {
  const rights = rightsOf(all, organization)
  rights.view = null
  if (kind === 'team') rights.memberships.change(id, rights.team.get(id)?.members ?? [], [])
  rights[kind].delete(id)
}

type Ruling = Pick<OrganizationRecord, 'mixedEnvironments' | 'rules'>

export const recordsIn = (rights: Rights, { mixedEnvironments, rules }: Ruling): Records => {
  rights.view ??= {
    mixedEnvironments,
    rules,
    member: (id) => rights.member.get(id) ?? null,
    team: (id) => rights.team.get(id) ?? null,
    app: (id) => rights.app.get(id) ?? null,
    project: (id) => rights.project.get(id) ?? null,
    teamsOf: rights.memberships.of,
    catalogs: () => rights.catalog.values(),
  }
  return rights.view
}
