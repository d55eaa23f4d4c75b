import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import {
  namesOfFormerKeys,
  namesOfKeys,
  numberedNames,
  partsOfNames,
} from '../../src/db/migrations/0003-names-of-keys.data.ts'
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
  await withoutNames(place, database, () =>
    insertKeys(database, seeded, count, (done) => {
      if (done % 50_000 === 0 || done === count) say(`${done} of ${count} keys`)
    }),
  )
}

/** The names at once at the end, as an upgrade writes them, and not with each key. */
async function withoutNames(place: Place, database: Database, work: () => Promise<void>): Promise<void> {
  if (place.kind === 'postgres') {
    const asOwner = (statement: string) => administer(place.url, statement)
    for (const each of ['alter table keys disable trigger user', 'drop index key_names_parts']) await asOwner(each)
    await work()
    for (const each of [namesOfFormerKeys, partsOfNames, 'alter table keys enable trigger user', 'vacuum analyze'])
      await asOwner(each)
    return
  }
  const run = (statement: RawBuilder<unknown>) => database.system.transaction((db) => statement.execute(db))
  // More than the writer has otherwise: a million random places in a dozen indexes.
  await run(sql`pragma cache_size = -600000`)
  await run(sql`drop trigger keys_named`)
  await work()
  for (const each of [...numberedNames, keysNamed]) await run(sql.raw(each))
}

/** As the migration makes it. */
const keysNamed = namesOfKeys.sqlite.find((text) => text.startsWith('create trigger keys_named')) ?? ''
