import { z } from 'zod'
import { named } from './refs.ts'
import type { Resource } from './resource.ts'

export const ProviderFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  project: z.string(),
  dialect: z.string(),
  baseUrl: z.string(),
  preset: z.string().nullable().optional(),
  auth: z.string().optional(),
  retries: z.number().optional(),
  state: z.string().optional(),
  checkedAt: z.string().nullable().optional(),
  lastError: z.string().optional(),
  credential: z.looseObject({ id: z.string() }).nullable(),
  models: z.array(z.looseObject({ id: z.string(), aliases: z.array(z.string()).optional() })),
  createdAt: z.string(),
})
export type ProviderFields = z.infer<typeof ProviderFields>

const stateOf = ({ state = 'unknown', checkedAt, lastError }: ProviderFields): string =>
  [state, checkedAt ? `at ${checkedAt}` : '', lastError ?? ''].filter(Boolean).join(', ')

const modelOf = ({ id, aliases = [] }: ProviderFields['models'][number]): string =>
  aliases.length === 0 ? id : `${id} (${aliases.join(', ')})`

export const providers: Resource<ProviderFields> = {
  path: '/providers',
  field: 'provider',
  item: ProviderFields,
  titleOf: ({ slug }) => slug,
  facts: (provider, refs) => [
    ['id', provider.id],
    ['slug', provider.slug],
    ['name', provider.name],
    ['project', named(provider.project, refs)],
    ['preset', provider.preset ?? 'none'],
    ['dialect', provider.dialect],
    ['url', provider.baseUrl],
    ['credential', provider.credential ? 'set' : 'none'],
    ['auth', provider.auth ?? '-'],
    ['retries', String(provider.retries ?? '-')],
    ['state', stateOf(provider)],
    ['models', provider.models.map(modelOf).join(', ') || 'none'],
    ['created', provider.createdAt],
  ],
  head: ['SLUG', 'DIALECT', 'MODELS', 'URL'],
  row: ({ slug, dialect, models, baseUrl }) => [slug, dialect, String(models.length), baseUrl],
}
