import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { type AppRig, createAppRig, pointersOf } from '../../../test/app-rig.ts'
import { callRoute, codeOf, granted } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { beyond } from '../../access/narrow/within.ts'
import type { Database } from '../../db/database.ts'
import { peopleRoutes } from '../../people/routes.ts'
import type { Actor } from '../../people/schema.ts'
import type { Result } from '../../problems.ts'
import { bulkRoutes } from '../bulk/routes.ts'
import { childRoutes } from '../children/routes.ts'
import type { KeyView } from '../schema.ts'

type Answer = { key: KeyView }
type Imported = { results: { index: number; ok: boolean; id?: string; code?: string }[] }
const nothing = { mcp: { servers: { mode: 'none' } } } as const
const all = { toolsDefault: { mode: 'all' } } as const
const why = 'it watches all of them'

onEachStore('ways around policies', (open) => {
  let database: Database
  let rig: AppRig
  let mia: Actor
  beforeEach(async () => {
    database = await open()
    rig = await createAppRig(database)
    mia = await rig.ring.addMember('member')
  })
  const set = async (body: object) =>
    granted(await callRoute(peopleRoutes(rig.ring.peopleDeps))(rig.ring.owner, 'PATCH /policies', { body })) as {
      touched: { total: number; items: { key: string; policies: string[] }[] }
    }
  const change = (actor: Actor, id: string, body: object) =>
    rig.keys(actor, 'PATCH /keys/:id', { params: { id }, body }) as Promise<Result<Answer>>
  const make = (actor: Actor, body: object = {}) =>
    rig.keys(actor, 'POST /keys', { body: { name: 'bot', ...nothing, ...body } }) as Promise<Result<Answer>>
  const bulk = (actor: Actor, call: string, body: object) => {
    const deps = { deliverNow: async () => ({ ok: true, value: null }) as const, log: { error: () => {} } }
    return callRoute(bulkRoutes({ ...rig.ring.keyDeps, ...deps }))(actor, call, { body })
  }
  const policyOf = (answer: Result<unknown>) => (answer.ok ? null : answer.problem.data?.['policy'])
  const keysOf = async () => (await rig.rows('keys')) as unknown as { id: string; state: string }[]

  test('B39 the reason of an app that grants all servers is not taken away by its key, nor left out of the next', async () => {
    await set({ allServers: 'with-reason' })
    const { owner } = rig.ring
    expect(pointersOf(await rig.create({ name: 'Bot', ...all }))).toEqual(['/allServersReason'])
    const { app, key } = await rig.make({ ...all, allServersReason: why })
    const attempts = [
      { allServersReason: null },
      { allServersReason: null, name: 'x' },
      { mcp: key.mcp, allServersReason: null },
    ]
    for (const body of attempts) expect(pointersOf(await change(owner, key.id, body))).toEqual(['/allServersReason'])
    // Narrower than its app it needs none, and then not all again without one.
    granted(await change(owner, key.id, { ...nothing, allServersReason: null }))
    expect(pointersOf(await change(owner, key.id, { mcp: key.mcp }))).toEqual(['/allServersReason'])
    await rig.revoke(key.id)
    expect(pointersOf(await rig.keyFor(app.id, owner, { mcp: key.mcp }))).toEqual(['/allServersReason'])
    expect(codeOf(await rig.keyFor(app.id, owner, nothing))).toBeNull()
  })

  test('B39 nor that of any other key, in whatever order it is asked', async () => {
    await set({ allServers: 'with-reason' })
    const { owner } = rig.ring
    for (const servers of [{ mode: 'all' }, { mode: 'except', items: [] }]) {
      const { key } = granted(await make(owner, { mcp: { servers }, allServersReason: why }))
      expect(pointersOf(await change(owner, key.id, { allServersReason: null }))).toEqual(['/allServersReason'])
      granted(await change(owner, key.id, { mcp: { enabled: false, servers }, allServersReason: null }))
      expect(pointersOf(await change(owner, key.id, { mcp: { servers } }))).toEqual(['/allServersReason'])
    }
  })

  test('an app that grants all servers names its key among those that a policy touches', async () => {
    const { key } = await rig.make(all)
    await rig.make({ name: 'Other' })
    const dry = await callRoute(peopleRoutes(rig.ring.peopleDeps))(rig.ring.owner, 'PATCH /policies', {
      body: { allServers: 'with-reason' },
      query: { dryRun: 'true' },
    })
    expect(granted(dry)).toMatchObject({ touched: { total: 1, items: [{ key: key.id, policies: ['allServers'] }] } })
  })

  test('an import, and what says beforehand what it would do, count their own keys', async () => {
    await set({ ceilings: { keysPerMember: 3 } })
    granted(await make(mia))
    const keys = Array.from({ length: 4 }, (_, n) => ({ name: `k${n}`, ...nothing }))
    const results = async (dryRun: boolean) =>
      (granted(await bulk(mia, 'POST /keys/import', { keys, dryRun })) as Imported).results.map(({ ok }) => ok)
    expect(await results(true)).toEqual([true, true, false, false])
    expect(await results(false)).toEqual([true, true, false, false])
    expect(await results(true)).toEqual([false, false, false, false])
    expect(await keysOf()).toHaveLength(3)
    // Whoever is not bound imports as many as he likes.
    expect(
      (granted(await bulk(rig.ring.owner, 'POST /keys/import', { keys, dryRun: true })) as Imported).results,
    ).toSatisfy((each: Imported['results']) => each.every(({ ok }) => ok))
  })

  test('what a colleague made for both and one takes over counts for whoever has it', async () => {
    await set({ ceilings: { keysPerMember: 2 } })
    const noa = await rig.ring.addMember('member')
    const team = await rig.ring.rows.team('builders', [mia.memberId, noa.memberId])
    for (const name of ['One', 'Two']) {
      const { app } = await rig.make({ name, owner: { type: 'team', id: team } }, noa)
      granted(await rig.patch(app.id, { owner: { type: 'member', id: mia.memberId } }, mia))
    }
    expect(policyOf(await make(mia))).toBe('ceilings.keysPerMember')
    expect(policyOf(await rig.create({ name: 'Three' }, mia))).toBe('ceilings.keysPerMember')
    expect(codeOf(await make(noa))).toBeNull()
  })

  test('neither keys of one token, nor copies, apps, clones and replacements go beyond the number of keys', async () => {
    await set({ ceilings: { keysPerMember: 1 } })
    const { app, key } = await rig.make({}, mia)
    const verb = (name: string) => rig.keys(mia, `POST /keys/:id/${name}`, { params: { id: key.id }, body: {} })
    const attempts = [
      await make(mia),
      await make(mia, { ephemeral: { ttlSeconds: 60 } }),
      await rig.create({ name: 'Second' }, mia),
      await rig.clone(app.id, { name: 'Third' }, mia),
    ]
    expect(attempts.map(policyOf)).toEqual(attempts.map(() => 'ceilings.keysPerMember'))
    // A new secret is no new key; nor is one that is off and on again.
    expect(codeOf(await rig.regenerate(app.id, mia))).toBeNull()
    granted(await bulk(mia, 'POST /keys/bulk', { action: 'suspend', keys: [key.id] }))
    expect(policyOf(await make(mia))).toBe('ceilings.keysPerMember')
    granted(await bulk(mia, 'POST /keys/bulk', { action: 'resume', keys: [key.id] }))
    granted(await verb('revoke'))
    expect(codeOf(await verb('replacement'))).toBeNull()
    expect(policyOf(await make(mia))).toBe('ceilings.keysPerMember')
  })

  test('one token lives no longer, and reaches no further, than the ceilings of whoever asks for it', async () => {
    const server = await rig.ring.rows.server('github', await rig.ring.rows.project('dev'))
    await set({ ceilings: { maxExpiresIn: '30d', servers: { mode: 'none' } } })
    const wide = { mcp: { servers: { mode: 'only', items: [server] } }, projects: ['dev'] }
    const asks = [
      { ...wide, ephemeral: {} },
      { mcp: { servers: { mode: 'all' } }, ephemeral: {} },
      { mcp: { servers: { mode: 'except', items: [] } } },
    ]
    for (const body of asks) expect(codeOf(await make(mia, body))).not.toBeNull()
    expect(await keysOf()).toHaveLength(0)
    const { key } = granted(await make(mia))
    expect(key.mcp.servers).toEqual({ mode: 'none' })
    // Of a key within its ceilings: a child says less than its key, and lives a day at most.
    const child = (ttlSeconds: number, narrow: object) =>
      callRoute(childRoutes({ ...rig.ring.keyDeps, beyond }))(mia, 'POST /keys/:id/children', {
        params: { id: key.id },
        body: { ttlSeconds, narrow },
      })
    expect(codeOf(await child(60, { mcp: { servers: { mode: 'all' } } }))).not.toBeNull()
  })

  test('what an admin gave above the ceilings a member turns off and on, names and renews, and does not make twice', async () => {
    const owner = { type: 'member', id: mia.memberId }
    const given = granted(
      await make(rig.ring.owner, {
        owner,
        mcp: { servers: { mode: 'all' } },
        limits: { requestsPerMinute: 900 },
        expiresIn: '60d',
      }),
    ).key
    await set({ ceilings: { servers: { mode: 'none' }, requestsPerMinute: 5, maxExpiresIn: '30d' } })
    const mine = (action: string, more: object = {}) =>
      bulk(mia, 'POST /keys/bulk', { action, keys: [given.id], ...more })
    for (const action of ['suspend', 'resume']) granted(await mine(action))
    granted(await change(mia, given.id, { name: 'watcher', limits: { requestsPerMinute: 800 } }))
    expect(policyOf(await change(mia, given.id, { expiresIn: '90d' }))).toBe('ceilings.maxExpiresIn')
    const twice = await rig.keys(mia, 'POST /keys/:id/duplicate', { params: { id: given.id }, body: {} })
    expect(codeOf(twice)).toBe('policy_refused')
    granted(await rig.keys(mia, 'POST /keys/:id/revoke', { params: { id: given.id } }))
    const again = await rig.keys(mia, 'POST /keys/:id/replacement', { params: { id: given.id }, body: {} })
    expect(codeOf(again)).toBe('policy_refused')
  })

  test('whatever a member makes one after the other, keys, tokens and apps: never too wide, never too many', async () => {
    await rig.ring.rows.server('github', await rig.ring.rows.project('dev'), [await rig.ring.rows.catalog('all-of-us')])
    await set({
      allServers: 'with-reason',
      ceilings: { keysPerMember: 3, servers: { mode: 'none' }, maxExpiresIn: '60d' },
    })
    const grants = fc.constantFrom({}, { tools: {} }, all, { tools: { github: { mode: 'all' } } })
    const verb = fc.constantFrom('key', 'token', 'import', 'app', 'clone', 'grant', 'reason', 'next', 'revoke', 'copy')
    const steps = fc.array(fc.tuple(verb, grants, fc.boolean(), fc.nat()), { minLength: 5, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const apps: string[] = []
        for (const [move, grant, isExplained, n] of moves) {
          const held = await keysOf()
          const id = held[n % Math.max(1, held.length)]?.id ?? 'key_none'
          const app = apps[n % Math.max(1, apps.length)] ?? 'app_none'
          const reason = isExplained ? { allServersReason: why } : {}
          const acts: Record<typeof move, () => Promise<Result<unknown>>> = {
            key: () => make(mia, reason),
            token: () => make(mia, { ephemeral: {} }),
            import: () => bulk(mia, 'POST /keys/import', { keys: [{ name: 'a', ...nothing }, { name: 'b' }] }),
            app: () =>
              rig.create({ name: 'Bot', ...grant, ...reason, ...(isExplained ? { expiresIn: '90d' } : {}) }, mia),
            clone: () => rig.clone(app, { name: 'Twin' }, mia),
            grant: () => rig.patch(app, grant, mia),
            reason: () => change(mia, id, { allServersReason: isExplained ? why : null }),
            next: () => rig.keyFor(app, mia, reason),
            revoke: () => rig.keys(mia, 'POST /keys/:id/revoke', { params: { id } }),
            copy: () => rig.keys(mia, 'POST /keys/:id/duplicate', { params: { id }, body: {} }),
          }
          const done = await acts[move]()
          if (done.ok && (move === 'app' || move === 'clone')) apps.push((done.value as { app: { id: string } }).app.id)
          const live = (await keysOf()).filter(({ state }) => state === 'active' || state === 'suspended')
          expect([move, live.length <= 3]).toEqual([move, true])
        }
        for (const row of await rig.rows('apps')) {
          expect([JSON.parse(row.tools), JSON.parse(row.tools_default)]).toEqual([{}, { mode: 'none' }])
        }
      }),
      { numRuns: 6 },
    )
  })
})
