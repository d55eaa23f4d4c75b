import type { ProjectView } from './schema.ts'
import type { Project } from './store.ts'

export const viewOf = ({ id, slug, name, tier, isDefault, managedBy, createdAt, revision }: Project): ProjectView => ({
  id,
  slug,
  name,
  tier,
  default: isDefault,
  managedBy,
  createdAt: new Date(createdAt).toISOString(),
  revision,
})
