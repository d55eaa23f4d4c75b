import { createSecretKey, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { Secret } from '../secret.ts'
import { decryptValue, encryptValue, type Place } from './cipher.ts'
import { moveCredentials } from './move.ts'
import type { Root } from './root.ts'
import { deleteCredential, latestVersion } from './store.ts'
import { createVault, type StaticCredential, type Vault } from './vault.ts'

const canary = `canary-${randomBytes(12).toString('hex')}`
const [orgA, orgB] = ['org_aaaaaaaaaaaaaaaa', 'org_bbbbbbbbbbbbbbbb']

const rootOf = (id: string): Root => ({ id, key: createSecretKey(randomBytes(32)) })
const vaultOf = (root: Root): Vault => createVault({ root, randomBytes, now: () => 1 })

const credential = (id: string, value: string, more: Partial<StaticCredential> = {}): StaticCredential => ({
  id,
  slug: id,
  projectId: 'prj_a',
  value: new Secret(value),
  now: 1,
  ...more,
})

async function prepare(database: Database): Promise<void> {
  await database.system.transaction(async (db) => {
    for (const id of [orgA, orgB]) {
      const organization = { id, slug: id, name: id, is_default: 0, max_staleness_seconds: 60 } as const
      await db
        .insertInto('organizations')
        .values({ ...organization, revision: 1, created_at: 1 })
        .execute()
    }
    const projects = [
      ['prj_a', orgA, 'production'],
      ['prj_dev', orgA, 'development'],
      ['prj_b', orgB, 'production'],
    ] as const
    for (const [id, organization_id, tier] of projects) {
      const project = { organization_id, id, slug: id, name: id, tier, is_default: 0, created_at: 1 } as const
      await db.insertInto('projects').values(project).execute()
    }
  })
}

onEachStore('the vault', (open, { newPlace, openAt }) => {
  let database: Database
  const root = rootOf('root_1')
  const vault = vaultOf(root)
  const store = (organization: string, each: StaticCredential) =>
    database.transaction(organization, (db) => vault.storeStatic(db, organization, each))
  const reveal = async (organization: string, id: string, from = vault) =>
    (await database.read(organization, (db) => from.openVersion(db, organization, id, 1))).reveal()
  const vaultKeys = (organization: string) =>
    database.read(organization, (db) =>
      db.selectFrom('vault_keys').select('id').where('organization_id', '=', organization).execute(),
    )
  const moveBlob = (from: string, to: string) =>
    database.system.transaction(async (db) => {
      const { blob } = await db
        .selectFrom('credential_versions')
        .select('blob')
        .where('credential_id', '=', from)
        .executeTakeFirstOrThrow()
      const row = await db
        .selectFrom('credential_versions')
        .selectAll()
        .where('credential_id', '=', to)
        .executeTakeFirstOrThrow()
      await db.deleteFrom('credential_versions').where('credential_id', '=', to).execute()
      await db
        .insertInto('credential_versions')
        .values({ ...row, blob })
        .execute()
    })

  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })

  test('a stored credential comes back, and its version is the latest', async () => {
    await store(orgA, credential('crd_1', canary))
    expect(await reveal(orgA, 'crd_1')).toBe(canary)
    expect(await database.read(orgA, (db) => latestVersion(db, orgA, 'crd_1'))).toBe(1)
  })

  test('an organization has one key-encryption key however many credentials it stores, another one its own', async () => {
    await store(orgA, credential('crd_2', 'two'))
    await store(orgB, credential('crd_b', 'b', { projectId: 'prj_b' }))
    expect(await vaultKeys(orgA)).toHaveLength(1)
    expect(await vaultKeys(orgB)).toHaveLength(1)
    expect(await reveal(orgB, 'crd_b')).toBe('b')
  })

  test('a ciphertext that was moved to another row does not open there', async () => {
    await store(orgA, credential('crd_from', canary))
    await store(orgA, credential('crd_to', 'other'))
    await moveBlob('crd_from', 'crd_to')
    await expect(reveal(orgA, 'crd_to')).rejects.toThrow(/cannot open credential crd_to version 1/)
  })

  test('a ciphertext of production does not open in development', async () => {
    await store(orgA, credential('crd_env', canary))
    await database.system.transaction((db) =>
      db
        .updateTable('credentials')
        .set({ project_id: 'prj_dev' } as object)
        .where('id', '=', 'crd_env')
        .execute(),
    )
    await expect(reveal(orgA, 'crd_env')).rejects.toThrow(/cannot open/)
  })

  test('a credential goes with its project to another tier: it opens there, and with the old tier nowhere', async () => {
    const own = await open()
    await prepare(own)
    const put = (id: string, projectId: string) =>
      own.transaction(orgA, (db) => vault.storeStatic(db, orgA, credential(id, `${canary} ${id}`, { projectId })))
    await put('crd_moved', 'prj_a')
    await put('crd_stays', 'prj_dev')
    await own.transaction(orgA, async (db) => {
      await db.updateTable('projects').set({ tier: 'staging' }).where('id', '=', 'prj_a').execute()
      await moveCredentials(vault)(db, orgA, 'prj_a', 'production', 'staging')
    })
    const text = async (id: string) => (await own.read(orgA, (db) => vault.openVersion(db, orgA, id, 1))).reveal()
    expect(await text('crd_moved')).toBe(`${canary} crd_moved`)
    expect(await text('crd_stays')).toBe(`${canary} crd_stays`)
    await own.transaction(orgA, (db) => db.updateTable('projects').set({ tier: 'production' }).execute())
    await expect(text('crd_moved')).rejects.toThrow(/cannot open/)
  })

  test('another root opens nothing and says so without a value', async () => {
    const stranger = reveal(orgA, 'crd_1', vaultOf(rootOf('root_2')))
    await expect(stranger).rejects.toThrow(/another master key/)
    // The same name but other bytes: what a forged root_id would be.
    await expect(reveal(orgA, 'crd_1', vaultOf(rootOf('root_1')))).rejects.toThrow(/cannot open key/)
  })

  test('a credential of another organization does not exist', async () => {
    await expect(reveal(orgB, 'crd_1')).rejects.toThrow(/cannot open/)
  })

  test('a key-encryption key of a transaction that was rolled back is never used again', async () => {
    const fresh = await open()
    await prepare(fresh)
    const own = vaultOf(root)
    const failed = fresh.transaction(orgA, async (db) => {
      await own.storeStatic(db, orgA, credential('crd_x', 'lost'))
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    await fresh.transaction(orgA, (db) => own.storeStatic(db, orgA, credential('crd_x', canary)))
    const other = vaultOf(root)
    expect((await fresh.read(orgA, (db) => other.openVersion(db, orgA, 'crd_x', 1))).reveal()).toBe(canary)
  })

  test('variables of a server are encrypted and bound to the server and its revision', async () => {
    const place = { purpose: 'server-env', subject: 'srv_1', version: 3, environment: 'production' } as const
    const text = new Secret(JSON.stringify({ TOKEN: canary }))
    const blob = await database.transaction(orgA, (db) => vault.encryptText(db, orgA, place, text))
    expect(blob).not.toContain(canary)
    const decrypt = (more: object, organization = orgA) =>
      database.read(organization, (db) => vault.decryptText(db, organization, { ...place, ...more }, blob))
    expect((await decrypt({})).reveal()).toBe(text.reveal())
    for (const more of [{ version: 4 }, { subject: 'srv_2' }, { environment: 'staging' }, { purpose: 'credential' }]) {
      await expect(decrypt(more), JSON.stringify(more)).rejects.toThrow(/cannot open/)
    }
    await expect(decrypt({}, orgB)).rejects.toThrow(/cannot open/)
  })

  test('a credential that nobody needs any more leaves no ciphertext', async () => {
    await store(orgA, credential('crd_gone', canary))
    await database.transaction(orgA, (db) => deleteCredential(db, orgA, 'crd_gone'))
    await expect(reveal(orgA, 'crd_gone')).rejects.toThrow(/cannot open/)
    const left = await database.system.read((db) =>
      db.selectFrom('credential_versions').select('version').where('credential_id', '=', 'crd_gone').execute(),
    )
    expect(left).toEqual([])
  })

  test('G1 no stored value stands in the database, its files included', async () => {
    const place = await newPlace()
    const own = await openAt(place)
    await prepare(own)
    await own.transaction(orgA, (db) => vault.storeStatic(db, orgA, credential('crd_file', canary)))
    const rows = await own.system.read(async (db) => [
      await db.selectFrom('credential_versions').selectAll().execute(),
      await db.selectFrom('vault_keys').selectAll().execute(),
      await db.selectFrom('credentials').selectAll().execute(),
    ])
    const dump = JSON.stringify(rows)
    for (const form of formsOf(canary)) expect(dump).not.toContain(form)
    if (place.kind !== 'sqlite') return
    const folder = path.dirname(place.file)
    const files = await readdir(folder)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const bytes = await readFile(path.join(folder, file))
      for (const form of formsOf(canary)) expect(bytes.includes(form), `${file}: ${form}`).toBe(false)
    }
  })
})

const formsOf = (text: string): string[] => [
  text,
  Buffer.from(text).toString('base64').slice(0, 20),
  Buffer.from(text).toString('hex'),
]

test('what is encrypted opens at its own place and nowhere else, for every text and place', () => {
  const kek = { id: 'kek_1', key: createSecretKey(randomBytes(32)) }
  const place: fc.Arbitrary<Place> = fc.record({
    purpose: fc.constantFrom('credential' as const, 'server-env' as const),
    organization: fc.string({ maxLength: 4 }),
    subject: fc.string({ maxLength: 4 }),
    version: fc.nat(3),
    environment: fc.string({ maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), place, place, (text, here, there) => {
      const blob = encryptValue(kek, here, text.toWellFormed(), randomBytes)
      expect(decryptValue(kek, here, blob)).toBe(text.toWellFormed())
      if (JSON.stringify(here) !== JSON.stringify(there)) expect(() => decryptValue(kek, there, blob)).toThrow()
    }),
  )
})

test('not a bit of a ciphertext can be changed, and its tag cannot be shortened', () => {
  const kek = { id: 'kek_1', key: createSecretKey(randomBytes(32)) }
  const place: Place = { purpose: 'credential', organization: orgA, subject: 'crd', version: 1, environment: 'x' }
  const blob = Buffer.from(encryptValue(kek, place, 'text', randomBytes), 'base64')
  for (let at = 0; at < blob.length; at += 1) {
    const changed = Buffer.from(blob)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => decryptValue(kek, place, changed.toString('base64')), `byte ${at}`).toThrow()
  }
  for (const size of [0, 3, 20, blob.length - 12, blob.length - 1]) {
    expect(() => decryptValue(kek, place, blob.subarray(0, size).toString('base64'))).toThrow()
  }
})
