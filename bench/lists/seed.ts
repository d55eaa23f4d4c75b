import { sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import { namesOfFormerKeys, namesOfKeys, numberedNames } from '../../src/db/migrations/0003-names-of-keys.data.ts'
import type { Keyring } from '../../test/keyring.ts'
import { insertKeys } from '../../test/many-keys.ts'
import { administer, type Place } from '../../test/stores.ts'

const counts = { projects: 20, servers: 40, members: 4000, teams: 200, apps: 500 } as const

/** A company: few people have many keys, most have some. Says how far it is. */
export async function seed(place: Place, ring: Keyring, count: number, say: (text: string) => void): Promise<void> {
  const { database } = ring.keyDeps
  const { organizationId } = ring.owner
  const projects: string[] = []
  for (let n = 0; n < counts.projects; n += 1) projects.push(await ring.rows.project(`project-${n}`))
  const projectOf = (n: number) => projects[n % projects.length] ?? ''
  const servers: { id: string; project: string }[] = []
  for (let n = 0; n < counts.servers; n += 1)
    servers.push({ id: await ring.rows.server(`server-${n}`, projectOf(n)), project: projectOf(n) })
  const members: string[] = []
  for (let n = 0; n < counts.members; n += 1) members.push((await ring.addMember('member')).memberId)
  const teams: string[] = []
  for (let n = 0; n < counts.teams; n += 1)
    teams.push(await ring.rows.team(`team-${n}`, members.slice(n * 7, n * 7 + 9)))
  const apps: string[] = []
  for (let n = 0; n < counts.apps; n += 1) {
    const owner = { type: 'team', id: teams[n % teams.length] ?? '' } as const
    apps.push(await ring.rows.app(`app-${n}`, projectOf(n), owner))
  }
  const named = (type: 'member' | 'team' | 'app', ids: readonly string[]) =>
    ids.map((id, n) => ({ type, id, name: `${type} ${n}` }))
  const owners = [...named('member', members), ...named('team', teams), ...named('app', apps)]
  const seeded = { organizationId, owners, servers, now: ring.clock.now() }
  await withoutIndexes(place, database, () =>
    insertKeys(
      database,
      seeded,
      count,
      (done) => {
        if (done % 50_000 === 0 || done === count) say(`${done} of ${count} keys`)
      },
      perCommit,
    ),
  )
}

const perCommit = 5000

/** Indexes, and the names of keys, at once at the end: row by row each would be a write at a random place. */
export async function withoutIndexes(place: Place, database: Database, work: () => Promise<void>): Promise<void> {
  const run = (statement: string): Promise<unknown> =>
    place.kind === 'postgres'
      ? administer(place.url, statement)
      : database.system.transaction((db) => sql.raw(statement).execute(db))
  const isSqlite = place.kind === 'sqlite'
  const indexes = await indexesOf(place, database)
  // More than the writer has otherwise.
  await run(isSqlite ? 'pragma cache_size = -600000' : 'alter table keys disable trigger user')
  if (isSqlite) await run('drop trigger keys_named')
  for (const { name } of indexes) await run(`drop index ${name}`)
  await work()
  for (const each of isSqlite ? [...numberedNames, keysNamed] : [namesOfFormerKeys]) await run(each)
  for (const { made } of indexes) await run(made)
  if (!isSqlite) for (const each of ['alter table keys enable trigger user', 'vacuum analyze']) await run(each)
}

/** As the migration makes it. */
const keysNamed = namesOfKeys.sqlite.find((text) => text.startsWith('create trigger keys_named')) ?? ''

const tables = ['keys', 'key_names', 'key_tags', 'key_servers', 'key_projects', 'secret_versions']
type Index = { readonly name: string; readonly made: string }

/** Those that are no constraint. */
async function indexesOf(place: Place, database: Database): Promise<Index[]> {
  const list = tables.map((name) => `'${name}'`).join(', ')
  const found = isFile(place)
    ? `select name, sql as made from sqlite_master where type = 'index' and sql is not null and tbl_name in (${list})`
    : `select indexname as name, indexdef as made from pg_indexes where tablename in (${list})
       and indexname not in (select conname from pg_constraint)`
  return (await database.system.read((db) => sql.raw<Index>(found).execute(db))).rows
}
const isFile = ({ kind }: Place): boolean => kind === 'sqlite'
