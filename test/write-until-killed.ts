import { announce } from '../src/db/changes.ts'
import { type DatabaseOptions, openDatabase } from '../src/db/open.ts'

/** A program of its own, so that it can be killed: writes as fast as it can and prints each row that was acknowledged. */
const place: DatabaseOptions = JSON.parse(process.argv[2] ?? '')
const organization = process.argv[3] ?? ''
const silent = { info: () => {}, warn: () => {}, error: () => {} }

const database = await openDatabase(place, silent)
for (let n = 0; ; n++) {
  const writes = Array.from({ length: 8 }, async (_, m) => {
    const id = `key_${n}_${m}`
    const row = await database.transaction(organization, (db) => announce(db, organization, { kind: 'key', id, at: n }))
    process.stdout.write(`${row} ${id}\n`)
  })
  await Promise.all(writes)
}
