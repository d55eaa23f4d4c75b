import { z } from 'zod'
import { listed, type Refs } from './refs.ts'
import type { Resource } from './resource.ts'

export const CatalogFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  audience: z.looseObject({ everyone: z.boolean(), teams: z.array(z.string()), members: z.array(z.string()) }),
  joinedByNew: z.boolean().optional(),
  createdAt: z.string(),
})
export type CatalogFields = z.infer<typeof CatalogFields>

/** Nobody is a word, too. */
function audienceOf({ audience: { everyone, teams, members } }: CatalogFields, refs: Refs): string {
  const parts = [
    ...(everyone ? ['everyone'] : []),
    ...(teams.length > 0 ? [`teams ${listed(teams, refs)}`] : []),
    ...(members.length > 0 ? [`members ${listed(members, refs)}`] : []),
  ]
  return parts.join('; ') || 'nobody'
}

export const catalogs: Resource<CatalogFields> = {
  path: '/catalogs',
  field: 'catalog',
  item: CatalogFields,
  titleOf: ({ slug }) => slug,
  facts: (catalog, refs) => [
    ['id', catalog.id],
    ['slug', catalog.slug],
    ['name', catalog.name],
    ['servers', listed(catalog.servers, refs)],
    ['providers', listed(catalog.providers, refs)],
    ['audience', audienceOf(catalog, refs)],
    ['new ones join', catalog.joinedByNew ? 'yes' : 'no'],
    ['created', catalog.createdAt],
  ],
  head: ['SLUG', 'ID', 'SERVERS', 'PROVIDERS', 'AUDIENCE'],
  row: (catalog, refs) => [
    catalog.slug,
    catalog.id,
    String(catalog.servers.length),
    String(catalog.providers.length),
    audienceOf(catalog, refs),
  ],
}
