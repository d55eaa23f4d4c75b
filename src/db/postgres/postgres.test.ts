import { CompiledQuery } from 'kysely'
import { expect, inject, test } from 'vitest'
import { addOrganization, administer, onEachStore, silent } from '../../../test/stores.ts'
import { announce } from '../changes.ts'
import type { Database } from '../database.ts'
import { openDatabase } from '../open.ts'
import { openPostgres } from './connections.ts'
import { openingOf } from './opening.ts'
import { proveIsolation } from './probe.ts'

const one = 'org_0000000000000001'

test('a unit of work opens with one message, in which nothing outlives the transaction', () => {
  expect(openingOf({ access: 'read', as: { organizationId: one }, limitMs: null })).toBe(
    `begin isolation level repeatable read read only; set local role ostiary_app; select set_config('ostiary.org', '${one}', true)`,
  )
  const write = openingOf({ access: 'write', as: 'system', limitMs: 5_000 })
  expect(write).toMatch(/^begin; set local role ostiary_system; select set_config/)
  expect(write.match(/set_config\(/g)).toHaveLength(write.match(/, true\)/g)?.length ?? 0)
})

onEachStore('row-level security', (_, { dialect, newPlace, openAt }) => {
  const promise = test.runIf(dialect === 'postgres')
  const placeUrl = async () => {
    const place = await newPlace()
    return { place, url: place.kind === 'postgres' ? place.url : '' }
  }

  promise('G10 is forced on every table of an organization, with a policy for each role', async () => {
    const { place, url } = await placeUrl()
    await openAt(place)
    const { rows } = await administer(
      url,
      `select c.relname as "table", c.relrowsecurity and c.relforcerowsecurity as forced,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
         exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id') as tenant,
         exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
           and (select attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id') = any (i.indkey)) as keyed
       from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
    )
    expect(rows.length).toBeGreaterThan(15)
    const open = rows.filter(({ forced }) => !forced).map(({ table }) => table)
    // Of the installation: no tenant's role has a grant on them that would show anything.
    expect(open).toEqual(['installation', 'migrations', 'request_marks', 'usage_marks'])
    for (const row of rows.filter(({ tenant }) => tenant)) expect(row).toMatchObject({ policies: 2, keyed: true })
  })

  promise('G10 a connection shows nothing before an organization is named, nor after', async () => {
    const { place, url } = await placeUrl()
    const database = await openAt(place)
    await addOrganization(database, one, 'one')
    const connections = openPostgres(url, silent)
    const count = async (setting: string) => {
      const session = await connections.open({ access: 'read', as: 'owner', limitMs: null })
      await session.query(CompiledQuery.raw(`set local role ostiary_app; ${setting}`))
      const { rows } = await session.query(CompiledQuery.raw('select id from organizations'))
      await session.rollback()
      return rows.length
    }
    expect(await count('select 1')).toBe(0)
    expect(await count(`select set_config('ostiary.org', '${one}', true)`)).toBe(1)
    expect(await count('select 1')).toBe(0)
    await connections.close()
  })

  promise('G10 a database whose policies are off is not opened', async () => {
    const { place, url } = await placeUrl()
    await (await openAt(place)).close()
    for (const damage of [
      'alter table organizations disable row level security',
      'alter table organizations enable row level security; create policy leak on organizations to ostiary_app using (true)',
    ]) {
      await administer(url, damage)
      await expect(openAt(place)).rejects.toThrow('row-level security is off')
    }
    const connections = openPostgres(url, silent)
    await expect(proveIsolation(connections)).rejects.toThrow('row-level security is off')
    await connections.close()
    expect((await administer(url, 'select id from organizations')).rows).toEqual([])
  })

  promise('a login that is no superuser owns the tables and is held by the policies too', async () => {
    const { url } = await placeUrl()
    const name = new URL(url).pathname.slice(1)
    const login = `${name}_login`
    await administer(
      url,
      `create role ${login} login createrole password 'p'; alter database ${name} owner to ${login}`,
    )
    await administer(url, `alter schema public owner to ${login}`)
    for (const role of ['ostiary_app', 'ostiary_system'])
      await administer(url, `grant ${role} to ${login} with admin option, inherit false, set true`)
    const own = new URL(url)
    own.username = login
    own.password = 'p'
    const database = await openAt({ kind: 'postgres', url: own.href })
    await addOrganization(database, one, 'one')
    expect((await administer(own.href, 'select id from organizations')).rows).toEqual([])
    expect(await database.read(one, (db) => db.selectFrom('organizations').select('id').execute())).toEqual([
      { id: one },
    ])
    await database.close()
    await administer(url, `reassign owned by ${login} to current_user; drop owned by ${login}; drop role ${login}`)
  })

  promise('a login that may not create what it needs is told so', async () => {
    const { url } = await placeUrl()
    const login = `${new URL(url).pathname.slice(1)}_weak`
    await administer(url, `create role ${login} login password 'p'; grant create on schema public to ${login}`)
    const own = new URL(url)
    own.username = login
    own.password = 'p'
    await expect(openDatabase({ kind: 'postgres', url: own.href }, silent)).rejects.toThrow('let it create roles')
    await administer(url, `drop owned by ${login}; drop role ${login}`)
  })
})

onEachStore('connections', (_, { dialect, newPlace, openAt }) => {
  const promise = test.runIf(dialect === 'postgres')
  const endBackends = (url: string) =>
    administer(
      inject('postgresUrl'),
      `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${new URL(url).pathname.slice(1)}'`,
    )

  promise(
    'may all be lost at any time: the process lives, the next unit of work and the next news come through',
    async () => {
      const place = await newPlace()
      const url = place.kind === 'postgres' ? place.url : ''
      const [database, other] = [await openAt(place), await openAt(place)]
      await addOrganization(database, one, 'one')
      await endBackends(url)
      // The pool learns of a loss when the socket says so; until then a unit of work may still meet a dead connection.
      await expect.poll(() => organizationsIn(database).catch(() => 'lost')).toEqual([{ id: one }])
      await expect.poll(() => organizationsIn(other).catch(() => 'lost')).toEqual([{ id: one }])
      let news = 0
      other.onCommit(() => {
        news += 1
      })
      await expect
        .poll(async () => {
          await database.transaction(one, (db) => announce(db, one, { kind: 'key', id: 'key_1', at: 1 }))
          return news
        })
        .toBeGreaterThan(0)
    },
  )

  promise('a statement that hangs is cut by the server as well, and the connection serves again', async () => {
    const database = await openAt(await newPlace(), { transactionLimitMs: 50 })
    const hanging = database.system.transaction((db) => db.executeQuery(CompiledQuery.raw('select pg_sleep(600)')))
    await expect(hanging).rejects.toThrow(/more than 50 ms|statement timeout/)
    // Closing waits until the connection has been given back.
    expect(await organizationsIn(database)).toEqual([])
    await database.close()
  })
})

const organizationsIn = (database: Database) =>
  database.read(one, (db) => db.selectFrom('organizations').select('id').execute())
