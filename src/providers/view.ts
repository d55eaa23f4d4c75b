import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import { findProjects } from '../projects/store.ts'
import type { ProviderView } from './schema.ts'
import type { Provider } from './store.ts'

/** The provider as REST shows it; of its credential the id alone. */
export const viewOf = (provider: Provider): ProviderView => ({
  id: provider.id,
  slug: provider.slug,
  name: provider.name,
  project: provider.projectId,
  dialect: provider.dialect,
  baseUrl: provider.baseUrl,
  credential: provider.credentialId === null ? null : { id: provider.credentialId },
  models: [...provider.models],
  createdAt: new Date(provider.createdAt).toISOString(),
  revision: provider.revision,
})

export async function refsOf(db: Db, organizationId: string, providers: readonly Provider[]): Promise<Refs> {
  const ids = [...new Set(providers.map(({ projectId }) => projectId))]
  const projects = await findProjects(db, organizationId, ids)
  return Object.fromEntries([...projects.values()].map(({ id, slug, name }) => [id, { slug, name }]))
}
