import type { Database, Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import { findProjects } from '../projects/store.ts'
import type { ServerView } from './schema.ts'

export async function refsOf(
  db: Db,
  organizationId: string,
  servers: readonly Pick<ServerView, 'project'>[],
): Promise<Refs> {
  const ids = [...new Set(servers.map(({ project }) => project))]
  const projects = await findProjects(db, organizationId, ids)
  return Object.fromEntries(projects.map(({ id, slug, name }) => [id, { slug, name }]))
}

/** An answer about one server, with its refs beside it. */
export async function withRefs<T extends { readonly server: ServerView }>(
  read: Database['read'],
  organizationId: string,
  answer: T,
): Promise<T & { refs: Refs }> {
  return { ...answer, refs: await read(organizationId, (db) => refsOf(db, organizationId, [answer.server])) }
}
