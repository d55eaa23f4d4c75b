import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Result } from '../problems.ts'
import { keyRecord } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { parseToken } from './token.ts'

type Made = { key: KeyView; secret: string; url?: string }

onEachStore('URL keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const all = { servers: { mode: 'all' } }
  const post = (body: object = {}) =>
    call(ring.owner, 'POST /keys', { body: { name: 'url', kind: 'url', mcp: all, ...body } })
  const make = async (body: object = {}) => granted(await post(body)) as Made
  const patch = (id: string, body: object) => call(ring.owner, 'PATCH /keys/:id', { params: { id }, body })
  const pointersOf = (answer: Result<unknown>) =>
    answer.ok ? [] : answer.problem.errors?.map(({ pointer }) => pointer)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
  })

  test('M11 C13 a URL key is of a kind of its own, and its URL stands beside its secret once', async () => {
    const made = await make()
    expect(made.secret).toMatch(/^ostu_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
    expect(made.url).toBe(`https://gateway.example/mcp/${made.secret}`)
    expect(made.key).toMatchObject({ kind: 'url', preview: made.secret.slice(0, 21), pinNetwork: false })
    const { organizationId } = ring.owner
    const record = await database.read(organizationId, (db) => keyRecord(db, organizationId, made.key.id))
    const token = parseToken(made.secret)
    if (!record || !token) throw new Error('no record')
    expect([record.tokenKind, granted(await ring.prover.prove(token, record, ring.secrets))]).toEqual(['u', 1])
    const shown = JSON.stringify([
      granted(await call(ring.owner, 'GET /keys/:id', { params: { id: made.key.id } })),
      granted(await call(ring.owner, 'GET /keys')),
      await database.system.read((db) => db.selectFrom('audit_events').selectAll().execute()),
    ])
    expect(shown).not.toContain(made.secret.slice(22))
    expect((granted(await post({ kind: 'key' })) as Made).url).toBeUndefined()
  })

  test('M11 a URL key calls servers and no models, at its making and later', async () => {
    const llm = { providers: { mode: 'all' } }
    expect(pointersOf(await post({ llm }))).toEqual(['/llm'])
    const { key } = await make()
    expect(pointersOf(await patch(key.id, { llm }))).toEqual(['/llm'])
    // What was answered can be sent back.
    expect(codeOf(await patch(key.id, { llm: key.llm, mcp: key.mcp }))).toBeNull()
  })

  test('a kind is for good, and there is no third', async () => {
    const { key } = await make()
    expect(codeOf(await patch(key.id, { kind: 'key' }))).toBe('invalid')
    expect(codeOf(await post({ kind: 'child' }))).toBe('invalid')
  })

  test('M11 pinned to a network it says to which; unpinned and pinned again it waits for the next', async () => {
    const { key } = await make({ pinNetwork: true })
    expect(key).toMatchObject({ pinNetwork: true, pinnedNetwork: null })
    const bind = () =>
      database.system.transaction((db) =>
        db.updateTable('keys').set({ pinned_network: '192.0.2.0/24' }).where('id', '=', key.id).execute(),
      )
    await bind()
    const changed = async (body: object) => (granted(await patch(key.id, body)) as Made).key
    expect(await changed({ name: 'other' })).toMatchObject({ pinNetwork: true, pinnedNetwork: '192.0.2.0/24' })
    expect(await changed({ pinNetwork: true })).toMatchObject({ pinnedNetwork: '192.0.2.0/24' })
    expect(await changed({ pinNetwork: null })).toMatchObject({ pinNetwork: false, pinnedNetwork: null })
    expect(await changed({ pinNetwork: true })).toMatchObject({ pinNetwork: true, pinnedNetwork: null })
  })

  test('C13 the policy forbids new ones and lets those go on that there are', async () => {
    const { key } = await make()
    const set = (policies: string) =>
      database.system.transaction((db) => db.updateTable('organizations').set({ policies }).execute())
    await set('{"urlKeys":"off"}')
    const refused = await post()
    expect(refused).toMatchObject({ problem: { code: 'policy_refused', data: { policy: 'urlKeys' } } })
    expect(pointersOf(refused)).toEqual(['/kind'])
    expect(codeOf(await patch(key.id, { name: 'goes on' }))).toBeNull()
    await set('{}')
  })

  test('D61 for another member its owner gets the link, and no URL leaves before', async () => {
    const ada = await ring.addMember('member')
    const made = (await make({ owner: { type: 'member', id: ada.memberId } })) as Made & { claim: object }
    expect([made.secret, made.url, made.claim]).toEqual([undefined, undefined, expect.anything()])
    expect(made.key).toMatchObject({ kind: 'url', preview: expect.stringMatching(/^ostu_/), secrets: [] })
  })
})
