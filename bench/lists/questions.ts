/** What is asked of a long list, by whom. Names and tags as test/many-keys.ts makes them. */
export type Question = {
  readonly name: string
  readonly as: 'owner' | 'member'
  readonly query: Record<string, string>
}

const sorts = ['name', 'owner', 'status', 'createdAt', 'expiresAt', 'lastUsedAt', 'requests']
const owner = (name: string, query: Record<string, string>): Question => ({ name, as: 'owner', query })
const member = (name: string, query: Record<string, string>): Question => ({ name, as: 'member', query })

export const pagesOfSorts: readonly Question[] = sorts.flatMap((sort) => [
  owner(`sort ${sort}`, { sort }),
  owner(`sort -${sort}`, { sort: `-${sort}` }),
])

export const searches: readonly Question[] = [
  owner('search, 1 of a million', { search: '0012345' }),
  owner('search, some hundreds', { search: '01234' }),
  owner('search, some thousands', { search: '123', sort: 'name' }),
  owner('search, one in a hundred', { search: 'billing agent' }),
  owner('search, one in four', { search: 'production' }),
  owner('search, one in four, from the far end', { search: 'production', sort: '-name' }),
  owner('search, rare words of common parts', { search: 'ing api 00', sort: 'requests' }),
  owner('search, nothing', { search: 'nothing like it' }),
  owner('search, signs', { search: '-=-' }),
  owner('search, two letters', { search: 'pr', sort: '-lastUsedAt' }),
]

export const filters: readonly Question[] = [
  owner('status revoked', { status: 'revoked' }),
  owner('status expired', { status: 'expired', sort: 'name' }),
  owner('tag, common', { tag: 'tag-0' }),
  owner('tag, rare', { tag: 'tag-55', sort: '-requests' }),
  owner('project', { project: 'project-3', sort: 'name' }),
  owner('server', { server: 'server-3' }),
  owner('app', { app: 'app-77' }),
  owner('expiring within 30 days', { expiring: '30', sort: 'expiresAt' }),
  owner('unused for a year', { unused: '365' }),
  owner('status, tag and search', { status: 'revoked', tag: 'tag-0', search: 'bill', sort: '-lastUsedAt' }),
]

export const ofMember: readonly Question[] = [
  member('own keys', {}),
  member('own keys, most used first', { sort: '-requests' }),
  member('own keys, search', { search: 'billing' }),
]
