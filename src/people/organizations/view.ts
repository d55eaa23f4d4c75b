import type { OrganizationView, Policies } from '../schema.ts'
import type { OrganizationRow } from '../store.ts'

export const organizationView = (organization: OrganizationRow): OrganizationView => ({
  id: organization.id,
  slug: organization.slug,
  name: organization.name,
  default: organization.isDefault,
  maxStalenessSeconds: organization.maxStalenessSeconds,
  createdAt: new Date(organization.createdAt).toISOString(),
  revision: organization.revision,
})

export const policiesView = ({
  id,
  mixedEnvironments,
  maxStalenessSeconds,
  policies,
  revision,
}: OrganizationRow): Policies => ({
  id,
  mixedEnvironments,
  maxStalenessSeconds,
  ...policies,
  revision,
})
