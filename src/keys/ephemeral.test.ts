import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { beyond } from '../access/narrow/within.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import { childRoutes } from './children/routes.ts'
import { parseChild } from './children/token.ts'
import { keyRecord } from './records/store.ts'
import { rotationRoutes } from './rotation/routes.ts'
import { keyRoutes } from './routes.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

onEachStore('ephemeral keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    await ring.rows.server('wiki', await ring.rows.project('tools'))
    const deps = { ...ring.keyDeps, beyond }
    call = callRoute([...keyRoutes(deps), ...childRoutes(deps), ...rotationRoutes(deps)])
  })
  const ask = (body: object, actor: Actor = ring.owner): Promise<Result<unknown>> =>
    call(actor, 'POST /keys', { body: { name: 'once', ...body } })
  const make = async (body: object = {}, actor?: Actor): Promise<Json> =>
    granted(await ask({ ephemeral: {}, ...body }, actor))
  const verb = (line: string, id: string, body?: object) =>
    call(ring.owner, line, { params: { id }, ...(body && { body }) })
  const pointers = (result: Result<unknown>) =>
    result.ok ? null : result.problem.errors?.map(({ pointer }) => pointer)

  test('D28 an ephemeral key is one token, and no long-lived secret of it exists', async () => {
    const made = await make({ projects: ['tools'], mcp: { servers: { mode: 'only', items: ['wiki'] } } })
    expect(made).toMatchObject({ token_type: 'Bearer', expires_in: 3600, key: { ephemeral: true, secrets: [] } })
    for (const field of ['secret', 'claim', 'url']) expect(made).not.toHaveProperty(field)
    const { child } = parseChild(made.access_token) ?? {}
    expect(child).toMatchObject({ id: made.child.id, key: made.key.id, version: 0, narrows: [{}], ancestors: [] })
    const rows = await database.system.read((db) =>
      db.selectFrom('secret_versions').select('version').where('key_id', '=', made.key.id).execute(),
    )
    expect(rows).toEqual([])
    const kept = await database.system.read(async (db) => [
      await db.selectFrom('keys').selectAll().execute(),
      await db.selectFrom('children').selectAll().execute(),
      await db.selectFrom('audit_events').selectAll().execute(),
    ])
    expect(JSON.stringify(kept)).not.toContain(made.access_token.slice(-60))
  })

  test('D29 it lives for an hour where nothing is said, else for 1 second to a day, and ends with its token', async () => {
    for (const [ephemeral, seconds] of [
      [{}, 3600],
      [{ ttlSeconds: 1 }, 1],
      [{ ttlSeconds: 86_400 }, 86_400],
    ] as const) {
      const made = await make({ ephemeral })
      expect(made.expires_in).toBe(seconds)
      expect(made.key.expiresAt).toBe(made.child.expiresAt)
      expect(Date.parse(made.key.expiresAt)).toBe(ring.clock.now() + seconds * 1000)
    }
    for (const ttlSeconds of [0, -1, 1e9, 86_401, 0.5, '60'])
      expect(pointers(await ask({ ephemeral: { ttlSeconds } })), String(ttlSeconds)).toEqual(['/ephemeral/ttlSeconds'])
    expect(codeOf(await ask({ ephemeral: { forever: true } }))).toBe('invalid')
  })

  test('D29 the policy of the organization caps it, and so does another end beside it', async () => {
    const set = (maxChildSeconds: number) =>
      database.system.transaction((db) =>
        db
          .updateTable('organizations')
          .set({ policies: JSON.stringify({ maxChildSeconds }) })
          .execute(),
      )
    await set(600)
    expect((await make()).expires_in).toBe(600)
    const refused = await ask({ ephemeral: { ttlSeconds: 601 } })
    expect([codeOf(refused), pointers(refused)]).toEqual(['policy_refused', ['/ephemeral/ttlSeconds']])
    await set(86_400)
    expect(codeOf(await ask({ ephemeral: {}, expiresIn: '30d' }))).toBe('invalid')
  })

  test('D28 it is listed as what it is, with its token', async () => {
    const made = await make({ name: 'listed' })
    const { items } = granted(await call(ring.owner, 'GET /keys', { query: { search: 'listed' } })) as Json
    expect(items).toMatchObject([{ id: made.key.id, ephemeral: true, status: 'active' }])
    const children = granted(await verb('GET /keys/:id/children', made.key.id)) as Json
    expect(children.items).toMatchObject([{ id: made.child.id, depth: 1, status: 'active' }])
  })

  test('G7 key and token have their audit events and gateways hear of the key, all in one', async () => {
    const { key, child } = await make()
    const events = await database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['action', 'after'])
        .where('subject_id', '=', key.id)
        .orderBy('row_id')
        .execute(),
    )
    expect(events.map(({ action }) => action)).toEqual(['key.created', 'child.created'])
    expect(events[1]?.after).toContain(child.id)
    const news = await database.system.read((db) =>
      db.selectFrom('changes').select('kind').where('subject_id', '=', key.id).execute(),
    )
    expect(news).toEqual([{ kind: 'key' }])
    const { organizationId } = ring.first
    expect(await database.system.read((db) => keyRecord(db, organizationId, key.id))).toMatchObject({ versions: [] })
  })

  test('D28 it is for whoever makes it, or for a team or app whose secret he may hold; for another member it is refused', async () => {
    const member = await ring.addMember('member')
    expect((await make({}, member)).key.owner.id).toBe(member.memberId)
    const forMember = { owner: { type: 'member', id: member.memberId } }
    expect(codeOf(await ask({ ephemeral: {}, ...forMember }))).toBe('not_permitted')
    const team = await ring.rows.team('red', [member.memberId])
    expect((await make({ owner: { type: 'team', id: team } }, member)).key.owner.id).toBe(team)
    expect(codeOf(await ask({ ephemeral: {}, owner: { type: 'team', id: 'team_AAAAAAAAAAAAAAAA' } }))).toBe('invalid')
  })

  test('what cannot be in one key is refused: a URL, a decoy, a schedule', async () => {
    for (const more of [{ kind: 'url' }, { honey: true }, { rotation: { everyDays: 30 } }])
      expect(codeOf(await ask({ ephemeral: {}, ...more })), JSON.stringify(more)).toBe('invalid')
  })

  test('D28 it has no secret to rotate, and it is never given a longer life', async () => {
    const { key } = await make()
    expect(codeOf(await verb('POST /keys/:id/rotate', key.id, {}))).toBe('invalid')
    expect(codeOf(await verb('PATCH /keys/:id', key.id, { expiresIn: '1y' }))).toBe('invalid')
    expect(codeOf(await verb('PATCH /keys/:id', key.id, { mcp: null }))).toBe(null)
  })

  test('D28 G2 revoking or deleting it is the end of its token', async () => {
    for (const line of ['POST /keys/:id/revoke', 'DELETE /keys/:id']) {
      const { key } = await make()
      granted(await verb(line, key.id, line.startsWith('POST') ? {} : undefined))
      const { organizationId } = ring.first
      const record = await database.system.read((db) => keyRecord(db, organizationId, key.id))
      expect(['revoked', 'deleted']).toContain(record?.state)
    }
  })
})
