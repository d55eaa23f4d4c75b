import { expect, test } from 'vitest'
import { createFoundSecrets } from '../../test/found-secrets.ts'
import { createKeyring, granted } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { gateOf, verifySecret } from '../keys/hash.ts'
import { createLane } from '../keys/lane.ts'
import { createProver } from '../keys/prove.ts'
import { keyRecord } from '../keys/records/store.ts'
import { parseToken } from '../keys/token.ts'

onEachStore('a stolen database', (open) => {
  const tables = ['keys', 'secret_versions', 'audit_events', 'changes', 'installation', 'organizations'] as const
  const dumpOf = (database: Database): Promise<string> =>
    database.system.read(async (db) => {
      const rows = []
      for (const table of tables) rows.push(await db.selectFrom(table).selectAll().execute())
      return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    })

  test('A34 C11 holds no usable secret: no piece of one, and nothing that proves one without the root', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const { id, secret } = await createFoundSecrets(database, ring).key()
    const dump = await dumpOf(database)
    expect(dump).toContain(id.slice('key_'.length))
    const hidden = secret.slice(22)
    for (let at = 0; at + 6 <= hidden.length; at += 1) expect(dump).not.toContain(hidden.slice(at, at + 6))

    const organization = ring.first.organizationId
    const record = await database.read(organization, (db) => keyRecord(db, organization, id))
    const token = parseToken(secret)
    if (!record || !token) throw new Error('no key')
    const [version] = record.versions
    if (!version) throw new Error('no version')
    // Restored elsewhere, under another root, even the right secret proves nothing, so nobody can try secrets there.
    for (const pepper of [Buffer.alloc(32), Buffer.alloc(32, 7)]) {
      expect(await verifySecret(version.phc, secret, pepper)).toBe(false)
      expect(gateOf(secret, pepper)).not.toBe(version.gate)
      const elsewhere = { peppers: new Map([['root1', pepper]]), proofKey: Buffer.alloc(32) }
      expect(granted(await createProver({ lane: createLane() }).prove(token, record, elsewhere))).toBeNull()
    }
    expect(granted(await ring.prover.prove(token, record, ring.secrets))).toBe(1)
  })
})
