import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import { findProjects } from '../projects/store.ts'
import type { ProviderHealth, ProviderView } from './schema.ts'
import type { Provider } from './store.ts'

/** The provider as REST shows it; of its credential the id alone. */
export const viewOf = (provider: Provider): ProviderView => ({
  ...healthOf(provider),
  id: provider.id,
  slug: provider.slug,
  name: provider.name,
  project: provider.projectId,
  preset: provider.preset,
  dialect: provider.dialect,
  baseUrl: provider.baseUrl,
  auth: provider.auth,
  credential: provider.credentialId === null ? null : { id: provider.credentialId },
  timeouts: provider.timeouts,
  retries: provider.retries,
  models: [...provider.models],
  managedBy: provider.managedBy,
  createdAt: new Date(provider.createdAt).toISOString(),
  revision: provider.revision,
})

/** For the audit log: how it answered is no part of what somebody changed. */
export function auditedProvider(provider: Provider): Omit<ProviderView, keyof ProviderHealth> {
  const { state: _state, checkedAt: _checkedAt, lastError: _lastError, ...rest } = viewOf(provider)
  return rest
}

/** What was seen of an older revision may be another address. */
function healthOf({ health, revision }: Provider): ProviderHealth {
  if (health === null || health.revision !== revision) return { state: 'unknown', checkedAt: null }
  const { state, checkedAt, lastError } = health
  return { state, checkedAt: new Date(checkedAt).toISOString(), ...(lastError === null ? {} : { lastError }) }
}

export async function refsOf(db: Db, organizationId: string, providers: readonly Provider[]): Promise<Refs> {
  const ids = [...new Set(providers.map(({ projectId }) => projectId))]
  const projects = await findProjects(db, organizationId, ids)
  return Object.fromEntries([...projects.values()].map(({ id, slug, name }) => [id, { slug, name }]))
}
