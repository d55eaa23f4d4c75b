import type { OrganizationView } from '../schema.ts'
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
