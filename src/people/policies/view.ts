import type { OrganizationRow } from '../store.ts'
import type { Policies } from './schema.ts'

export const policiesView = ({
  id,
  mixedEnvironments,
  maxStalenessSeconds,
  policies,
  managedBy,
  revision,
}: OrganizationRow): Policies => ({
  id,
  mixedEnvironments,
  maxStalenessSeconds,
  ...policies,
  managedBy,
  revision,
})
