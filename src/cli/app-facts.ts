import { z } from 'zod'
import { ChoiceFields, sayChoice, sayTools, ToolFields } from './choice-facts.ts'
import { ownerFact, ownerOf } from './key-facts.ts'
import { named } from './refs.ts'
import type { Resource } from './resource.ts'

export const AppFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  project: z.string(),
  owner: z.looseObject({
    type: z.string(),
    id: z.string(),
    name: z.string().optional(),
    removed: z.boolean().optional(),
  }),
  tools: ToolFields,
  toolsDefault: ChoiceFields,
  key: z.string().nullable(),
  createdAt: z.string(),
})
export type AppFields = z.infer<typeof AppFields>

export const apps: Resource<AppFields> = {
  path: '/apps',
  field: 'app',
  item: AppFields,
  titleOf: ({ slug }) => slug,
  facts: (app, refs) => [
    ['id', app.id],
    ['slug', app.slug],
    ['name', app.name],
    ['project', named(app.project, refs)],
    ...ownerFact(app, refs),
    ['tools', sayTools(app.tools, refs) || 'none'],
    ['tools of other servers', sayChoice(app.toolsDefault)],
    ['key', app.key ?? 'none'],
    ['created', app.createdAt],
  ],
  head: ['SLUG', 'ID', 'NAME', 'PROJECT', 'OWNER', 'KEY'],
  row: (app, refs) => [app.slug, app.id, app.name, named(app.project, refs), ownerOf(app, refs), app.key ?? 'none'],
}
