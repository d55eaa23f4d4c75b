import type { Db } from '../../db/database.ts'
import { deleteKeyProjects, insertKeyProjects } from '../projects/store.ts'
import { itemsOf } from '../scope.ts'
import type { StoredKey } from '../store.ts'

/** What lists of keys are filtered by and one row cannot hold: projects, tags, servers. Of a tombstone there is nothing. */

export async function insertFacets(db: Db, organizationId: string, key: Facetted): Promise<void> {
  const { id, scope } = key.record
  await insertKeyProjects(db, organizationId, id, scope.projects)
  await insertTags(db, organizationId, id, key.tags)
  await insertServers(db, organizationId, id, serversIn(key))
}

/** Writes those that differ; most changes of a key leave them alone. */
export async function updateFacets(db: Db, organizationId: string, before: Facetted, after: Facetted): Promise<void> {
  const { id, scope } = after.record
  if (isOther(before.record.scope.projects, scope.projects)) {
    await deleteKeyProjects(db, organizationId, id)
    await insertKeyProjects(db, organizationId, id, scope.projects)
  }
  if (isOther(before.tags, after.tags)) {
    await deleteTags(db, organizationId, id)
    await insertTags(db, organizationId, id, after.tags)
  }
  if (isOther(serversIn(before), serversIn(after))) {
    await deleteServers(db, organizationId, id)
    await insertServers(db, organizationId, id, serversIn(after))
  }
}

export async function deleteFacets(db: Db, organizationId: string, keyId: string): Promise<void> {
  await deleteKeyProjects(db, organizationId, keyId)
  await deleteTags(db, organizationId, keyId)
  await deleteServers(db, organizationId, keyId)
}

type Facetted = Pick<StoredKey, 'record' | 'tags'>

const serversIn = ({ record }: Facetted): readonly string[] => itemsOf(record.scope.mcp.servers)
const isOther = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one.toSorted()) !== JSON.stringify(other.toSorted())

async function insertTags(db: Db, organizationId: string, keyId: string, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) return
  const rows = tags.map((tag) => ({ organization_id: organizationId, key_id: keyId, tag }))
  await db.insertInto('key_tags').values(rows).execute()
}

async function insertServers(db: Db, organizationId: string, keyId: string, servers: readonly string[]): Promise<void> {
  if (servers.length === 0) return
  const rows = servers.map((server) => ({ organization_id: organizationId, key_id: keyId, server_id: server }))
  await db.insertInto('key_servers').values(rows).execute()
}

const deleteTags = (db: Db, organizationId: string, keyId: string) =>
  db.deleteFrom('key_tags').where('organization_id', '=', organizationId).where('key_id', '=', keyId).execute()

const deleteServers = (db: Db, organizationId: string, keyId: string) =>
  db.deleteFrom('key_servers').where('organization_id', '=', organizationId).where('key_id', '=', keyId).execute()
