import { z } from 'zod'
import { listed } from './refs.ts'
import type { Resource } from './resource.ts'

export const TeamFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  members: z.array(z.string()),
  createdAt: z.string(),
})
export type TeamFields = z.infer<typeof TeamFields>

export const teams: Resource<TeamFields> = {
  path: '/teams',
  field: 'team',
  item: TeamFields,
  titleOf: ({ slug }) => slug,
  facts: (team, refs) => [
    ['id', team.id],
    ['slug', team.slug],
    ['name', team.name],
    ['members', listed(team.members, refs)],
    ['created', team.createdAt],
  ],
  head: ['SLUG', 'ID', 'NAME', 'MEMBERS'],
  row: ({ slug, id, name, members }) => [slug, id, name, String(members.length)],
}
