import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callRoute, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore, type Place } from '../../test/stores.ts'
import { loadRoot, rootCheck } from '../credentials/root.ts'
import { rootDisk } from '../credentials/root-disk.ts'
import type { Database } from '../db/database.ts'
import { peopleRoutes } from '../people/routes.ts'
import { insertMember } from '../people/store.ts'
import { Secret } from '../secret.ts'
import { type RecoverQuery, recover } from './recover.ts'

const controlUrl = 'https://control.example'
const key = new Secret(randomBytes(32).toString('base64'), 'master key')

onEachStore('recover', (_open, { newPlace, openAt }) => {
  let place: Place
  let database: Database
  let ring: Keyring
  let folder: string
  let query: RecoverQuery
  const wrongKey = new Secret(randomBytes(32).toString('base64'), 'master key')

  beforeAll(async () => {
    place = await newPlace()
    folder = place.kind === 'sqlite' ? path.dirname(place.file) : await mkdtemp(path.join(tmpdir(), 'ostiary-host-'))
    // As control does it, which goes on running beside the command.
    database = await openAt(place)
    const loaded = await loadRoot({ masterKey: key, file: null, disk: rootDisk, randomBytes })
    if (!loaded.ok) throw new Error(loaded.message)
    ring = await createKeyring(database, { id: loaded.root.id, check: rootCheck(loaded.root) })
  })
  beforeEach(() => {
    const databaseUrl = place.kind === 'postgres' ? new Secret(place.url, 'database') : null
    query = { dataDir: folder, databaseUrl, masterKey: key, controlUrl }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = (more: Partial<RecoverQuery> = {}) => recover({ now: ring.clock.now, randomBytes })({ ...query, ...more })
  const rows = () =>
    database.system.read((db) =>
      db.selectFrom('password_resets').select(['member_id', 'kind', 'expires_at', 'withdrawn_at']).execute(),
    )
  const redeem = (url: string) => {
    const body = { code: new URL(url).hash.slice(1), password: 'a lantern of 12 storks' }
    return callRoute(peopleRoutes(ring.peopleDeps))(ring.owner, 'POST /password-resets/redeem', { body })
  }

  test('what is not there, or is not ours, is one sentence and changes nothing', async () => {
    const empty = await mkdtemp(path.join(tmpdir(), 'ostiary-host-'))
    const nowhere = await run({ dataDir: empty, databaseUrl: null })
    expect(nowhere).toEqual({ is: 'absent', why: `There is no database of Ostiary in ${empty}.` })
    // Looking for a database makes none.
    expect(await readdir(empty)).toEqual([])
    await writeFile(path.join(empty, 'ostiary.db'), 'this is no database')
    expect(await run({ dataDir: empty, databaseUrl: null })).toMatchObject({ is: 'failed' })
    const closed = new Secret('postgres://who:hunter2@127.0.0.1:1/nothing', 'database')
    const unreachable = await run({ databaseUrl: closed })
    expect(unreachable.is).toBe('failed')
    expect(JSON.stringify(unreachable)).not.toContain('hunter2')
    await rm(empty, { recursive: true })
    expect(await run({ masterKey: wrongKey })).toMatchObject({
      is: 'failed',
      why: expect.stringMatching(/not the one/),
    })
    expect(await run({ masterKey: new Secret('short') })).toMatchObject({ is: 'failed' })
    expect(await run({ masterKey: null })).toMatchObject({ is: 'failed', why: expect.stringMatching(/is missing/) })
    expect(await run({ organization: 'nowhere' })).toMatchObject({ is: 'absent' })
    expect(await run({ owner: 'nobody@example.com' })).toMatchObject({ is: 'absent' })
    expect(await rows()).toEqual([])
  })

  test('the only owner gets a link for half an hour, which a newer one ends, and which is in the log', async () => {
    const first = await run()
    const second = await run({ organization: 'default', owner: ring.owner.memberId })
    if (first.is !== 'made' || second.is !== 'made') throw new Error(JSON.stringify([first, second]))
    expect(second.url).toMatch(/^https:\/\/control\.example\/reset#[0-9A-Za-z]{43}$/)
    expect(second).toMatchObject({ organization: 'default', owner: { id: ring.owner.memberId } })
    expect(Date.parse(second.expiresAt)).toBe(ring.clock.now() + 30 * 60_000)
    expect(await redeem(first.url)).toMatchObject({ ok: false })
    expect(granted(await redeem(second.url))).toMatchObject({ session: { method: 'recovery' } })
    const told = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('action', '=', 'member.recovered').execute(),
    )
    expect(told).toHaveLength(2)
    expect(told[0]).toMatchObject({ actor_kind: 'system', actor_name: 'host', subject_id: ring.owner.memberId })
    expect(JSON.stringify(told)).not.toContain(new URL(second.url).hash.slice(1))
  })

  test('the master key may lie in the data directory, as `serve` keeps it', async () => {
    await mkdir(path.join(folder, 'secrets'), { recursive: true })
    await writeFile(path.join(folder, 'secrets', 'master.key'), `${key.reveal()}\n`)
    expect(await run({ masterKey: null })).toMatchObject({ is: 'made' })
  })

  test('of several owners one is named, by address or id; admins and whoever was deactivated are none', async () => {
    const { organizationId } = ring.first
    const add = async (email: string, role: 'owner' | 'admin', state: 'active' | 'deactivated' = 'active') => {
      const id = `mem_${randomBytes(8).toString('hex')}`
      const member = { id, email, name: email, role, isOperator: false, createdAt: 1 }
      await database.system.transaction(async (db) => {
        await insertMember(db, organizationId, member)
        await db.updateTable('members').set({ state }).where('id', '=', id).execute()
      })
      return id
    }
    await add('admin@example.com', 'admin')
    await add('gone@example.com', 'owner', 'deactivated')
    expect(await run()).toMatchObject({ is: 'made', owner: { id: ring.owner.memberId } })
    const ada = await add('ada@example.com', 'owner')
    const before = (await rows()).length
    const asked = await run()
    expect(asked).toMatchObject({ is: 'several', organization: 'default' })
    expect(asked.is === 'several' && asked.owners.map(({ id }) => id).toSorted()).toEqual(
      [ada, ring.owner.memberId].toSorted(),
    )
    for (const owner of ['admin@example.com', 'gone@example.com'])
      expect(await run({ owner })).toMatchObject({ is: 'absent' })
    expect(await rows()).toHaveLength(before)
    expect(await run({ owner: 'ADA@example.com' })).toMatchObject({ is: 'made', owner: { id: ada } })
  })
})
