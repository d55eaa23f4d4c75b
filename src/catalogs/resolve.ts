import type { Db } from '../db/database.ts'
import { knownForm, type Refs } from '../http/lists.ts'
import { memberId } from '../people/schema.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import { type Content, emptyContent, type Kind, kinds } from './content/store.ts'
import type { CatalogDeps } from './deps.ts'
import type { CatalogPatch } from './schema.ts'

type Errors = NonNullable<Problem['errors']>[number][]

const pointerOf: Readonly<Record<Kind, string>> = {
  servers: '/servers',
  providers: '/providers',
  teams: '/audience/teams',
  members: '/audience/members',
}
const nounOf: Readonly<Record<Kind, string>> = {
  servers: 'server',
  providers: 'provider',
  teams: 'team',
  members: 'member',
}
const errorsAtMost = 100

/** What was said, kind by kind: ids where it was named, undefined where nothing was said, which is not the same as nobody. */
export type Said = { readonly [kind in Kind]: readonly string[] | undefined }

export const saidIn = ({ servers, providers, audience }: Omit<CatalogPatch, 'slug' | 'name' | 'managedBy'>): Said => ({
  servers: servers === null ? [] : servers,
  providers: providers === null ? [] : providers,
  // A present audience is the whole of it, and null is nobody.
  teams: audience === undefined ? undefined : (audience?.teams ?? []),
  members: audience === undefined ? undefined : (audience?.members ?? []),
})

/** The ids of what was said; what nobody said stays as it is `now`. Unknown and foreign names are refused alike. */
export async function resolveContent(
  { resolve }: Pick<CatalogDeps, 'resolve'>,
  db: Db,
  organizationId: string,
  said: Said,
  now: Content = emptyContent,
): Promise<Result<Content>> {
  const errors: Errors = []
  const content: Record<Kind, readonly string[]> = { ...now }
  for (const kind of kinds) {
    const names = said[kind]?.map((name) => (kind === 'members' ? memberForm(name) : knownForm(name)))
    if (names === undefined) continue
    const found = await resolve[kind](db, organizationId, [...new Set(names)].filter(Boolean))
    const ids = names.map((name, i) => {
      const id = found.get(name)?.id
      if (id === undefined) errors.push({ pointer: `${pointerOf[kind]}/${i}`, detail: `names no ${nounOf[kind]}` })
      return id
    })
    content[kind] = [...new Set(ids.filter((id) => id !== undefined))].toSorted()
  }
  if (errors.length === 0) return ok(content)
  return refuse('invalid', {
    detail: `${errors.length === 1 ? 'One name leads' : `${errors.length} names lead`} nowhere; see errors.`,
    errors: errors.slice(0, errorsAtMost),
  })
}

/** People have no slug. */
const memberForm = (name: string): string => (memberId.safeParse(name).success ? name : '')

/** Slug and name of all that stands in these catalogs. */
export async function refsOf(
  { resolve }: Pick<CatalogDeps, 'resolve'>,
  db: Db,
  organizationId: string,
  contents: readonly Content[],
): Promise<Refs> {
  const refs: Refs = {}
  for (const kind of kinds) {
    const ids = [...new Set(contents.flatMap((content) => content[kind]))]
    const found = ids.length === 0 ? [] : (await resolve[kind](db, organizationId, ids)).values()
    for (const { id, slug, name } of found) refs[id] = { slug, name }
  }
  return refs
}
