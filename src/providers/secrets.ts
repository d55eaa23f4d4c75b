import { isHeaderValue } from '../credentials/injection.ts'
import type { Db } from '../db/database.ts'
import { ok, type Result } from '../problems.ts'
import type { Project } from '../projects/store.ts'
import { Secret } from '../secret.ts'
import { invalid, type ProviderDeps } from './deps.ts'

export const planSecret = (value: string): Result<Secret> =>
  // Never the value itself in a refusal.
  isHeaderValue(value)
    ? ok(new Secret(value, 'credential'))
    : invalid('/credential/value', 'must be visible ASCII without outer spaces')

/** Bound to the tier of the provider's project; a new value is a new credential, and the old one goes. */
export const storeSecret = async (
  deps: Pick<ProviderDeps, 'vault' | 'newId' | 'now'>,
  db: Db,
  organizationId: string,
  project: Project,
  value: Secret,
): Promise<string> => {
  const id = deps.newId('crd')
  await deps.vault.storeStatic(db, organizationId, {
    id,
    slug: `static-${id.slice(4).toLowerCase()}`,
    projectId: project.id,
    value,
    now: deps.now(),
  })
  return id
}
