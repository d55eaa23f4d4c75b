import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import { Scope } from '../../keys/schema.ts'
import type { Database, Db } from '../database.ts'
import { firstTables } from './0001-first-tables.ts'

const orgA = 'org_000000000000000a'
const orgB = 'org_000000000000000b'

/** A row as the program before wrote it: columns of today are not there yet. */
const insert = (db: Db, table: string, row: Record<string, string | number | null>): Promise<unknown> =>
  sql`insert into ${sql.table(table)} (${sql.join(Object.keys(row).map((column) => sql.ref(column)))})
    values (${sql.join(Object.values(row))})`.execute(db)

const written = { created_at: 5, organization_id: orgA }
const project = { ...written, slug: 'default', name: 'Default', tier: 'development', is_default: 1 }
const server = { ...written, project_id: 'prj_a', transport: '{"type":"http","url":"https://t.test/"}', revision: 1 }
const key = { ...written, token_kind: 'k', description: '', owner_type: 'member', owner_id: 'mem_a', owner_name: 'Ada' }
const token = { ...written, phc: 'p', gate: 1, pepper_id: 'r' }
const tokens = [
  { id: 'mgt_all', member_id: 'mem_a', scopes: '["*"]' },
  { id: 'mgt_cut', member_id: 'mem_a', scopes: '["keys:read"]' },
  { id: 'mgt_not', member_id: 'mem_b', scopes: '["*"]' },
] as const
const oldScopes = {
  key_all: '{"mcp":{"enabled":true,"servers":{"mode":"all"}},"addresses":{"mode":"any"}}',
  key_some: `{"mcp":{"enabled":true,"servers":{"mode":"only","items":["srv_live"]}},"addresses":{"mode":"only","cidrs":["10.0.0.0/8"]}}`,
  key_off: '{"mcp":{"enabled":false,"servers":{"mode":"none"}},"addresses":{"mode":"any"}}',
} as const

const asBefore = async (database: Database): Promise<void> => {
  await addOrganization(database, orgA, 'a')
  await addOrganization(database, orgB, 'b')
  await database.system.transaction(async (db) => {
    for (const [id, isOperator] of [
      ['mem_a', 1],
      ['mem_b', 0],
    ] as const) {
      const member = { ...written, id, email: `${id}@x.test`, name: 'Ada', role: 'owner', is_operator: isOperator }
      await insert(db, 'members', member)
    }
    for (const row of tokens) await insert(db, 'management_tokens', { ...token, ...row, name: row.id })
    await insert(db, 'projects', { ...project, id: 'prj_a' })
    await insert(db, 'projects', { ...project, id: 'prj_more', slug: 'more', is_default: 0 })
    await insert(db, 'servers', { ...server, id: 'srv_live', slug: 'live', name: 'Live', state: 'active' })
    await insert(db, 'servers', { ...server, id: 'srv_dead', slug: 'dead', name: 'Dead', state: 'deleted' })
    for (const [id, scope] of Object.entries(oldScopes)) {
      const state = id === 'key_off' ? 'revoked' : 'active'
      await insert(db, 'keys', { ...key, id, name: id, state, scope, created_by: 'mem_a', revision: 3 })
    }
    // An organization without a default project is not to be, but must not make its keys unreadable.
    await insert(db, 'keys', {
      ...key,
      organization_id: orgB,
      id: 'key_b',
      name: 'b',
      state: 'active',
      scope: oldScopes.key_all,
      created_by: 'x',
      revision: 1,
    })
  })
}

onEachStore('what the program before has left', (_, { newPlace, openAt }) => {
  test('goes on as it did: keys in the default project, and every live server open to everyone', async () => {
    const place = await newPlace()
    const before = await openAt(place, { migrations: [firstTables], program: '0.1.0' })
    await asBefore(before)
    await before.close()
    const database = await openAt(place)
    const rows = await database.system.read(async (db) => ({
      keys: await db.selectFrom('keys').select(['id', 'scope', 'revision']).orderBy('id').execute(),
      pairs: await db.selectFrom('key_projects').select(['key_id', 'project_id']).orderBy('key_id').execute(),
      catalogs: await db.selectFrom('catalogs').selectAll().orderBy('organization_id').execute(),
      held: await db.selectFrom('catalog_servers').selectAll().execute(),
      members: await db.selectFrom('members').select(['state', 'revision']).execute(),
      projects: await db.selectFrom('projects').select(['state', 'revision']).execute(),
      tokens: await db.selectFrom('management_tokens').select(['id', 'carries_operator']).orderBy('id').execute(),
      policies: await db.selectFrom('organizations').select('mixed_environments').execute(),
    }))
    const scopes = new Map(rows.keys.map(({ id, scope }) => [id, Scope.parse(JSON.parse(scope))]))
    const llm = { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } }
    const fresh = { mixedEnvironments: null, llm, gateways: { mode: 'all' } }
    const tools = { tools: {}, toolsDefault: { mode: 'all' } }
    for (const [id, text] of Object.entries(oldScopes)) {
      const { mcp, addresses } = JSON.parse(text)
      expect(scopes.get(id)).toEqual({ ...fresh, projects: ['prj_a'], mcp: { ...mcp, ...tools }, addresses })
    }
    expect(scopes.get('key_b')).toMatchObject({ projects: [] })
    expect(rows.keys.map(({ revision }) => revision)).toEqual([4, 2, 4, 4])
    expect(rows.pairs).toEqual(['key_all', 'key_off', 'key_some'].map((key_id) => ({ key_id, project_id: 'prj_a' })))
    expect(rows.catalogs).toMatchObject(
      [orgA, orgB].map((organization_id) => ({
        organization_id,
        slug: 'everyone',
        everyone: 1,
        joined_by_new: 1,
        revision: 1,
      })),
    )
    for (const { id } of rows.catalogs) expect(id).toMatch(/^cat_[0-9A-Za-z]{16}$/)
    expect(rows.held).toEqual([{ organization_id: orgA, catalog_id: rows.catalogs[0]?.id, server_id: 'srv_live' }])
    expect(rows.members).toEqual([1, 2].map(() => ({ state: 'active', revision: 1 })))
    expect(rows.tokens.map(({ carries_operator: carries }) => carries)).toEqual([1, 0, 0])
    expect(rows.projects).toEqual([1, 2].map(() => ({ state: 'active', revision: 1 })))
    expect(rows.policies).toEqual([1, 2].map(() => ({ mixed_environments: 'refused' })))
  })

  test('an address of a member who was removed is free again, and no other', async () => {
    const database = await openAt(await newPlace())
    await addOrganization(database, orgA, 'a')
    const member = (id: string) =>
      ({ ...written, id, email: 'a@x.test', name: 'Ada', role: 'owner', is_operator: 0 }) as const
    const add = (id: string) =>
      database.system.transaction((db) => db.insertInto('members').values(member(id)).execute())
    await add('mem_1')
    await expect(add('mem_2')).rejects.toThrow()
    await database.system.transaction((db) => db.updateTable('members').set({ state: 'removed' }).execute())
    await add('mem_2')
  })
})
