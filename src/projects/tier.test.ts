import { beforeEach, expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { actorOf, createRegistry, orgA, orgB, type Registry } from '../../test/registry.ts'
import { onEachStore } from '../../test/stores.ts'
import { latestVersion } from '../credentials/store.ts'
import { placeOf } from '../credentials/vault.ts'
import type { Database } from '../db/database.ts'
import type { Result } from '../problems.ts'
import { Secret } from '../secret.ts'
import { placeOfEnv } from '../servers/secrets.ts'
import type { Tier } from './schema.ts'

const canary = 'canary-51d0c7'
const project = 'prj_000000000000000a'

onEachStore('the tier of a project', (open) => {
  let database: Database
  let world: Registry
  beforeEach(async () => {
    database = await open()
    world = await createRegistry(database)
  })
  const call = (what: string, given: Parameters<Registry['call']>[2] = {}, organization = orgA) =>
    world.call(actorOf(organization), what, given)
  const move = (tier: Tier | null, confirm?: boolean, more: object = {}) =>
    call('PATCH /projects/:id', { params: { id: 'default' }, body: { tier, ...(confirm && { confirm }), ...more } })
  const serverWith = async (slug: string, more: object, organization = orgA) => {
    const made = (await call('POST /servers', { body: { slug, ...more } }, organization)) as Result<{
      server: { id: string }
    }>
    return granted(made).server.id
  }
  const http = (slug: string, organization = orgA) => {
    const credential = { slot: 'header', name: 'x-key', value: `${canary}-${slug}` }
    return serverWith(slug, { transport: { type: 'http', url: 'https://t.example.test/' }, credential }, organization)
  }
  const stdio = (slug: string) =>
    serverWith(slug, { transport: { type: 'stdio', command: 'run', env: { TOKEN: `${canary}-${slug}` } } })
  const secretOf = async (server: string): Promise<string | undefined> => {
    const found = await world.serverRecord(server)
    if (found?.kind !== 'server') return undefined
    return found.transport.type === 'stdio' ? found.transport.env?.reveal() : found.injection?.value.reveal()
  }
  const blobs = () =>
    database.system.read(async (db) => ({
      credential: await db
        .selectFrom('credential_versions')
        .select(['credential_id', 'blob'])
        .where('organization_id', '=', orgA)
        .executeTakeFirstOrThrow(),
      server: await db
        .selectFrom('servers')
        .select(['id', 'env_blob', 'revision'])
        .where('env_blob', 'is not', null)
        .executeTakeFirstOrThrow(),
    }))

  test('lists what it touches before it changes, and changes nothing until somebody says yes', async () => {
    const server = await http('tools')
    const key = await world.key('CI', [project])
    const app = await world.app('bot', project)
    const refused = await move('production')
    expect(refused).toMatchObject({ problem: { code: 'confirmation_needed', data: { total: 3 } } })
    for (const named of [
      `server ${server} (tools)`,
      `key ${key} (CI)`,
      `app ${app} (bot)`,
      '1 server, 1 app and 1 key',
    ])
      expect(JSON.stringify(refused)).toContain(named)
    expect(codeOf(await move('production', false, { name: 'New' }))).toBe('confirmation_needed')
    const shown = granted(await call('GET /projects/:id', { params: { id: 'default' } }))
    expect(shown).toMatchObject({ project: { tier: 'development', name: 'Default', revision: 1 } })
    expect(granted(await move('production', true))).toMatchObject({ project: { tier: 'production', revision: 2 } })
    expect(codeOf(await move('production'))).toBeNull()
    expect(codeOf(await move(null))).toBe('confirmation_needed')
    expect(granted(await move(null, true))).toMatchObject({ project: { tier: 'development', revision: 4 } })
  })

  test('names a hundred of what it touches and says how many there are', async () => {
    for (let n = 0; n < 103; n += 1) await world.key(`key ${n}`, [project])
    const refused = await move('staging')
    if (refused.ok) throw new Error('was granted')
    expect(refused.problem).toMatchObject({ data: { total: 103 }, detail: expect.stringContaining('103 keys') })
    expect(refused.problem.errors).toHaveLength(100)
  })

  test('G10 every secret goes with its project: it opens in the new tier, and not in the old one', async () => {
    const [remote, local] = [await http('remote'), await stdio('local')]
    const foreign = await http('foreign', orgB)
    const before = await blobs()
    granted(await move('production', true))
    const after = await blobs()
    expect([after.credential.blob, after.server.env_blob]).not.toContain(before.credential.blob)
    expect(after.server.env_blob).not.toBe(before.server.env_blob)
    expect(after.server.revision).toBe(before.server.revision)
    expect(await secretOf(remote)).toBe(`${canary}-remote`)
    expect(JSON.parse((await secretOf(local)) ?? '')).toEqual({ TOKEN: `${canary}-local` })
    const { credential_id: id, blob } = after.credential
    const opened = (tier: string) =>
      database.read(orgA, (db) => world.vault.decryptText(db, orgA, placeOf(id, 1, tier), blob))
    expect((await opened('production')).reveal()).toContain(canary)
    await expect(opened('development')).rejects.toThrow(/cannot open/)
    const env = (tier: string) =>
      database.read(orgA, (db) =>
        world.vault.decryptText(db, orgA, placeOfEnv(local, tier), after.server.env_blob ?? ''),
      )
    await expect(env('development')).rejects.toThrow(/cannot open/)
    expect(await database.read(orgB, (db) => latestVersion(db, orgB, id))).toBeNull()
    expect(foreign).toMatch(/^srv_/)
    granted(await call('PATCH /servers/:id', { params: { id: 'local' }, body: { name: 'kept' } }))
    expect(await secretOf(local)).toContain(canary)
  })

  test('a change that is refused after all leaves every secret where it was', async () => {
    const [remote, local] = [await http('remote'), await stdio('local')]
    granted(await call('POST /projects', { body: { slug: 'taken' } }))
    expect(codeOf(await move('production', true, { slug: 'taken' }))).toBe('slug_taken')
    for (const server of [remote, local]) expect(await secretOf(server)).toContain(canary)
  })

  test('a secret that was damaged before stays so, and keeps no other from moving', async () => {
    const [sound, damaged] = [await http('sound'), await stdio('damaged')]
    await database.system.transaction((db) =>
      db.updateTable('servers').set({ env_blob: 'bm90aGluZw==' }).where('id', '=', damaged).execute(),
    )
    granted(await move('staging', true))
    expect(await secretOf(sound)).toContain(canary)
    expect(await world.serverRecord(damaged)).toMatchObject({ kind: 'gone' })
  })

  test('hundreds of secrets go in one piece', async () => {
    await database.transaction(orgA, async (db) => {
      const { vault, deps } = world
      for (let n = 0; n < 620; n += 1) {
        const id = deps.servers.newId('crd')
        const value = new Secret(`${canary}-${n}`, 'test')
        await vault.storeStatic(db, orgA, { id, slug: `s-${n}`, projectId: project, value, now: n })
      }
    })
    granted(await move('staging', true))
    const opened = await database.read(orgA, async (db) => {
      const rows = await db.selectFrom('credential_versions').select('credential_id').execute()
      const texts = []
      for (const { credential_id: id } of rows) texts.push((await world.vault.openVersion(db, orgA, id, 1)).reveal())
      return new Set(texts)
    })
    expect(opened.size).toBe(620)
  })

  test('a key that would reach two environments keeps the project where it is, save with a reason', async () => {
    const other = granted(
      (await call('POST /projects', { body: { slug: 'other' } })) as Result<{ project: { id: string } }>,
    )
    const key = await world.key('both', [project, other.project.id])
    const refused = await move('production', true)
    expect(refused).toMatchObject({ problem: { code: 'environment_mixed', errors: [{ detail: `key ${key} (both)` }] } })
    await database.system.transaction((db) => db.updateTable('keys').set({ state: 'revoked' }).execute())
    await world.key('allowed', [project, other.project.id], 'migrates data')
    granted(await move('production', true))
  })

  test('servers that come and change while the tier moves can all be opened afterwards', async () => {
    const kept = await stdio('kept')
    const tiers: Tier[] = ['production', 'staging', 'development', 'production']
    const fresh = ['a', 'b', 'c', 'd', 'e', 'f']
    const env = (n: number) => ({ type: 'stdio', command: 'run', env: { TOKEN: `${canary}-${n}` } })
    const [made] = await Promise.all([
      Promise.all(fresh.map((slug, n) => (n % 2 === 0 ? http(slug) : stdio(slug)))),
      Promise.all(tiers.map(async (tier) => granted(await move(tier, true)))),
      Promise.all(
        [1, 2, 3, 4].map(async (n) =>
          granted(await call('PATCH /servers/:id', { params: { id: 'kept' }, body: { transport: env(n) } })),
        ),
      ),
    ])
    for (const server of [...made, kept]) expect(await secretOf(server)).toContain(canary)
  })
})
