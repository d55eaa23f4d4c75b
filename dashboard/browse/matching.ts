import type { MyCatalog } from '../../src/access/schema.ts'

export type CatalogServer = MyCatalog['items'][number]
export type CatalogProvider = MyCatalog['providers'][number]

/** What is typed may be in a name, a slug, or the name of a tool or model. */
export const matches = (words: readonly string[], search: string): boolean => {
  const asked = search.trim().toLowerCase()
  return asked === '' || words.some((word) => word.toLowerCase().includes(asked))
}
export const wordsOfServer = ({ name, slug, tools }: CatalogServer): string[] => [
  name,
  slug,
  ...(tools ?? []).map((tool) => tool.name),
]
export const wordsOfProvider = ({ name, slug, models }: CatalogProvider): string[] => [
  name,
  slug,
  ...models.flatMap(({ id, aliases = [] }) => [id, ...aliases]),
]
