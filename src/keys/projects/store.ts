import type { Db } from '../../db/database.ts'
import type { Tier } from '../../projects/schema.ts'
import { Scope } from '../schema.ts'

/** Ended keys open nothing any more; one that has expired may be given more time. */
const notEnded = ['active', 'suspended'] as const
/** As other things that hang on a project are shown; keys have no slug. */
export type KeyUse = { readonly id: string; readonly slug: null; readonly name: string }
type KeyUses = { readonly items: readonly KeyUse[]; readonly total: number }

export async function insertKeyProjects(
  db: Db,
  organizationId: string,
  keyId: string,
  projects: readonly string[],
): Promise<void> {
  if (projects.length === 0) return
  const rows = projects.map((project) => ({ organization_id: organizationId, key_id: keyId, project_id: project }))
  await db.insertInto('key_projects').values(rows).execute()
}

export async function deleteKeyProjects(db: Db, organizationId: string, keyId: string): Promise<void> {
  await db
    .deleteFrom('key_projects')
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .execute()
}

/** Keys that are not ended and name the project: at most `limit` of them, and how many there are. */
export async function keysOfProject(
  db: Db,
  organizationId: string,
  projectId: string,
  limit: number,
): Promise<KeyUses> {
  const found = await ofProject(db, organizationId, projectId)
    .select(['keys.id', 'keys.name'])
    .orderBy('keys.id')
    .limit(limit)
    .execute()
  const { total } = await ofProject(db, organizationId, projectId)
    .select((is) => is.fn.countAll().as('total'))
    .executeTakeFirstOrThrow()
  return { items: found.map(useOf), total: Number(total) }
}

const useOf = ({ id, name }: { readonly id: string; readonly name: string }): KeyUse => ({ id, slug: null, name })

const ofProject = (db: Db, organizationId: string, projectId: string) =>
  db
    .selectFrom('keys')
    .innerJoin('key_projects', (join) =>
      join
        .onRef('key_projects.organization_id', '=', 'keys.organization_id')
        .onRef('key_projects.key_id', '=', 'keys.id'),
    )
    .where('keys.organization_id', '=', organizationId)
    .where('key_projects.project_id', '=', projectId)
    .where('keys.state', 'in', notEnded)

const perPage = 1000
const namedAtMost = 100

/**
 * Keys that are not ended and would hold projects of different tiers, against the policy, if this one had `tier`: some of
 * them, and how many there are. Step by step along indexes: of one statement for all, PostgreSQL that has not counted
 * its rows yet makes a loop over every pair of keys.
 */
export async function keysMixedBy(db: Db, organizationId: string, projectId: string, tier: Tier): Promise<KeyUses> {
  const others = await ofOtherTiers(db, organizationId, projectId, tier)
  if (others.size === 0) return { items: [], total: 0 }
  const isRefused = await refusesMixed(db, organizationId)
  const items: KeyUse[] = []
  let total = 0
  for (let after = ''; ; ) {
    const page = await keyIdsOf(db, organizationId, projectId, after)
    const pairs = page.length > 0 ? await projectsOf(db, organizationId, page) : []
    const beside = new Set(pairs.filter((pair) => others.has(pair.project_id)).map((pair) => pair.key_id))
    const mixed = beside.size > 0 ? (await liveOf(db, organizationId, [...beside])).filter(isRefused) : []
    total += mixed.length
    items.push(...mixed.slice(0, namedAtMost - items.length).map(useOf))
    const last = page.at(-1)
    if (page.length < perPage || last === undefined) return { items, total }
    after = last
  }
}

async function ofOtherTiers(db: Db, organizationId: string, projectId: string, tier: Tier): Promise<Set<string>> {
  const rows = await db
    .selectFrom('projects')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .where('tier', '!=', tier)
    .where('id', '!=', projectId)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

async function refusesMixed(db: Db, organizationId: string): Promise<(key: { readonly scope: string }) => boolean> {
  const { mixed_environments: policy } = await db
    .selectFrom('organizations')
    .select('mixed_environments')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow()
  return ({ scope }) => policy === 'refused' || Scope.parse(JSON.parse(scope)).mixedEnvironments === null
}

async function keyIdsOf(db: Db, organizationId: string, projectId: string, after: string): Promise<string[]> {
  const rows = await db
    .selectFrom('key_projects')
    .select('key_id')
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('key_id', '>', after)
    .orderBy('key_id')
    .limit(perPage)
    .execute()
  return rows.map((row) => row.key_id)
}

const projectsOf = (db: Db, organizationId: string, keyIds: readonly string[]) =>
  db
    .selectFrom('key_projects')
    .select(['key_id', 'project_id'])
    .where('organization_id', '=', organizationId)
    .where('key_id', 'in', keyIds)
    .execute()

const liveOf = (db: Db, organizationId: string, keyIds: readonly string[]) =>
  db
    .selectFrom('keys')
    .select(['id', 'name', 'scope'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', keyIds)
    .where('state', 'in', notEnded)
    .orderBy('id')
    .execute()

/** How many keys the owner has that are not ended. */
export async function liveKeysOfOwner(db: Db, organizationId: string, ownerId: string): Promise<number> {
  const { total } = await db
    .selectFrom('keys')
    .select((is) => is.fn.countAll().as('total'))
    .where('organization_id', '=', organizationId)
    .where('owner_id', '=', ownerId)
    .where('state', 'in', notEnded)
    .executeTakeFirstOrThrow()
  return Number(total)
}
