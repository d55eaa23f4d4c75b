import { insertEvent } from '../audit/store.ts'
import type { Database, Db } from '../db/database.ts'
import { isUniqueViolation } from '../db/violation.ts'
import { type FoundDeps, foundOrganization } from './organizations/found.ts'
import { findDefaultOrganization, findInstallation, firstOwner, insertInstallation, type Member } from './store.ts'

/** What stands in every installation from its first start on. */
export type FirstRows = { readonly organizationId: string; readonly owner: Member }

export type FirstStartDeps = FoundDeps & {
  readonly system: Database['system']
  readonly now: () => number
  /** The root secret in force: its name and its check value (credentials/root.ts). */
  readonly root: { readonly id: string; readonly check: string }
}

/** Makes the first rows once, whoever starts first; later starts only prove that the root secret is still the same. */
export async function firstStart(deps: FirstStartDeps): Promise<FirstRows> {
  const start = () => deps.system.transaction((db) => openOrCreate(db, deps))
  try {
    return await start()
  } catch (error) {
    // Another control on the same database was first by a moment: its rows are as good as ours.
    if (!isUniqueViolation(error)) throw error
    return start()
  }
}

async function openOrCreate(db: Db, deps: FirstStartDeps): Promise<FirstRows> {
  const installation = await findInstallation(db)
  if (installation === null) return insertFirstRows(db, deps)
  if (installation.rootId !== deps.root.id || installation.rootCheck !== deps.root.check) throw wrongRoot()
  return readFirstRows(db)
}

const wrongRoot = (): Error =>
  new Error(
    'The master key is not the one that this database was set up with: give OSTIARY_MASTER_KEY (or the file ' +
      'secrets/master.key of the data directory) its old value.',
  )

async function insertFirstRows(db: Db, deps: FirstStartDeps): Promise<FirstRows> {
  const at = deps.now()
  // The row with the fixed id comes first, so that a second control stops here and not half way.
  const installation = { logId: deps.newId('log'), rootId: deps.root.id, rootCheck: deps.root.check }
  await insertInstallation(db, installation, at)
  const name = 'Default organization'
  const owner = { email: '', name: 'First owner', isOperator: true }
  const founded = await foundOrganization(db, deps, { slug: 'default', name, isDefault: true, owner, at })
  await insertEvent(db, founded.organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: deps.newId('req'),
    actor: { kind: 'system', id: 'system', name: 'Ostiary' },
    action: 'installation.created',
    subject: { kind: 'organization', id: founded.organizationId, name },
    after: {
      organization: 'default',
      project: founded.project,
      catalog: founded.catalog,
      owner: founded.owner.id,
      rootId: deps.root.id,
    },
  })
  return { organizationId: founded.organizationId, owner: founded.owner }
}

async function readFirstRows(db: Db): Promise<FirstRows> {
  const organization = await findDefaultOrganization(db)
  const owner = organization && (await firstOwner(db, organization.id))
  if (!owner) throw new Error('The database has no default organization with an owner: it was changed by hand.')
  return { organizationId: organization.id, owner }
}
