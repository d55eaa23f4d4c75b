import { access, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import { checksumOf, compareVersions } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import type { Migration } from './migrations/dialect.ts'

const one = 'org_0000000000000001'
const next: Migration = {
  name: '0003-nicknames',
  minProgram: '9.4.0',
  statements: () => ['alter table members add column nickname text', 'create index nicknames on members (nickname)'],
}
const broken: Migration = {
  name: '0003-broken',
  minProgram: '0.1.0',
  statements: () => ['alter table members add column nickname text', 'create index oops on nowhere (id)'],
}

onEachStore('migrations', (_, { dialect, newPlace, openAt }) => {
  test('a database that needs a newer program is refused, with the way back', async () => {
    const place = await newPlace()
    await (await openAt(place)).close()
    await (await openAt(place, { migrations: [...migrations, next], program: '9.4.0' })).close()
    const refused = openAt(place, { program: '0.3.9' })
    await expect(refused).rejects.toThrow('needs Ostiary 9.4.0 or newer and this is 0.3.9')
    await expect(refused).rejects.toThrow(
      dialect === 'sqlite' ? 'ostiary.db.before-0003-nicknames' : 'restore the backup',
    )
  })

  test('a database that is newer but still works with this program is opened', async () => {
    const place = await newPlace()
    const compatible = { ...next, minProgram: '0.1.0' }
    await (await openAt(place, { migrations: [...migrations, compatible] })).close()
    const database = await openAt(place)
    await addOrganization(database, one, 'one')
  })

  test('a migration whose text differs from the one that ran is refused', async () => {
    const place = await newPlace()
    await (await openAt(place)).close()
    const [first = next] = migrations
    const edited = { ...first, statements: () => ['create table something (else_ text)'] }
    await expect(openAt(place, { migrations: [edited] })).rejects.toThrow('another text of migration 0001-first-tables')
  })

  test('a migration that fails leaves the database as it was', async () => {
    const place = await newPlace()
    const before = await openAt(place)
    await addOrganization(before, one, 'one')
    await before.close()
    await expect(openAt(place, { migrations: [...migrations, broken] })).rejects.toThrow('nowhere')
    const database = await openAt(place)
    const nickname = database.system.read((db) => sql`select nickname from members`.execute(db))
    await expect(nickname).rejects.toThrow('nickname')
    await database.close()
    await (await openAt(place, { migrations: [...migrations, next], program: '9.4.0' })).close()
  })

  test.runIf(dialect === 'postgres')('several controls that start at once migrate once', async () => {
    const place = await newPlace()
    const all = await Promise.all([1, 2, 3].map(() => openAt(place)))
    const applied = await Promise.all(
      all.map((database) => database.system.read((db) => db.selectFrom('organizations').select('id').execute())),
    )
    expect(applied).toEqual([[], [], []])
  })

  test.runIf(dialect === 'sqlite')('a whole copy that only its owner can read precedes the first change', async () => {
    const place = await newPlace()
    const file = place.kind === 'sqlite' ? place.file : ''
    const before = await openAt(place)
    await addOrganization(before, one, 'one')
    await before.close()
    await expect(access(`${file}.before-0001-first-tables`)).rejects.toThrow('ENOENT')
    await (await openAt(place, { migrations: [...migrations, next], program: '9.4.0' })).close()
    const copy = `${file}.before-0003-nicknames`
    for (const each of [file, copy]) expect((await stat(each)).mode & 0o777).toBe(0o600)
    const opened = new DatabaseSync(copy, { readOnly: true })
    expect(opened.prepare('select slug from organizations').all()).toEqual([{ slug: 'one' }])
    expect(opened.prepare("select name from pragma_table_info('members') where name = 'nickname'").all()).toEqual([])
    opened.close()
  })
})

test('the checksum sees what runs, not how it is laid out', () => {
  const spaced = {
    ...next,
    statements: () => next.statements('sqlite').map((text) => `  ${text.replaceAll(' ', '\n  ')}`),
  }
  expect(checksumOf(spaced)).toBe(checksumOf(next))
  expect(checksumOf(broken)).not.toBe(checksumOf(next))
})

test('versions compare by number', () => {
  expect(compareVersions('0.10.0', '0.9.9')).toBeGreaterThan(0)
  expect(compareVersions('1.0.0', '1.0.0-beta.1')).toBe(0)
  expect(compareVersions('0.1.0', '0.1.1')).toBeLessThan(0)
})

test('names are numbered in the order in which they run', () => {
  expect(migrations.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name).toSorted())
  for (const { name, minProgram } of migrations)
    expect(`${name} ${minProgram}`).toMatch(/^\d{4}-[a-z-]+ \d+\.\d+\.\d+$/)
})
