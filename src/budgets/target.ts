import type { Db } from '../db/database.ts'
import { knownForm, type Refs } from '../http/lists.ts'
import type { Target, TargetInput } from '../limits/schema.ts'
import { keysCalled } from '../limits/store.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { BudgetDeps } from './deps.ts'
import { budgetTargets } from './schema.ts'

type Deps = Pick<BudgetDeps, 'ownerOf' | 'projects' | 'owners'>

/** Whose the budget is to be: somebody or something that is there now. */
export async function targetOf(
  deps: Deps,
  db: Db,
  organizationId: string,
  { type, id, name }: TargetInput,
): Promise<Result<Target>> {
  const kind = budgetTargets.find((each) => each === type)
  if (kind === undefined) return wrong('/target/type', `must be one of ${budgetTargets.join(', ')}`)
  if (name !== undefined) return wrong('/target/name', 'is for limits of tools and models')
  if (kind === 'organization')
    return id === undefined || id === organizationId
      ? ok({ type, id: organizationId, name: null })
      : wrong('/target/id', 'is another organization: leave it out')
  if (id === undefined) return wrong('/target/id', `must name the ${type}`)
  const found = knownForm(id) === '' ? null : await find(deps, db, organizationId, kind, id)
  return found === null ? wrong('/target/id', `there is no such ${type}`) : ok({ type, id: found, name: null })
}

async function find(
  deps: Deps,
  db: Db,
  organizationId: string,
  type: Exclude<(typeof budgetTargets)[number], 'organization'>,
  id: string,
): Promise<string | null> {
  if (type === 'project') return (await deps.projects(db, organizationId, [id])).get(id)?.id ?? null
  if (type === 'key') return (await keysCalled(db, organizationId, [id])).has(id) ? id : null
  return (await deps.ownerOf(db, organizationId, { type, id }))?.id ?? null
}

const wrong = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer}: ${detail}.`, errors: [{ pointer, detail }] })

/** Names of what budgets are about. */
export async function refsOf(
  deps: Deps,
  db: Db,
  organizationId: string,
  targets: readonly Pick<Target, 'type' | 'id'>[],
): Promise<Refs> {
  const idsOf = (...types: readonly Target['type'][]): string[] => [
    ...new Set(targets.filter(({ type }) => types.includes(type)).map(({ id }) => id)),
  ]
  const refs: Refs = {}
  const [owners, projects, keys] = [idsOf('member', 'team', 'app'), idsOf('project'), idsOf('key')]
  const named = [
    ...(owners.length > 0 ? await deps.owners(db, organizationId, owners) : []),
    ...(projects.length > 0 ? await deps.projects(db, organizationId, projects) : []),
  ]
  for (const [, { id, slug, name }] of named) refs[id] = { slug, name }
  for (const [id, { name }] of await keysCalled(db, organizationId, keys)) refs[id] = { slug: null, name }
  return refs
}
