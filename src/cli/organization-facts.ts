import { z } from 'zod'
import type { Resource } from './resource.ts'

export const OrganizationFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  default: z.boolean(),
  maxStalenessSeconds: z.number(),
  createdAt: z.string(),
})
export type OrganizationFields = z.infer<typeof OrganizationFields>

export const organizations: Resource<OrganizationFields> = {
  path: '/organizations',
  field: 'organization',
  item: OrganizationFields,
  titleOf: ({ slug }) => slug,
  facts: (organization) => [
    ['id', organization.id],
    ['slug', organization.slug],
    ['name', organization.name],
    ['default', organization.default ? 'yes' : 'no'],
    ['max staleness', `${organization.maxStalenessSeconds} s`],
    ['created', organization.createdAt],
  ],
  head: ['SLUG', 'ID', 'NAME', 'DEFAULT'],
  row: ({ slug, id, name, default: isDefault }) => [slug, id, name, isDefault ? 'yes' : 'no'],
}
