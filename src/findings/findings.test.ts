import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database, Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { type BulkFix, type Finding, type FindingKind, type Fix, findingKinds } from './schema.ts'

const dayMs = 86_400_000
type List = {
  items: Finding[]
  nextCursor: string | null
  total: number
  counts: Partial<Record<FindingKind, number>>
  bulk: BulkFix[]
  refs: Record<string, { slug: string | null; name: string }>
}

onEachStore('findings about keys', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let database: Database
  beforeEach(async () => {
    database = await open()
    world = await createWholeSurface(database)
  })
  const all = { mode: 'all' } as const
  const only = (...items: string[]) => ({ mode: 'only', items })
  const write = <T>(work: (db: Db) => Promise<T>): Promise<T> => database.system.transaction(work)
  /** Nothing is wrong with it: it ends, names its servers, has a cap and is in use. */
  const good = async (more: object = {}, actor: Actor = world.owner): Promise<string> => {
    const body = { name: 'a key', expiresIn: '1y', ...more }
    const { key } = await world.as(actor)('POST /keys', { body })
    await write((db) => db.insertInto('limits').values(capOf(key.id)).execute())
    return key.id
  }
  const capOf = (key: string) => ({
    organization_id: world.organizationId,
    id: `lim_${key.slice(4)}`,
    target_type: 'key',
    target_id: key,
    target_name: '',
    requests_per_minute: 10,
    tokens_per_minute: null,
    concurrent: null,
    streams: null,
    detached: 'share' as const,
    state: 'active' as const,
    created_at: 1,
    created_by: 'x',
    revision: 1,
  })
  const uncap = (key: string) => write((db) => db.deleteFrom('limits').where('target_id', '=', key).execute())
  const ago = (days: number): number => world.clock.now - days * dayMs
  const used = (key: string, days = 0) =>
    write((db) =>
      db
        .updateTable('keys')
        .set({ last_used_at: ago(days) })
        .where('id', '=', key)
        .execute(),
    )
  const seen = (key: string, client: string, days = 0, version = 1) =>
    write((db) =>
      db
        .insertInto('key_clients')
        .values({
          ...{ organization_id: world.organizationId, key_id: key, version, client, address: '192.0.2.1' },
          ...{ first_seen_at: ago(days), last_seen_at: ago(days), requests: 1 },
        })
        .execute(),
    )
  const called = (key: string, server: string, days = 0) =>
    write((db) =>
      db
        .insertInto('key_calls')
        .values({
          ...{ organization_id: world.organizationId, key_id: key, server_id: server, tool: 't' },
          ...{ first_seen_at: ago(days), last_seen_at: ago(days), requests: 1 },
        })
        .execute(),
    )
  const find = (query: object = {}, actor: Actor = world.owner): Promise<List> =>
    world.as(actor)('GET /findings', { query: { subject: 'key', ...query } })
  const kindsOf = async (key: string): Promise<string[]> => (await find({ key })).items.map(({ kind }) => kind)
  /** As a client does it. */
  const perform = (
    { method, path, body }: Pick<Fix, 'method' | 'path' | 'body'>,
    actor: Actor = world.owner,
  ): Promise<unknown> => {
    const [, collection, id, ...rest] = path.split('/')
    const isOne = collection === 'keys' && id !== 'bulk' && id !== undefined
    const line = isOne ? [`${method} /keys/:id`, ...rest].join('/') : `${method} ${path}`
    return world.as(actor)(line, { ...(isOne ? { params: { id } } : {}), body })
  }
  /** One finding of that kind about the key; its fix is made, and there is none any more. */
  const settles = async (kind: FindingKind, key: string): Promise<Finding> => {
    const { items, counts, total, refs, bulk } = await find({ kind, key })
    expect([items.map((item) => [item.kind, item.key]), counts, total]).toEqual([[[kind, key]], { [kind]: 1 }, 1])
    const [finding] = items
    if (!finding) throw new Error('no finding')
    expect(finding).toMatchObject({
      id: `${kind}:${key}`,
      title: expect.stringMatching(/./),
      why: expect.stringMatching(/\.$/),
    })
    expect(refs[key]).toEqual({ slug: null, name: 'a key' })
    expect(bulk).toMatchObject([{ kind, label: expect.stringMatching(/./) }])
    const answer = JSON.stringify(await perform(finding.fix))
    expect(/"secret":|"claim":\{/.test(answer)).toBe(finding.fix.showsSecret)
    return finding
  }

  test('a key with which nothing is wrong is not spoken of', async () => {
    const key = await good()
    await used(key)
    expect(await find()).toMatchObject({ items: [], total: 0, bulk: [], nextCursor: null })
    expect(await kindsOf(key)).toEqual([])
  })

  describe('each kind is found, and its fix ends it', () => {
    test('A29 B41 C26 many_clients: two programs on one key within 30 days; another version of one is no other program', async () => {
      const key = await good()
      await seen(key, 'cursor/1.2.3')
      await seen(key, 'cursor/1.3.0', 1)
      await seen(key, '', 1)
      await seen(key, 'cursor/2', 3, 0)
      await seen(key, 'zed/1', 31)
      expect(await kindsOf(key)).toEqual([])
      await seen(key, 'claude-code/2.0', 29)
      const finding = await settles('many_clients', key)
      expect(finding.why).toMatch(/claude-code\/2\.0, cursor\/2 have called with it/)
      const { items } = await world.ask('GET /keys', {})
      expect(items).toHaveLength(2)
    })

    test('A30 unused_project: a project of the key into which it has not called for 30 days', async () => {
      const server = await world.addServer('wiki')
      const { project } = await world.ask('POST /projects', {
        body: { slug: 'other', name: 'Other', tier: 'development' },
      })
      const { items: projects } = await world.ask('GET /projects', {})
      const key = await good({ projects: projects.map(({ id }: { id: string }) => id) })
      world.clock.now += 31 * dayMs
      expect(await kindsOf(key)).toEqual(['unused_key'])
      await used(key, 1)
      await called(key, server.id, 29)
      const finding = await settles('unused_project', key)
      expect(finding.why).toBe('Within 30 days it has called nothing of other.')
      const { key: after } = await world.ask('GET /keys/:id', { params: { id: key } })
      expect(after.projects).toEqual([server.project])
      expect(after.projects).not.toContain(project.id)
      expect(await kindsOf(key)).toEqual([])
    })

    test('A30 a project is in use by its providers, too, and nobody knows where calls are not kept apart', async () => {
      const { items: projects } = await world.ask('GET /projects', {})
      const { provider } = await world.ask('POST /providers', {
        body: { slug: 'ai', preset: 'openai', project: projects[0].id },
      })
      const [one, other] = [await good(), await good()]
      world.clock.now += 31 * dayMs
      await used(one)
      await used(other)
      await called(one, provider.id)
      expect((await find({ kind: 'unused_project' })).items.map(({ key }) => key)).toEqual([other])
      await called(other, '')
      expect((await find({ kind: 'unused_project' })).items).toEqual([])
    })

    test('A32 B42 unused_key: not used for so many days, and bulk suspend ends all of them in one call', async () => {
      const keys = [await good(), await good(), await good()].sort()
      const [first = '', second = '', third = ''] = keys
      world.clock.now += 40 * dayMs
      await used(first, 31)
      await used(second, 29)
      expect((await find({ kind: 'unused_key' })).items.map(({ key }) => key)).toEqual([first, third])
      expect((await find({ kind: 'unused_key', unusedDays: 29 })).total).toBe(2)
      expect((await find({ kind: 'unused_key', unusedDays: 28 })).total).toBe(3)
      const { bulk } = await find({ kind: 'unused_key' })
      expect(bulk).toMatchObject([
        { calls: [{ path: '/keys/bulk', body: { action: 'suspend', keys: [first, third] } }] },
      ])
      for (const call of bulk[0]?.calls ?? []) await perform(call)
      expect((await find({ kind: 'unused_key' })).items).toEqual([])
      const { key } = await world.ask('GET /keys/:id', { params: { id: first } })
      expect(key).toMatchObject({ status: 'inactive', stateReason: 'unused' })
    })

    test('A31 B40 rotation_due: by the schedule of the key, or by the policy', async () => {
      const byPolicy = await good()
      const bySchedule = await good({ rotation: { everyDays: 30 } })
      world.clock.now += 32 * dayMs
      expect((await find({ kind: 'rotation_due' })).items.map(({ key }) => key)).toEqual([bySchedule])
      expect((await settles('rotation_due', bySchedule)).why).toMatch(/By its schedule the next one was due on 2026-/)
      await world.ask('PATCH /policies', { body: { maxAgeDays: 32 } })
      expect((await settles('rotation_due', byPolicy)).why).toMatch(/no older than 32 days/)
      expect((await find({ kind: 'rotation_due' })).items).toEqual([])
    })

    test('B40 rotation_due and never_expires: by what is said for the tiers of the key, the strictest of them', async () => {
      const tiers = { development: { maxAgeDays: 10, maxExpiresIn: '30d' }, production: { maxAgeDays: 40 } }
      const prod = await world.ask('POST /projects', { body: { name: 'Prod', slug: 'prod', tier: 'production' } })
      expect(prod).toBeDefined()
      const [inDevelopment, inProduction, nowhere] = [
        await good({ expiresIn: 'never' }),
        await good({ projects: ['prod'] }),
        await good({ projects: [] }),
      ]
      await world.ask('PATCH /policies', { body: { maxAgeDays: 20, tiers } })
      const due = async () => (await find({ kind: 'rotation_due' })).items.map(({ key }) => key).toSorted()
      expect(await due()).toEqual([])
      world.clock.now += 11 * dayMs
      expect(await due()).toEqual([inDevelopment])
      world.clock.now += 10 * dayMs
      expect(await due()).toEqual([inDevelopment, nowhere].toSorted())
      world.clock.now += 20 * dayMs
      expect(await due()).toEqual([inDevelopment, nowhere, inProduction].toSorted())
      expect((await settles('rotation_due', inProduction)).why).toMatch(/no older than 40 days/)
      expect((await settles('rotation_due', inDevelopment)).why).toMatch(/no older than 10 days/)
      const { fix } = await settles('never_expires', inDevelopment)
      expect(fix.body).toEqual({ expiresIn: '30d' })
    })

    test('B38 never_expires: it gets the expiry of new keys, and never more than the policy allows', async () => {
      const [one, other, third] = [
        await good({ expiresIn: 'never' }),
        await good({ expiresIn: 'never' }),
        await good({ expiresIn: 'never' }),
      ]
      const daysLeft = async (id: string) =>
        (Date.parse((await world.ask('GET /keys/:id', { params: { id } })).key.expiresAt) - world.clock.now) / dayMs
      await settles('never_expires', one)
      expect(await daysLeft(one)).toBe(90)
      await world.ask('PATCH /policies', { body: { defaultExpiresIn: '180d' } })
      await settles('never_expires', other)
      expect(await daysLeft(other)).toBe(180)
      await world.ask('PATCH /policies', { body: { defaultExpiresIn: '30d', maxExpiresIn: '30d' } })
      await settles('never_expires', third)
      expect(await daysLeft(third)).toBe(30)
    })

    test('B39 all_servers: it keeps the servers that it has called, and their tools', async () => {
      const [wiki, mail, gone] = [
        await world.addServer('wiki'),
        await world.addServer('mail'),
        await world.addServer('gone'),
      ]
      const tools = { wiki: only('read'), mail: only('send') }
      const key = await good({ mcp: { servers: all, tools } })
      const unused = await good({ mcp: { servers: all } })
      await good({ mcp: { servers: only('wiki') } })
      await called(key, wiki.id, 80)
      await called(key, gone.id)
      await world.ask('DELETE /servers/:id', { params: { id: gone.id } })
      await used(key)
      await settles('all_servers', key)
      const { key: after } = await world.ask('GET /keys/:id', { params: { id: key } })
      expect(after.mcp).toMatchObject({ servers: only(wiki.id), tools: { [wiki.id]: only('read') } })
      expect(JSON.stringify(after.mcp)).not.toContain(mail.id)
      await settles('all_servers', unused)
      expect((await find({ kind: 'all_servers' })).items).toEqual([])
    })

    test('no_cap: neither a limit nor a budget is about the key itself; streams alone bound no money', async () => {
      const key = await good()
      await write((db) =>
        db.updateTable('limits').set({ requests_per_minute: null, streams: 5 }).where('target_id', '=', key).execute(),
      )
      expect(await kindsOf(key)).toEqual(['no_cap'])
      const budget = {
        ...{ organization_id: world.organizationId, id: 'bud_1', target_type: 'key', target_id: key },
        ...{ period: 'total' as const, amount: 1, thresholds: '[]', state: 'active' as const },
        ...{ frozen: 0, reset_period: null, resets: 0, created_at: 1, created_by: 'x', revision: 1 },
      }
      await write((db) => db.insertInto('budgets').values(budget).execute())
      expect(await kindsOf(key)).toEqual([])
      await write((db) => db.updateTable('budgets').set({ state: 'deleted' }).execute())
      expect(await kindsOf(key)).toEqual(['no_cap'])
      await settles('no_cap', key)
      const limitsOf = async () => (await world.ask('GET /keys/:id', { params: { id: key } })).key.limits
      expect(await limitsOf()).toMatchObject({ requestsPerMinute: 600, streams: 5 })
      await uncap(key)
      await settles('no_cap', key)
      expect(await limitsOf()).toMatchObject({ requestsPerMinute: 600, streams: 100 })
      expect(await kindsOf(key)).toEqual([])
    })

    test('old_secret_in_use: somebody calls with the secret before, which is still taken', async () => {
      const key = await good()
      await world.ask('POST /keys/:id/rotate', { params: { id: key }, body: { mode: 'grace', graceSeconds: 864_000 } })
      const usedOld = (at: number) =>
        write((db) =>
          db
            .updateTable('secret_versions')
            .set({ last_used_at: at })
            .where('key_id', '=', key)
            .where('version', '=', 1)
            .execute(),
        )
      await usedOld(world.clock.now - 1)
      expect(await kindsOf(key)).toEqual([])
      await usedOld(world.clock.now)
      await settles('old_secret_in_use', key)
      expect(await kindsOf(key)).toEqual([])
    })

    test('key_seen_in_browser: a page has called with the secret that it has', async () => {
      const key = await good()
      world.clock.now += dayMs
      await write((db) =>
        db
          .updateTable('keys')
          .set({ seen_in_browser_at: ago(0) })
          .where('id', '=', key)
          .execute(),
      )
      world.clock.now += dayMs
      expect((await settles('key_seen_in_browser', key)).why).toContain('2026-01-02')
      expect(await kindsOf(key)).toEqual([])
    })
  })

  test('keys that cannot be used, decoys and keys of one token are nobody’s to settle', async () => {
    const body = { name: 'a key', mcp: { servers: all } }
    const make = async (more: object = {}) => (await world.ask('POST /keys', { body: { ...body, ...more } })).key.id
    const [off, ended] = [await make(), await make(), await make({ honey: true }), await make({ ephemeral: {} })]
    await world.ask('POST /keys/:id/suspend', { params: { id: off }, body: {} })
    await world.ask('POST /keys/:id/revoke', { params: { id: ended }, body: {} })
    expect((await find()).items).toEqual([])
    const late = await make({ expiresIn: '30d' })
    expect(await kindsOf(late)).toEqual(['all_servers', 'no_cap'])
    world.clock.now += 30 * dayMs
    expect(await kindsOf(late)).toEqual([])
  })

  test('findings come in pages, each once, kind by kind, with the counts of all', async () => {
    for (let n = 0; n < 5; n++) await uncap(await good({ expiresIn: 'never', mcp: { servers: all } }))
    const whole = await find()
    expect(whole).toMatchObject({ total: 15, counts: { all_servers: 5, no_cap: 5, never_expires: 5, unused_key: 0 } })
    const paged: Finding[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: List = await find({ limit: 4, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.total).toBe(15)
      paged.push(...page.items)
      cursor = page.nextCursor
    }
    expect(paged).toEqual(whole.items)
    expect(new Set(paged.map(({ id }) => id)).size).toBe(15)
    const { nextCursor } = await find({ limit: 4 })
    const asked = (query: object) => world.call(world.owner, 'GET /findings', { query: { subject: 'key', ...query } })
    expect(codeOf(await asked({ cursor: nextCursor, kind: 'no_cap' }))).toBe('bad_cursor')
    expect(codeOf(await asked({ cursor: 'x' }))).toBe('bad_cursor')
    for (const bad of [{ kind: 'other' }, { key: 'x' }, { unusedDays: 0 }, { subject: 'server' }, { limit: 0 }])
      expect(codeOf(await asked(bad)), JSON.stringify(bad)).toBe('invalid')
  })

  test('B22 a member finds what is about his own keys and his team’s, and can settle it', async () => {
    const [ann, ben] = [await world.addMember('member', 'ann'), await world.addMember('member', 'ben')]
    const { team } = await world.ask('POST /teams', { body: { slug: 'ops', name: 'Ops', members: [ann.memberId] } })
    const never = { expiresIn: 'never' }
    const own = await good(never, ann)
    const shared = await good({ ...never, owner: { type: 'team', id: team.id } })
    const others = await good(never, ben)
    const mine = await find({ kind: 'never_expires' }, ann)
    expect(mine.items.map(({ key }) => key).sort()).toEqual([own, shared].sort())
    expect(mine.counts).toEqual({ never_expires: 2 })
    expect(JSON.stringify(await find({}, ann))).not.toContain(others)
    expect((await find({ key: others }, ann)).items).toEqual([])
    for (const { fix } of mine.items) await perform(fix, ann)
    expect((await find({ kind: 'never_expires' }, ann)).items).toEqual([])
    const auditor = await world.addMember('auditor', 'eve')
    expect((await find({ kind: 'never_expires' }, auditor)).items.map(({ key }) => key)).toEqual([others])
  })

  test('G10 nothing of another organization is found', async () => {
    const key = await good({ expiresIn: 'never' })
    const { organization } = await world.ask('POST /organizations', {
      body: { slug: 'other', name: 'Other', owner: { email: 'o@example.com', name: 'O' } },
    })
    const stranger: Actor = { ...world.owner, organizationId: organization.id }
    expect(await find({}, stranger)).toMatchObject({ items: [], total: 0 })
    expect((await find({ key }, stranger)).items).toEqual([])
  })

  test('every kind has its words', () => {
    expect(new Set(findingKinds).size).toBe(9)
  })
})
