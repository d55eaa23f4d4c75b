import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { addOrganization, administer, onEachStore } from '../../../../test/stores.ts'
import { intendDue } from './intend.ts'
const day = 86_400_000, org = 'org_000000000000000a', N = 1_000_000
onEachStore('scale', (_o, { newPlace, openAt, dialect }) => {
  test('x', { timeout: 500_000 }, async () => {
    const place = await newPlace()
    let database = await openAt(place)
    await addOrganization(database, org, 'a')
    await database.close()
    let now = Date.parse('2026-01-01T00:00:00Z')
    const columns = `organization_id,id,token_kind,name,description,owner_type,owner_id,owner_name,state,scope,max_staleness_seconds,expires_at,created_at,created_by,revoked_at,revision,metadata,tags,secret_made_at,rotation,rotation_due_at`
    const select = (n: string, pad: string) => `select '${org}', 'key_' || ${pad}, 'k', 'Bot', '', 'member', 'mem_1', 'Ada', 'active', '{}', null, null, 1, 'mem_1', null, 1, '{}', '[]', 1,
      case when ${n} % 5 = 0 then '{"everyDays":30,"deliverTo":null,"graceSeconds":0}' when ${n} % 5 = 1 then '{"everyDays":30,"deliverTo":"whk_1","graceSeconds":0}' end, case when ${n} % 5 = 0 then ${now} + (${n} % 300 - 100) * cast(${day} as bigint) + ${n} when ${n} % 5 = 1 then ${now} + (${n} % 300 + 1) * cast(${day} as bigint) end`
    if (place.kind === 'sqlite') {
      const db = new DatabaseSync(place.file)
      for (const { name } of db.prepare("select name from sqlite_master where type='trigger' and tbl_name='keys'").all() as { name: string }[]) db.exec(`drop trigger ${name}`)
      db.exec('pragma cache_size=-400000; pragma foreign_keys=off; begin')
      db.exec(`with recursive s(n) as (select 1 union all select n+1 from s where n < ${N}) insert into keys (${columns}) ${select('n', "printf('%016d', n)")} from s`)
      db.exec(`insert into key_warnings select organization_id, id, 'rotation', rotation_due_at, 0, 1 from keys where rotation_due_at <= ${now}`)
      db.exec('commit'); db.close()
    } else {
      await administer(place.url, 'alter table keys disable trigger user')
      await administer(place.url, `insert into keys (${columns}) ${select('n', "lpad(n::text,16,'0')")} from generate_series(1::bigint,${N}::bigint) n`)
      await administer(place.url, `insert into key_warnings select organization_id, id, 'rotation', rotation_due_at, 0, 1 from keys where rotation_due_at <= ${now}`)
      await administer(place.url, 'analyze')
    }
    database = await openAt(place)
    let slowest = 0, reads = 0
    const system = { ...database.system, read: async (w: never) => { const t = performance.now(); const r = await database.system.read(w); slowest = Math.max(slowest, performance.now() - t); reads++; return r } }
    const run = intendDue({ system: system as never, transaction: database.transaction, newId: (p) => p, now: () => now })
    for (const what of ['whole', 'after 30 s', 'after 60 s']) {
      slowest = 0; reads = 0
      const t = performance.now(); await run(() => false)
      console.log(dialect, what, (performance.now() - t).toFixed(0), 'ms, reads', reads, 'slowest', slowest.toFixed(1), 'ms')
      now += 30_000
    }
    expect(1).toBe(1)
  })
})
