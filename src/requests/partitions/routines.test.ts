import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { onEachStore } from '../../../test/stores.ts'
import { addPartition } from './store.ts'

onEachStore('routines that work as the owner of the tables', (open, stores) => {
  test.runIf(stores.dialect === 'postgres')(
    'attack: G10 take no table of whoever calls for one of theirs',
    async () => {
      const database = await open()
      const left = await database.system.transaction(async (db) => {
        await sql`create temporary table requests_rest (like requests including all)`.execute(db)
        await sql`insert into requests_rest (organization_id, at, place, id, kind, gateway_id, key_id, key_name, version,
          owner_type, owner_id, admitted, status, estimated, latency_ms, address, client, metadata)
          values ('org_1', 604800000, 1, '', '', '', '', '', 1, '', '', 1, 200, 0, 1, '', '', '')`.execute(db)
        expect(await addPartition(db, 1)).toBe(true)
        return (await sql`select at from pg_temp.requests_rest`.execute(db)).rows.length
      })
      expect(left).toBe(1)
    },
  )
})
