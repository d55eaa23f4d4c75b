import type { AppRecord } from '../src/apps/schema.ts'
import type { CatalogRecord } from '../src/catalogs/schema.ts'
import type { GoneRecord, RecordKind } from '../src/fleet/schema.ts'
import type { MemberRecord, TeamRecord } from '../src/people/schema.ts'
import type { ProjectRecord } from '../src/projects/schema.ts'
import { memberId, nextRevision, organizationId, projectId } from './fake-control.ts'

/** Records of what stands behind keys, each newer than all before it. */

const idOf = (prefix: string, name: string) => `${prefix}_${name.replaceAll('-', '').padEnd(16, '0')}`
const head = () => ({ organization: organizationId, revision: nextRevision() })

export const memberRecord = (name: string, more: Partial<MemberRecord> = {}): MemberRecord => ({
  kind: 'member',
  ...head(),
  id: idOf('mem', name),
  name,
  ...more,
})

export const teamRecord = (name: string, members: string[], more: Partial<TeamRecord> = {}): TeamRecord => ({
  kind: 'team',
  ...head(),
  id: idOf('team', name),
  name,
  members,
  ...more,
})

export const projectRecord = (slug: string, more: Partial<ProjectRecord> = {}): ProjectRecord => ({
  kind: 'project',
  ...head(),
  id: idOf('prj', slug),
  slug,
  tier: 'development',
  ...more,
})

type Audience = Partial<CatalogRecord['audience']>
/** Reaches nobody unless the audience says so. */
export const catalogRecord = (name: string, servers: string[], audience: Audience = {}): CatalogRecord => ({
  kind: 'catalog',
  ...head(),
  id: idOf('cat', name),
  servers,
  providers: [],
  audience: { everyone: false, teams: [], members: [], ...audience },
})

export const appRecord = (name: string, key: string | null, more: Partial<AppRecord> = {}): AppRecord => ({
  kind: 'app',
  ...head(),
  id: idOf('app', name),
  name,
  project: projectId,
  owner: { type: 'member', id: memberId },
  tools: {},
  toolsDefault: { mode: 'all' },
  key,
  ...more,
})

export const gone = (of: RecordKind, id: string, more: Partial<GoneRecord> = {}): GoneRecord => ({
  kind: 'gone',
  of,
  ...head(),
  id,
  ...more,
})
