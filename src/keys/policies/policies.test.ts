import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { nanoOf } from '../../budgets/schema.ts'
import type { Database } from '../../db/database.ts'
import { peopleRoutes } from '../../people/routes.ts'
import type { Actor } from '../../people/schema.ts'
import { findOrganization } from '../../people/store.ts'
import { bulkRoutes } from '../bulk/routes.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'

type Answer = { key: KeyView }
type Touched = { touched: { total: number; items: { key: string; policies: string[] }[]; nextCursor?: string } }
const standard = { name: 'bot', mcp: { servers: { mode: 'none' } } }

onEachStore('policies of keys', (open) => {
  let database: Database
  let ring: Keyring
  let member: Actor
  beforeEach(async () => {
    database = await open()
    ring = await createKeyring(database)
    member = await ring.addMember('member')
  })
  const people = (actor: Actor, call: string, given?: object) =>
    callRoute(peopleRoutes(ring.peopleDeps))(actor, call, given)
  const keys = (actor: Actor, call: string, given?: object) => callRoute(keyRoutes(ring.keyDeps))(actor, call, given)
  const set = (body: object, query: object = {}) => people(ring.owner, 'PATCH /policies', { body, query })
  const make = (actor: Actor, body: object) => keys(actor, 'POST /keys', { body: { ...standard, ...body } })
  const made = async (actor: Actor, body: object = {}) => (granted(await make(actor, body)) as Answer).key
  const change = (actor: Actor, id: string, body: object) => keys(actor, 'PATCH /keys/:id', { params: { id }, body })
  const named = (answer: Awaited<ReturnType<typeof set>>) =>
    answer.ok ? [] : [answer.problem.code, ...(answer.problem.errors ?? []).map(({ pointer }) => pointer)]

  test('E69 C25 an organization of before, which says nothing, asks for a new secret after 90 days and cuts nothing', async () => {
    await database.system.transaction((db) => db.updateTable('organizations').set({ policies: '{}' }).execute())
    const organization = await database.system.read((db) => findOrganization(db, ring.first.organizationId))
    expect(organization?.policies).toMatchObject({ maxAgeDays: 90, allServers: 'allowed', ceilings: null, tiers: {} })
    const key = await made(member)
    expect(key.expiresAt).toBeNull()
    expect(Date.parse(key.rotationDueAt ?? '')).toBe(Date.parse(key.createdAt) + 90 * 86_400_000)
  })

  test('policies that nobody could satisfy are refused at their fields, and change nothing', async () => {
    const attempts: [object, string[]][] = [
      [{ defaultExpiresIn: '1y', maxExpiresIn: '30d' }, ['/defaultExpiresIn']],
      [
        { tiers: { production: { defaultExpiresIn: '1y', maxExpiresIn: '30d' } } },
        ['/tiers/production/defaultExpiresIn'],
      ],
      [{ maxExpiresIn: '30d', tiers: { staging: { defaultExpiresIn: '60d' } } }, ['/tiers/staging/defaultExpiresIn']],
      [{ addresses: { mode: 'only', cidrs: [] } }, ['/addresses/cidrs']],
      [{ addresses: { mode: 'only', cidrs: ['10.0.0.0/8', 'nowhere'] } }, ['/addresses/cidrs/1']],
      [{ nameTemplate: '* x' }, []],
      [{ nameTemplate: ' *' }, ['/nameTemplate']],
      [{ nameTemplate: ' a' }, ['/nameTemplate']],
      [{ nameTemplate: 'a\u0007*' }, ['/nameTemplate']],
      [{ tiers: { production: { nameTemplate: '\u200b' } } }, ['/tiers/production/nameTemplate']],
      [{ ceilings: { servers: { mode: 'none' }, providers: { mode: 'only', items: [] } } }, ['/ceilings']],
      [{ ceilings: { servers: { mode: 'only', items: ['nothing'] } } }, ['/ceilings/servers/items/0']],
      [
        { tiers: { staging: { ceilings: { providers: { mode: 'except', items: ['no'] } } } } },
        ['/tiers/staging/ceilings/providers/items/0'],
      ],
      [{ sessionIdleMinutes: 120, sessionMaxHours: 1 }, ['/sessionIdleMinutes']],
      [{ secondFactorRoles: ['owner', 'owner'] }, ['/secondFactorRoles/1']],
      [{ passwordSignIn: 'off' }, ['/passwordSignIn']],
    ]
    for (const [body, pointers] of attempts) {
      const expected = pointers.length === 0 ? [] : ['invalid', ...pointers]
      expect([body, named(await set(body, { dryRun: 'true' }))]).toEqual([body, expected])
      if (expected.length > 0) expect(named(await set(body))).toEqual(expected)
    }
    expect(granted(await people(ring.owner, 'GET /policies'))).toMatchObject({ policies: { revision: 1 } })
  })

  test('B37 B38 B39 what is said for a tier holds in it, by the name under which it was said', async () => {
    const dev = granted(await people(ring.owner, 'GET /policies'))
    expect(dev).toBeDefined()
    granted(
      await set({ tiers: { development: { maxExpiresIn: '30d', nameTemplate: 'dev-*', allServers: 'with-reason' } } }),
    )
    const all = { mcp: { servers: { mode: 'all' } } }
    const refused = await make(ring.owner, { ...all, expiresIn: '60d' })
    expect(named(refused)).toEqual(['policy_refused', '/name', '/expiresIn', '/allServersReason'])
    expect(refused).toMatchObject({ problem: { data: { policy: 'tiers.development.nameTemplate' } } })
    const key = await made(ring.owner, { ...all, name: 'dev-bot', allServersReason: 'it watches all of them' })
    expect(key).toMatchObject({ allServersReason: 'it watches all of them' })
    expect(Date.parse(key.expiresAt ?? '')).toBe(Date.parse(key.createdAt) + 30 * 86_400_000)
    // Without the reason it could not have been made so.
    expect(named(await change(ring.owner, key.id, { allServersReason: null }))).toEqual([
      'policy_refused',
      '/allServersReason',
    ])
    // A key without a project stands in no tier, until it comes to one.
    const free = await made(ring.owner, { ...all, projects: [] })
    expect(free.expiresAt).toBeNull()
    expect(named(await change(ring.owner, free.id, { projects: null }))).toEqual([
      ...['policy_refused', '/name', '/expiresAt', '/allServersReason'],
    ])
    expect(codeOf(await change(ring.owner, free.id, { description: 'kept' }))).toBeNull()
  })

  test('a key whose own list lies outside the forced one is refused, entry by entry', async () => {
    granted(await set({ addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '2001:db8::/32'] } }))
    const cidrs = ['10.1.0.0/16', '192.0.2.0/24', '2001:db8::1', '0.0.0.0/0']
    const refused = await make(ring.owner, { addresses: { mode: 'only', cidrs } })
    expect(named(refused)).toEqual(['policy_refused', '/addresses/cidrs/1', '/addresses/cidrs/3'])
    const key = await made(ring.owner, { addresses: { mode: 'only', cidrs: ['10.1.0.0/16'] } })
    expect(named(await change(ring.owner, key.id, { addresses: { mode: 'only', cidrs: ['9.9.9.9'] } }))).toEqual([
      ...['policy_refused', '/addresses/cidrs/0'],
    ])
    expect((await made(ring.owner)).addresses).toEqual({ mode: 'any' })
  })

  test('a stricter policy says first which keys it touches, page by page, and cuts none of them', async () => {
    const [far, near] = [
      await made(member, { name: 'far' }),
      await made(ring.owner, { name: 'near', expiresIn: '30d' }),
    ]
    const dry = async (body: object, cursor?: string) =>
      (granted(await set(body, { dryRun: 'true', ...(cursor ? { cursor } : {}) })) as Touched).touched
    expect(await dry({ maxExpiresIn: '60d' })).toEqual({
      total: 1,
      items: [
        {
          key: far.id,
          name: 'far',
          owner: { type: 'member', id: member.memberId, name: 'member' },
          policies: ['maxExpiresIn'],
        },
      ],
    })
    expect(await dry({ nameTemplate: 'f*', ceilings: { concurrent: 5 } })).toMatchObject({ total: 2 })
    const all = { addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] }, maxStalenessSeconds: 10 }
    for (const { policies } of (await dry(all)).items) expect(policies).toEqual(['addresses', 'maxStalenessSeconds'])
    expect(await dry({ maxExpiresIn: 'never', timeZone: 'Europe/Zurich' })).toEqual({ total: 0, items: [] })
    expect(granted(await people(ring.owner, 'GET /policies'))).toMatchObject({ policies: { revision: 1 } })
    expect(granted(await set({ maxExpiresIn: '60d' }))).toMatchObject({ touched: { total: 1 }, effect: {} })
    const shown = granted(await keys(member, 'GET /keys/:id', { params: { id: far.id } })) as Answer
    expect(shown.key).toMatchObject({ status: 'active', expiresAt: null, revision: far.revision })
    expect(near.status).toBe('active')
    expect(codeOf(await set({}, { dryRun: 'true', cursor: 'nonsense' }))).toBe('bad_cursor')
  })

  test('members serve themselves within the ceilings; owners and admins are not bound, also for a member', async () => {
    const ceilings = {
      budgetUsdPerMonth: '25',
      requestsPerMinute: 60,
      maxExpiresIn: '90d',
      servers: { mode: 'none' },
      keysPerMember: 2,
    }
    granted(await set({ ceilings }))
    const key = await made(member)
    expect(key).toMatchObject({
      limits: { requestsPerMinute: 60, concurrent: null },
      budgets: [{ usd: '25.00', period: 'month' }],
    })
    expect(Date.parse(key.expiresAt ?? '')).toBe(Date.parse(key.createdAt) + 90 * 86_400_000)
    const wide = {
      mcp: { servers: { mode: 'all' } },
      limits: { requestsPerMinute: 61 },
      budgets: [{ usd: '25.01', period: 'month' }],
      expiresIn: 'never',
    }
    const asked = { mcp: wide.mcp, expiresIn: wide.expiresIn }
    expect(named(await make(member, asked))).toEqual(['policy_refused', '/mcp/servers', '/expiresIn'])
    expect(named(await make(member, { limits: wide.limits, budgets: wide.budgets }))).toEqual([
      ...['policy_refused', '/limits/requestsPerMinute', '/budgets/0/usd'],
    ])
    granted(await make(ring.owner, wide))
    const given = await made(ring.owner, { ...wide, owner: { type: 'member', id: member.memberId } })
    expect(given.limits.requestsPerMinute).toBe(61)
    // What was given to him he cannot make his own twice.
    granted(await keys(ring.owner, 'POST /keys/:id/revoke', { params: { id: key.id }, body: {} }))
    expect(
      named(await keys(member, 'POST /keys/:id/duplicate', { params: { id: given.id }, body: {} })).slice(0, 2),
    ).toEqual(['policy_refused', '/mcp/servers'])
    await made(member)
    expect(await make(member, {})).toMatchObject({ problem: { data: { policy: 'ceilings.keysPerMember' } } })
  })

  test('two keys at the same time do not both take the last place', async () => {
    granted(await set({ ceilings: { keysPerMember: 1 } }))
    const results = await Promise.all([make(member, {}), make(member, {}), make(member, {})])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('nothing above a ceiling is ever stored by a member, whatever he tries one after the other', async () => {
    const ceilings = {
      budgetUsdPerMonth: '10',
      requestsPerMinute: 20,
      concurrent: 3,
      maxExpiresIn: '60d',
      servers: { mode: 'none' },
    }
    granted(await set({ tiers: { development: { ceilings } } }))
    const field = fc.record(
      {
        limits: fc.constantFrom(
          {},
          { requestsPerMinute: 20 },
          { requestsPerMinute: 21 },
          { concurrent: 9 },
          { requestsPerMinute: null },
        ),
        budgets: fc.constantFrom(
          [],
          [{ usd: '3', period: 'month' }],
          [{ usd: '11', period: 'month' }],
          [{ usd: '99', period: 'day' }],
        ),
        expiresIn: fc.constantFrom('never', '30d', '60d', '90d'),
        mcp: fc.constantFrom(
          { servers: { mode: 'none' } },
          { servers: { mode: 'all' } },
          { servers: { mode: 'except', items: [] } },
        ),
        projects: fc.constantFrom([], undefined),
      },
      { requiredKeys: [] },
    )
    const verb = fc.constantFrom('make', 'change', 'copy', 'import', 'home')
    const steps = fc.array(fc.tuple(verb, field, fc.nat()), { minLength: 6, maxLength: 12 })
    const bulk = bulkRoutes({
      ...ring.keyDeps,
      deliverNow: async () => ({ ok: true, value: null }),
      log: { error: () => {} },
    })
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const mine: string[] = []
        for (const [move, fields, n] of moves) {
          const id = mine[n % Math.max(1, mine.length)] ?? 'key_none'
          const made = async () => {
            if (move === 'make') return make(member, fields)
            if (move === 'change') return change(member, id, fields)
            if (move === 'home') return change(member, id, { projects: null })
            if (move === 'copy') return keys(member, 'POST /keys/:id/duplicate', { params: { id }, body: {} })
            return callRoute(bulk)(member, 'POST /keys/import', { body: { keys: [{ ...standard, ...fields }] } })
          }
          const done = await made()
          if (done.ok && (move === 'make' || move === 'copy')) mine.push((done.value as Answer).key.id)
        }
        for (const id of mine) {
          const { key } = granted(await keys(member, 'GET /keys/:id', { params: { id } })) as Answer
          if (key.projects.length === 0) continue
          expect(key.limits.requestsPerMinute).toBeLessThanOrEqual(20)
          expect(key.limits.concurrent).toBeLessThanOrEqual(3)
          expect(key.mcp.servers).toEqual({ mode: 'none' })
          expect(Date.parse(key.expiresAt ?? '')).toBeLessThanOrEqual(ring.clock.now() + 60 * 86_400_000)
          expect(nanoOf(key.budgets.find(({ period }) => period === 'month')?.usd ?? '999')).toBeLessThanOrEqual(
            nanoOf('10'),
          )
        }
      }),
      { numRuns: 6 },
    )
  })
})
