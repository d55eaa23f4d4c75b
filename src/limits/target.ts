import type { Db } from '../db/database.ts'
import { knownForm, type Refs } from '../http/lists.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { LimitDeps, Named } from './deps.ts'
import type { Target, TargetInput, TargetType } from './schema.ts'
import { keysCalled } from './store.ts'

type Deps = Pick<LimitDeps, 'ownerOf' | 'owners' | 'projects' | 'servers' | 'providers'>

/** What the limit is to be about: somebody or something that is there now. Tools and models may come later. */
export async function targetOf(
  deps: Deps,
  db: Db,
  organizationId: string,
  { type, id, name }: TargetInput,
): Promise<Result<Target>> {
  const isPart = type === 'tool' || type === 'model'
  if (isPart && name === undefined) return wrong('/target/name', `must name the ${type}`)
  if (!isPart && name !== undefined) return wrong('/target/name', 'is for tools and models')
  if (type === 'organization')
    return id === undefined || id === organizationId
      ? ok({ type, id: organizationId, name: null })
      : wrong('/target/id', 'is another organization: leave it out')
  const thing = wholeOf(type)
  if (id === undefined) return wrong('/target/id', `must name the ${thing}`)
  const found = knownForm(id) === '' ? null : await find(deps, db, organizationId, thing, id)
  if (found === null) return wrong('/target/id', `there is no such ${thing}`)
  return ok({ type, id: found, name: name ?? null })
}

type Whole = Exclude<TargetType, 'organization' | 'tool' | 'model'>
const wholeOf = (type: Exclude<TargetType, 'organization'>): Whole =>
  type === 'tool' ? 'server' : type === 'model' ? 'provider' : type

async function find(deps: Deps, db: Db, organizationId: string, thing: Whole, id: string): Promise<string | null> {
  const named = async (resolve: Deps['servers']) => (await resolve(db, organizationId, [id])).get(id)?.id ?? null
  switch (thing) {
    case 'member':
    case 'team':
    case 'app':
      return (await deps.ownerOf(db, organizationId, { type: thing, id }))?.id ?? null
    case 'key':
      return (await keysCalled(db, organizationId, [id])).has(id) ? id : null
    case 'project':
      return named(deps.projects)
    case 'server':
      return named(deps.servers)
    case 'provider':
      return named(deps.providers)
  }
}

export const wrong = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer}: ${detail}.`, errors: [{ pointer, detail }] })

/** Names of what limits are about. */
export async function refsOf(
  deps: Deps,
  db: Db,
  organizationId: string,
  targets: readonly Pick<Target, 'type' | 'id'>[],
): Promise<Refs> {
  const idsOf = (...types: readonly TargetType[]): string[] => [
    ...new Set(targets.filter(({ type }) => types.includes(type)).map(({ id }) => id)),
  ]
  const refs: Refs = {}
  const kinds = [
    [deps.owners, idsOf('member', 'team', 'app')],
    [deps.projects, idsOf('project')],
    [deps.servers, idsOf('server', 'tool')],
    [deps.providers, idsOf('provider', 'model')],
  ] as const
  for (const [resolve, ids] of kinds) {
    const found: Iterable<Named> = ids.length > 0 ? (await resolve(db, organizationId, ids)).values() : []
    for (const { id, slug, name } of found) refs[id] = { slug, name }
  }
  for (const [id, { name }] of await keysCalled(db, organizationId, idsOf('key'))) refs[id] = { slug: null, name }
  return refs
}
