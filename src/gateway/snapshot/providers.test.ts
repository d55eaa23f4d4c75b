import { expect, test } from 'vitest'
import { ProviderRecord } from '../../providers/schema.ts'
import { dropProvider, noProviders, putProvider } from './providers.ts'

const record = (id: string, slug: string, organization = 'org_1'): ProviderRecord =>
  ProviderRecord.parse({
    kind: 'provider',
    ...{ organization, id, revision: 1, slug, name: slug, project: 'prj_1', dialect: 'openai' },
    ...{ baseUrl: 'https://llm.example.test/v1', auth: 'bearer', injection: null, retries: 1, models: [] },
    timeouts: { answerSeconds: 600 },
  })
const slugs = ({ bySlug }: ReturnType<typeof noProviders>, organization = 'org_1') =>
  [...(bySlug.get(organization) ?? [])].map(([slug, { id }]) => `${slug} ${id}`).sort()

test('a provider is found by the slug that it has, and by none that it had', () => {
  const held = noProviders()
  putProvider(held, record('prv_1', 'a'))
  putProvider(held, record('prv_1', 'b'))
  expect([slugs(held), held.byId.size]).toEqual([['b prv_1'], 1])
})

test('a slug that another one has taken is not lost with the one that had it', () => {
  const held = noProviders()
  putProvider(held, record('prv_1', 'a'))
  putProvider(held, record('prv_2', 'a'))
  dropProvider(held, 'prv_1')
  expect(slugs(held)).toEqual(['a prv_2'])
  dropProvider(held, 'prv_1')
  dropProvider(held, 'prv_2')
  expect([slugs(held), held.byId.size]).toEqual([[], 0])
})

test('G10 the same slug of two organizations means two providers', () => {
  const held = noProviders()
  putProvider(held, record('prv_1', 'a'))
  putProvider(held, record('prv_2', 'a', 'org_2'))
  expect([slugs(held), slugs(held, 'org_2')]).toEqual([['a prv_1'], ['a prv_2']])
})
