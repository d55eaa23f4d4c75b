import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import { liveNamed, named } from './named.ts'

const [orgA, orgB] = ['org_000000000000000a', 'org_000000000000000b']
const lookups = [
  ...(['projects', 'teams', 'servers', 'providers', 'apps'] as const).map((table) => [table, liveNamed] as const),
  ['catalogs', named] as const,
]

onEachStore('rows by id or slug', (open, { dialect }) => {
  test('are the live ones of the organization, whichever of both was said', async () => {
    const database = await open()
    await addOrganization(database, orgA, 'a')
    await addOrganization(database, orgB, 'b')
    const team = (organization_id: string, id: string, slug: string, state: 'active' | 'deleted' = 'active') =>
      ({ organization_id, id, slug, name: id, state, created_at: 1, revision: 1 }) as const
    const rows = [
      team(orgA, 'tem_1', 'one'),
      team(orgA, 'tem_2', 'two'),
      team(orgA, 'tem_3', 'tem_3', 'deleted'),
      team(orgB, 'tem_4', 'one'),
    ]
    await database.system.transaction((db) => db.insertInto('teams').values(rows).execute())
    const names = ['tem_1', 'two', 'tem_3', 'tem_4', 'none']
    const found = (organizationId: string) =>
      database.system.read((db) =>
        db.selectFrom('teams').select('id').where(liveNamed(organizationId, names)).orderBy('id').execute(),
      )
    expect(await found(orgA)).toEqual([{ id: 'tem_1' }, { id: 'tem_2' }])
    expect(await found(orgB)).toEqual([{ id: 'tem_4' }])
  })

  test.runIf(dialect === 'sqlite')(
    'are searched by an index in both branches, not by reading the organization',
    async () => {
      const database = await open()
      for (const [table, lookup] of lookups) {
        const query = sql<{ detail: string }>`explain query plan select name from ${sql.table(table)}
        where ${lookup(orgA, ['a', 'b'])}`
        const { rows } = await database.system.read((db) => query.execute(db))
        expect([table, rows.filter(({ detail }) => detail.startsWith('SEARCH')).map(({ detail }) => detail)]).toEqual([
          table,
          [
            expect.stringMatching(/\(organization_id=\? AND id=\?\)/),
            expect.stringMatching(/\(organization_id=\? AND slug=\?\)/),
          ],
        ])
      }
    },
  )
})
