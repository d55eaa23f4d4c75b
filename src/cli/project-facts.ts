import { z } from 'zod'
import type { Fact } from './print.ts'
import { listed } from './refs.ts'
import type { Resource } from './resource.ts'

export const ProjectFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  tier: z.string(),
  default: z.boolean(),
  createdAt: z.string(),
})
export type ProjectFields = z.infer<typeof ProjectFields>

const Uses = z.looseObject({
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  apps: z.array(z.string()),
  keys: z.array(z.string()),
  total: z.number(),
})

export const projects: Resource<ProjectFields> = {
  path: '/projects',
  field: 'project',
  item: ProjectFields,
  titleOf: ({ slug }) => slug,
  facts: (project) => [
    ['id', project.id],
    ['slug', project.slug],
    ['name', project.name],
    ['tier', project.tier],
    ['default', project.default ? 'yes' : 'no'],
    ['created', project.createdAt],
  ],
  factsBeside: ({ uses }, refs) => {
    const { success, data } = Uses.safeParse(uses)
    if (!success) return []
    const { servers, providers, apps, keys, total } = data
    const rows: Fact[] = Object.entries({ servers, providers, apps, keys }).map(([name, ids]) => [
      name,
      listed(ids, refs),
    ])
    // Each list ends at a hundred.
    const shown = servers.length + providers.length + apps.length + keys.length
    return shown < total ? [...rows, ['in all', String(total)]] : rows
  },
  head: ['SLUG', 'ID', 'NAME', 'TIER', 'DEFAULT'],
  row: ({ slug, id, name, tier, default: isDefault }) => [slug, id, name, tier, isDefault ? 'yes' : 'no'],
}
