import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import type { Named } from '../keys/directory.ts'
import { findProjects } from '../projects/store.ts'
import type { AppDeps } from './deps.ts'
import type { AppView } from './schema.ts'
import { type App, keysOfApps } from './store.ts'

const viewOf = (app: App, key: string | null, owner: AppView['owner'] = app.owner): AppView => ({
  id: app.id,
  slug: app.slug,
  name: app.name,
  project: app.projectId,
  owner,
  tools: app.tools,
  toolsDefault: app.toolsDefault,
  key,
  createdAt: new Date(app.createdAt).toISOString(),
  revision: app.revision,
})

/** For the audit log. */
export const auditedApp = (app: App): object => viewOf(app, app.keyId)

export async function showAll(
  directory: Pick<AppDeps['directory'], 'owners' | 'servers'>,
  db: Db,
  organizationId: string,
  apps: readonly App[],
): Promise<{ items: AppView[]; refs: Refs }> {
  const unique = (ids: readonly string[]) => [...new Set(ids)]
  const keys = await keysOfApps(db, organizationId, unique(apps.flatMap(({ keyId }) => keyId ?? [])))
  const isThere = (id: string | null) => ['active', 'suspended'].includes(keys.get(id ?? '')?.state ?? '')
  const projects = await findProjects(db, organizationId, unique(apps.map(({ projectId }) => projectId)))
  const owners = await directory.owners(db, organizationId, unique(apps.map(({ owner }) => owner.id)))
  const named = unique(apps.flatMap(({ tools }) => Object.keys(tools)))
  const servers: ReadonlyMap<string, Named> =
    named.length === 0 ? new Map() : await directory.servers(db, organizationId, named)
  // The key while it has not ended; the owner as he is called now, and when he is gone, as he was.
  const items = apps.map((app) => {
    const live = owners.get(app.owner.id)
    const owner = live ? { ...app.owner, name: live.name } : { ...app.owner, removed: true as const }
    return viewOf(app, isThere(app.keyId) ? app.keyId : null, owner)
  })
  const shown = items.flatMap(({ key }) =>
    key === null ? [] : { id: key, slug: null, name: keys.get(key)?.name ?? '' },
  )
  const gone = apps.map(({ owner: { id, name } }) => ({ id, slug: null, name }))
  return { items, refs: refsOf([...gone, ...projects, ...owners.values(), ...servers.values(), ...shown]) }
}

const refsOf = (named: readonly Named[]): Refs =>
  Object.fromEntries(named.map(({ id, slug, name }) => [id, { slug, name }]))

export async function showOne(
  deps: Pick<AppDeps, 'read' | 'directory'>,
  organizationId: string,
  app: App,
): Promise<{ app: AppView; refs: Refs }> {
  const { items, refs } = await deps.read(organizationId, (db) => showAll(deps.directory, db, organizationId, [app]))
  const [view] = items
  if (!view) throw new Error('one app has one view')
  return { app: view, refs }
}
