import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { insertMember, insertOrganization, type Member } from '../store.ts'

type NewProject = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly tier: 'development'
  readonly isDefault: boolean
  readonly createdAt: number
}
type NewCatalog = {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** Its audience: whoever belongs to the organization. */
  readonly everyone: boolean
  readonly joinedByNew: boolean
  readonly createdAt: number
}
export type FoundDeps = {
  readonly insertProject: (db: Db, organizationId: string, project: NewProject) => Promise<void>
  readonly insertCatalog: (db: Db, organizationId: string, catalog: NewCatalog) => Promise<void>
  readonly newId: (prefix: string) => string
}
type Charter = {
  readonly slug: string
  readonly name: string
  readonly isDefault: boolean
  readonly owner: Pick<Member, 'email' | 'name' | 'isOperator'>
  readonly at: number
}
export type Founded = {
  readonly organizationId: string
  readonly owner: Member
  /** Slug of the default project. */
  readonly project: string
  readonly catalog: string
  /** Of the last of its changes. */
  readonly rowId: number
}

/**
 * What every organization has from its first moment on, written through the handle of the system: nobody belongs to it
 * yet. Its servers are for everyone until somebody says otherwise.
 */
export async function foundOrganization(db: Db, deps: FoundDeps, charter: Charter): Promise<Founded> {
  const { slug, name, isDefault, at } = charter
  const organizationId = deps.newId('org')
  const row = { id: organizationId, slug, name, isDefault, maxStalenessSeconds: 60, createdAt: at }
  await insertOrganization(db, row)
  const owner: Member = { ...charter.owner, id: deps.newId('mem'), role: 'owner', createdAt: at, revision: 1 }
  await insertMember(db, organizationId, owner)
  const project = { id: deps.newId('prj'), slug: 'default', name: 'Default project', tier: 'development' } as const
  await deps.insertProject(db, organizationId, { ...project, isDefault: true, createdAt: at })
  const catalog = { id: deps.newId('cat'), slug: 'everyone', name: 'Everyone' }
  await deps.insertCatalog(db, organizationId, { ...catalog, everyone: true, joinedByNew: true, createdAt: at })
  await announce(db, organizationId, { kind: 'organization', id: organizationId, at })
  await announce(db, organizationId, { kind: 'member', id: owner.id, at })
  await announce(db, organizationId, { kind: 'project', id: project.id, at })
  const rowId = await announce(db, organizationId, { kind: 'catalog', id: catalog.id, at })
  return { organizationId, owner, project: project.slug, catalog: catalog.slug, rowId }
}
