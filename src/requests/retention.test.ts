import pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { orgA, orgB, prepare } from '../../test/feed-store.ts'
import { aKey, keep, noon, toolCall } from '../../test/requests-rig.ts'
import { administer, onEachStore, type Place } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { keptDays } from './owners/store.ts'
import { weekMs } from './partitions/store.ts'
import { forgetOld, hoursKeptDays, makePartitions } from './retention.ts'

const dayMs = 86_400_000

onEachStore('the life of the log of requests', (_open, { dialect, newPlace, openAt }) => {
  let place: Place
  let database: Database
  beforeEach(async () => {
    place = await newPlace()
    database = await openAt(place)
    await prepare(database)
  })
  const url = () => (place.kind === 'postgres' ? place.url : '')
  const forget = (kept: Record<string, number>, now = noon, isStopping = () => false) =>
    forgetOld({ requests: database, now: () => now, keptDays: async () => new Map(Object.entries(kept)) })(isStopping)
  const daysLeft = (organization: string, now = noon) =>
    database.system.read(async (db) => {
      const rows = await db.selectFrom('requests').select('at').where('organization_id', '=', organization).execute()
      const hours = await db
        .selectFrom('request_hours')
        .select('hour')
        .where('organization_id', '=', organization)
        .execute()
      const days = (at: number) => Math.round((now - at) / dayMs)
      return {
        rows: rows.map(({ at }) => days(at)).toSorted((one, other) => one - other),
        hours: hours.map(({ hour }) => days(hour * 3_600_000)).toSorted((one, other) => one - other),
      }
    })
  const callOf = (organization: string, daysAgo: number) =>
    toolCall(1, { organization, key: aKey, at: noon - daysAgo * dayMs })

  test('calls go after as many days as their organization keeps them, their sums after 400', async () => {
    for (const organization of [orgA, orgB])
      await keep(
        database,
        [1, 29, 31, 89, 91, 399, 402].map((days) => callOf(organization, days)),
      )
    await forget({ [orgA]: 30, [orgB]: 90 })
    expect(hoursKeptDays).toBe(400)
    const hours = [1, 29, 31, 89, 91, 399]
    expect(await daysLeft(orgA)).toEqual({ rows: [1, 29], hours })
    expect(await daysLeft(orgB)).toEqual({ rows: [1, 29, 31, 89], hours })
  })

  test('many calls of one moment go in pieces, and a control that ends leaves the rest for later', async () => {
    const old = Array.from({ length: 2500 }, (_, n) => toolCall(n + 1, { organization: orgA, at: noon - 40 * dayMs }))
    await keep(database, [...old, callOf(orgA, 1)])
    let looks = 0
    await forget({ [orgA]: 30 }, noon, () => ++looks > 0)
    expect((await daysLeft(orgA)).rows).toHaveLength(2501)
    await forget({ [orgA]: 30 })
    expect((await daysLeft(orgA)).rows).toEqual([1])
  })

  test('how long is a policy of the organization, thirty days where nobody has said so', async () => {
    await database.system.transaction((db) =>
      db.updateTable('organizations').set({ policies: '{"requestsKeptDays":7}' }).where('id', '=', orgB).execute(),
    )
    const kept = await database.system.read(keptDays)
    expect([kept.get(orgA), kept.get(orgB)]).toEqual([30, 7])
  })

  const onPostgres = test.runIf(dialect === 'postgres')
  const partitions = async () => {
    const { rows } = await administer(
      url(),
      `select relname as name from pg_class where relkind = 'r' and relname like 'requests_%' order by 1`,
    )
    return rows.map(({ name }) => String(name))
  }
  const countIn = async (table: string) =>
    Number((await administer(url(), `select count(*) from ${table}`)).rows[0]?.count)

  onPostgres('weeks are made ahead, what came before them moves in, and what is in none is kept', async () => {
    const make = makePartitions({ requests: database, now: () => noon })
    await keep(database, [callOf(orgA, 0), callOf(orgA, 200)])
    expect(await partitions()).toEqual(['requests_rest'])
    await make(() => false)
    const current = Math.floor(noon / weekMs)
    const weeks = [-1, 0, 1, 2, 3, 4].map((n) => `requests_week_${current + n}`)
    expect(await partitions()).toEqual(['requests_rest', ...weeks])
    expect(await countIn(`requests_week_${current}`)).toBe(1)
    expect(await countIn('requests_rest')).toBe(1)
    expect((await daysLeft(orgA)).rows).toEqual([0, 200])
    await make(() => false)
    expect(await partitions()).toHaveLength(7)
  })

  onPostgres('weeks are made and dropped where the login is no superuser, too', async () => {
    const fresh = await newPlace()
    const to = new URL(fresh.kind === 'postgres' ? fresh.url : '')
    const name = to.pathname.slice(1)
    const login = `${name}_login`
    await administer(
      to.href,
      `create role ${login} login createrole password 'p'; alter database ${name} owner to ${login}`,
    )
    await administer(to.href, `alter schema public owner to ${login}`)
    for (const role of ['ostiary_app', 'ostiary_system'])
      await administer(to.href, `grant ${role} to ${login} with admin option, inherit false, set true`)
    const [superuser, own] = [to.href, new URL(to.href)]
    own.username = login
    own.password = 'p'
    const weak = await openAt({ kind: 'postgres', url: own.href })
    await prepare(weak)
    await keep(weak, [callOf(orgA, 0), callOf(orgA, 200)])
    await makePartitions({ requests: weak, now: () => noon })(() => false)
    const { rows } = await administer(superuser, `select at from requests_week_${Math.floor(noon / weekMs)}`)
    expect(rows).toEqual([{ at: String(noon) }])
    const keptDays = async () => new Map([[orgA, 30]])
    await forgetOld({ requests: weak, now: () => noon + 90 * dayMs, keptDays })(() => false)
    const left = await administer(
      superuser,
      `select relname from pg_class where relname like 'requests_week_%' and relkind = 'r'`,
    )
    expect(left.rows).toHaveLength(0)
    await weak.close()
    await administer(
      superuser,
      `reassign owned by ${login} to current_user; drop owned by ${login}; drop role ${login}`,
    )
  })

  onPostgres('a week that nobody keeps any more goes whole', async () => {
    await makePartitions({ requests: database, now: () => noon })(() => false)
    await keep(database, [callOf(orgA, 0), callOf(orgB, 0)])
    const later = noon + 45 * dayMs
    await makePartitions({ requests: database, now: () => later })(() => false)
    await forget({ [orgA]: 30, [orgB]: 50 }, later)
    expect(await partitions()).toContain(`requests_week_${Math.floor(noon / weekMs)}`)
    expect(await daysLeft(orgA, later)).toMatchObject({ rows: [] })
    expect(await daysLeft(orgB, later)).toMatchObject({ rows: [45] })
    await forget({ [orgA]: 30, [orgB]: 30 }, later)
    expect(await partitions()).not.toContain(`requests_week_${Math.floor(noon / weekMs)}`)
    expect((await daysLeft(orgB, later)).rows).toEqual([])
  })

  onPostgres('two controls make and drop the same weeks at once, and neither fails', async () => {
    const make = makePartitions({ requests: database, now: () => noon })
    await Promise.all([make(() => false), make(() => false)])
    expect(await partitions()).toHaveLength(7)
    await Promise.all([forget({ [orgA]: 30 }, noon + 90 * dayMs), forget({ [orgA]: 30 }, noon + 90 * dayMs)])
    expect(await partitions()).toEqual(['requests_rest'])
  })

  onPostgres(
    'a week that somebody reads stays until the next time, and the calls of others go all the same',
    async () => {
      await makePartitions({ requests: database, now: () => noon })(() => false)
      await keep(database, [callOf(orgA, 0), callOf(orgA, 400)])
      const reader = new pg.Client({ connectionString: url() })
      await reader.connect()
      await reader.query(`begin; select count(*) from requests`)
      const later = noon + 90 * dayMs
      await expect(forget({ [orgA]: 30 }, later)).rejects.toThrow('lock timeout')
      expect((await daysLeft(orgA, later)).rows).toEqual([])
      await reader.end()
      await forget({ [orgA]: 30 }, later)
      expect(await partitions()).toEqual(['requests_rest'])
    },
  )

  onPostgres('G10 a partition leads around no policy, and only jobs make one', async () => {
    await makePartitions({ requests: database, now: () => noon })(() => false)
    await keep(database, [callOf(orgA, 0), callOf(orgB, 0), callOf(orgB, 300)])
    const week = `requests_week_${Math.floor(noon / weekMs)}`
    const asked = (role: string, text: string) =>
      administer(
        url(),
        `begin; set local role ${role}; select set_config('ostiary.org', '${orgA}', true); ${text}; rollback`,
      )
    for (const role of ['ostiary_app', 'ostiary_system'])
      for (const table of [week, 'requests_rest']) {
        await expect(asked(role, `select * from ${table}`)).rejects.toThrow('permission denied')
        await expect(asked(role, `delete from ${table}`)).rejects.toThrow('permission denied')
      }
    const { rows } = await administer(
      url(),
      `select relname, relrowsecurity and relforcerowsecurity as forced from pg_class
       where relname in ('requests', 'request_hours', 'requests_rest', '${week}')`,
    )
    expect(rows).toHaveLength(4)
    expect(rows.every(({ forced }) => forced)).toBe(true)
    const seen = await database.read(orgA, (db) => db.selectFrom('requests').select('organization_id').execute())
    expect(seen).toEqual([{ organization_id: orgA }])
    const sums = await database.read(orgA, (db) => db.selectFrom('request_hours').select('organization_id').execute())
    expect(sums).toEqual([{ organization_id: orgA }])
    await expect(asked('ostiary_app', 'select requests_add_partition(1)')).rejects.toThrow('permission denied')
    await expect(asked('ostiary_app', 'select requests_drop_partitions(1)')).rejects.toThrow('permission denied')
    await expect(asked('ostiary_app', 'select * from request_marks')).rejects.toThrow('permission denied')
  })
})
