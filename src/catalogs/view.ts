import type { Content } from './content/store.ts'
import type { CatalogView } from './schema.ts'
import type { Catalog } from './store.ts'

export const viewOf = (catalog: Catalog, { servers, providers, teams, members }: Content): CatalogView => ({
  id: catalog.id,
  slug: catalog.slug,
  name: catalog.name,
  servers: [...servers],
  providers: [...providers],
  audience: { everyone: catalog.everyone, teams: [...teams], members: [...members] },
  joinedByNew: catalog.joinedByNew,
  managedBy: catalog.managedBy,
  createdAt: new Date(catalog.createdAt).toISOString(),
  revision: catalog.revision,
})
