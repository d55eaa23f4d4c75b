import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { createNamedRows } from '../../test/named-rows.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { etagOf } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { refuse } from '../problems.ts'
import { keyRecord, keyRecords, type RecordPlace } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { mint, parseToken } from './token.ts'

type Made = { key: KeyView; secret: string; refs: object }
type List = { items: KeyView[]; nextCursor: string | null; total: number; refs: object }

onEachStore('keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let project: string
  let github: string
  const make = async (body: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...body } })) as Made
  const list = async (query: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'GET /keys', { query })) as List
  const get = (id: string, actor: Actor = ring.owner) => call(actor, 'GET /keys/:id', { params: { id } })
  const revoke = (id: string, more: object = {}, actor: Actor = ring.owner) =>
    call(actor, 'POST /keys/:id/revoke', { params: { id }, ...more })
  const remove = (id: string, actor: Actor = ring.owner) => call(actor, 'DELETE /keys/:id', { params: { id } })
  const events = (id: string) =>
    database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
    )
  const changesOf = (id: string) =>
    database.system.read((db) => db.selectFrom('changes').select('row_id').where('subject_id', '=', id).execute())
  const record = (id: string) =>
    database.read(ring.first.organizationId, (db) => keyRecord(db, ring.first.organizationId, id))

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    project = await ring.rows.project('tools')
    github = await ring.rows.server('github', project)
    call = callRoute(keyRoutes(ring.keyDeps))
  })

  test('G1 B18 B19 C05 C06 D48 a new key leaves its secret in one answer and nowhere else', async () => {
    const made = await make()
    const token = parseToken(made.secret)
    expect(made.key.id).toBe(`key_${token?.id16}`)
    expect(made.key.preview).toBe(`ostk_${token?.id16}`)
    const kept = await database.system.read(async (db) => [
      await db.selectFrom('keys').selectAll().execute(),
      await db.selectFrom('secret_versions').selectAll().execute(),
      await db.selectFrom('audit_events').selectAll().execute(),
      await db.selectFrom('changes').selectAll().execute(),
    ])
    const shown = [granted(await get(made.key.id)), await list(), made.key, granted(await revoke(made.key.id))]
    expect(JSON.stringify([kept, shown])).not.toContain(made.secret.slice(22))
    expect(JSON.stringify(shown)).not.toContain('argon2')
  })

  test('C08 the record that gateways get proves the secret and refuses another one', async () => {
    const { key, secret } = await make()
    const live = await record(key.id)
    const [right, wrong] = [parseToken(secret), parseToken(mint('k', randomBytes, key.id.slice(4)).secret.reveal())]
    if (!live || !right || !wrong) throw new Error('no record')
    expect(granted(await ring.prover.prove(right, live, ring.secrets))).toBe(1)
    expect(granted(await ring.prover.prove(wrong, live, ring.secrets))).toBeNull()
    expect(live.versions).toMatchObject([{ version: 1, pepperId: 'root1', validUntil: null }])
    expect(ring.proofs).toContainEqual({ id: key.id, token: secret })
  })

  test('G7 key, version, audit event and news are written together', async () => {
    const { key } = await make({ name: 'together' })
    expect(await events(key.id)).toMatchObject([
      {
        action: 'key.created',
        actor_id: ring.owner.memberId,
        subject_name: 'together',
        request_id: 'req_AAAABBBBCCCCDDDD',
      },
    ])
    expect(await changesOf(key.id)).toHaveLength(1)
    const before = (await list()).total
    const broken = callRoute(keyRoutes({ ...ring.keyDeps, newId: () => Reflect.get({}, 'x') }))
    await expect(broken(ring.owner, 'POST /keys', { body: { name: 'half' } })).rejects.toThrow()
    expect((await list()).total).toBe(before)
    await expect(broken(ring.owner, 'POST /keys/:id/revoke', { params: { id: key.id } })).rejects.toThrow()
    expect(granted(await get(key.id))).toMatchObject({ key: { status: 'active', revision: 1 } })
    expect(await changesOf(key.id)).toHaveLength(1)
  })

  test('a full Argon2 lane refuses the creation and leaves nothing behind', async () => {
    const before = (await list()).total
    const busy = callRoute(keyRoutes({ ...ring.keyDeps, hash: async () => refuse('busy', { retryAfterSeconds: 1 }) }))
    expect(codeOf(await busy(ring.owner, 'POST /keys', { body: { name: 'late' } }))).toBe('busy')
    expect((await list()).total).toBe(before)
  })

  test('A12 B12 an answer is complete, holds ids, and names them beside', async () => {
    const { key, refs } = await make({
      name: 'full',
      description: 'for CI',
      projects: ['tools'],
      mcp: { servers: { mode: 'only', items: ['github'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      maxStalenessSeconds: 5,
      expiresIn: '30d',
      active: false,
    })
    expect(key).toMatchObject({
      projects: [project],
      mixedEnvironments: null,
      mcp: {
        enabled: true,
        servers: { mode: 'only', items: [github] },
        tools: { [github]: { mode: 'all' } },
        toolsDefault: { mode: 'all' },
      },
      llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
      gateways: { mode: 'all' },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      maxStalenessSeconds: 5,
      status: 'inactive',
      description: 'for CI',
      owner: { type: 'member', id: ring.owner.memberId, name: 'First owner' },
      secrets: [{ version: 1, validUntil: null }],
    })
    expect(refs).toEqual({
      [github]: { slug: 'github', name: 'GITHUB' },
      [project]: { slug: 'tools', name: 'tools' },
      [ring.owner.memberId]: { slug: null, name: 'First owner' },
    })
    expect(granted(await get(key.id))).toEqual({ key, refs })
    expect((await make()).key.maxStalenessSeconds).toBe(60)
  })

  test('a server that is not there is refused with its place in the input', async () => {
    const body = { name: 'a', mcp: { servers: { mode: 'only', items: ['github', 'nobody'] } } }
    const answer = await call(ring.owner, 'POST /keys', { body })
    expect(answer).toMatchObject({
      ok: false,
      problem: { code: 'invalid', errors: [{ pointer: '/mcp/servers/items/1' }] },
    })
  })

  test('the effect of ending a key counts with the key’s own limit of staleness where it has one', async () => {
    const [own, inherited] = [await make({ maxStalenessSeconds: 5 }), await make()]
    for (const [{ key }, expected] of [
      [own, 5],
      [inherited, null],
    ] as const) {
      granted(await revoke(key.id))
      expect(ring.effects.at(-1)?.maxStalenessSeconds).toBe(expected)
      granted(await remove(key.id))
      expect(ring.effects.at(-1)?.maxStalenessSeconds).toBe(expected)
    }
  })

  test('G2 C19 revoking is final, answers its effect, and is the same when asked again', async () => {
    const { key } = await make()
    const first = granted(await revoke(key.id, { body: { reason: 'lost laptop', waitMs: 77 } }))
    expect(first).toMatchObject({ key: { status: 'revoked', revision: 2 }, effect: { acked: [], pending: [] } })
    expect(ring.effects.at(-1)?.waitMs).toBe(77)
    ring.clock.forward(5000)
    const again = granted(await revoke(key.id, { query: { waitMs: '88' } }))
    expect(again).toEqual(first)
    expect(ring.effects.at(-1)?.waitMs).toBe(88)
    await revoke(key.id)
    expect(ring.effects.at(-1)?.waitMs).toBe(1000)
    expect((await events(key.id)).map(({ action, after }) => [action, action === 'key.revoked' && after])).toEqual([
      ['key.created', false],
      ['key.revoked', JSON.stringify({ state: 'revoked', reason: 'lost laptop' })],
    ])
    expect(await record(key.id)).toMatchObject({ state: 'revoked', revision: 2, versions: [{ version: 1 }] })
    expect((await changesOf(key.id)).map(({ row_id }) => row_id)).toContain(ring.effects.at(-1)?.rowId)
  })

  test('two who revoke at once leave one audit event and one new revision', async () => {
    const { key } = await make()
    const answers = await Promise.all([revoke(key.id), revoke(key.id), revoke(key.id)])
    for (const answer of answers) expect(granted(answer)).toMatchObject({ key: { status: 'revoked', revision: 2 } })
    expect(await events(key.id)).toHaveLength(2)
  })

  test('A27 a deleted key is gone for everybody, while gateways keep its tombstone', async () => {
    const { key } = await make({ name: 'tombstone' })
    expect(granted(await remove(key.id))).toMatchObject({ key: { status: 'revoked', revision: 2 }, effect: {} })
    expect(codeOf(await get(key.id))).toBe('not_found')
    expect(codeOf(await remove(key.id))).toBe('not_found')
    expect(codeOf(await revoke(key.id))).toBe('not_found')
    expect((await list({ search: 'tombstone' })).items).toEqual([])
    expect(await record(key.id)).toMatchObject({ state: 'deleted', versions: [{ version: 1 }] })
    expect((await events(key.id)).map(({ action }) => action)).toEqual(['key.created', 'key.deleted'])
  })

  test('a stale If-Match changes nothing', async () => {
    const { key } = await make()
    expect(codeOf(await revoke(key.id, { ifMatch: etagOf({ id: key.id, revision: 9 }) }))).toBe('stale')
    expect(granted(await get(key.id))).toMatchObject({ key: { status: 'active' } })
    expect(codeOf(await revoke(key.id, { ifMatch: etagOf(key) }))).toBeNull()
  })

  test('of two who change the same state at once, each saying which, one is told that he is late', async () => {
    const { key } = await make()
    const ifMatch = etagOf(key)
    // Connections that stand already, so that on PostgreSQL the two really meet.
    await Promise.all([get(key.id), get(key.id), get(key.id)])
    const gone = call(ring.owner, 'DELETE /keys/:id', { params: { id: key.id }, ifMatch })
    const codes = (await Promise.all([revoke(key.id, { ifMatch }), gone])).map(codeOf)
    expect(codes.filter((code) => code === null)).toHaveLength(1)
    expect(['stale', 'not_found']).toContain(codes.find((code) => code !== null))
    expect(await events(key.id)).toHaveLength(2)
  })

  test('two who revoke and delete at once both get their way', async () => {
    const { key } = await make()
    const [revoked, deleted] = await Promise.all([revoke(key.id), remove(key.id)])
    expect([null, 'not_found']).toContain(codeOf(revoked))
    expect(codeOf(deleted)).toBeNull()
    expect(await record(key.id)).toMatchObject({ state: 'deleted' })
  })

  test('B22 a member meets only his own keys: another one is not found', async () => {
    const [ada, bob, auditor] = [
      await ring.addMember('member'),
      await ring.addMember('member'),
      await ring.addMember('auditor'),
    ]
    const { key } = await make({ name: 'hers' }, ada)
    expect(codeOf(await get(key.id, ada))).toBeNull()
    for (const answer of [await get(key.id, bob), await revoke(key.id, {}, bob), await remove(key.id, bob)]) {
      expect(codeOf(answer)).toBe('not_found')
    }
    expect((await list({}, ada)).items.map(({ id }) => id)).toEqual([key.id])
    expect(await list({}, bob)).toMatchObject({ items: [], total: 0 })
    expect((await list({ owner: ada.memberId }, bob)).items).toEqual([])
    expect((await list({ owner: ada.memberId }, auditor)).items).toHaveLength(1)
    expect(codeOf(await get(key.id, auditor))).toBeNull()
  })

  test('G10 an id of another organization, an unknown one and nonsense are all not found', async () => {
    await addOrganization(database, 'org_2222222222222222', 'second')
    const foreign = actorOf('org_2222222222222222', 'mem_2222222222222222', 'owner')
    const { key } = await make({ name: 'ours' })
    for (const answer of [
      await get(key.id, foreign),
      await revoke(key.id, {}, foreign),
      await remove(key.id, foreign),
    ]) {
      expect(codeOf(answer)).toBe('not_found')
    }
    expect(await list({}, foreign)).toMatchObject({ items: [], total: 0 })
    for (const id of ['key_0000000000000000', 'key_', 'nonsense', '\0', "' or 1=1 --"]) {
      expect(codeOf(await get(id))).toBe('not_found')
      expect(codeOf(await revoke(id))).toBe('not_found')
    }
  })
})

onEachStore('records of keys for the feed', (open) => {
  test('come in pages of one organization or of all, each key once, with its versions and tombstones', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    await addOrganization(database, 'org_0000000000000000', 'second')
    await createNamedRows(database, 'org_0000000000000000').project('default', 'development', true)
    const theirs = await ring.addMember('owner', 'org_0000000000000000')
    const call = callRoute(keyRoutes(ring.keyDeps))
    const made: string[] = []
    for (const actor of [ring.owner, ring.owner, ring.owner, theirs]) {
      made.push((granted(await call(actor, 'POST /keys', { body: { name: 'k' } })) as Made).key.id)
    }
    await call(ring.owner, 'DELETE /keys/:id', { params: { id: made[0] } })
    const pages = async (organization: string | null, limit: number) => {
      const seen = []
      for (let after: RecordPlace | null = null; ; ) {
        const page = await database.system.read((db) => keyRecords(db, organization, after, limit))
        seen.push(...page)
        const last = page.at(-1)
        if (!last) return seen
        after = { organization: last.organization, id: last.id }
      }
    }
    const all = await pages(null, 3)
    expect(all.map(({ id }) => id).sort()).toEqual([...made].sort())
    expect(all.every(({ versions }) => versions.length === 1)).toBe(true)
    expect(all.filter(({ state }) => state === 'deleted')).toHaveLength(1)
    expect((await pages('org_0000000000000000', 1)).map(({ id }) => id)).toEqual([made[3]])
  })
})
