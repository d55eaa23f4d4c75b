import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { redact } from '../observe/redact.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createIdempotency, type Done, isIdempotencyKey, without } from './idempotency.ts'
import * as store from './store.ts'

const organizationId = 'org_AAAAAAAAAAAAAAAA'
const actor: Actor = {
  kind: 'member',
  organizationId,
  memberId: 'mem_1',
  name: 'Ada',
  role: 'owner',
  scopes: ['*'],
  operator: true,
  credentialId: 'mgt_1',
}
const secret = 'osta_AAAAAAAAAAAAAAAA_0000000000000000000000000000000000000000000111111'

const addOrganization = (database: Database) =>
  database.system.transaction(async (db) => {
    await db
      .insertInto('organizations')
      .values({
        id: organizationId,
        slug: 'default',
        name: 'Default',
        is_default: 1,
        max_staleness_seconds: 60,
        revision: 1,
        created_at: 1,
      })
      .execute()
  })

type Life = {
  readonly boot?: string
  readonly now?: () => number
  readonly isShared?: boolean
  readonly transaction?: Database['transaction']
}
const life = (database: Database, more: Life = {}) => {
  const { boot = 'boot-1', now = () => 1_000_000, isShared = false, transaction = database.transaction } = more
  return createIdempotency({
    transaction,
    store,
    digest: (body, rawQuery) => createHmac('sha256', 'test').update(`${rawQuery}\n`).update(body).digest('base64url'),
    redact,
    boot,
    isShared,
    now,
    log: { error: () => {} },
  })
}

let runs = 0
const attempt = (
  key: string,
  more: { body?: string; rawQuery?: string; actor?: Actor; run?: () => Promise<Result<Done>> } = {},
) => ({
  actor: more.actor ?? actor,
  method: 'POST',
  path: '/api/v1/things',
  rawQuery: more.rawQuery ?? '',
  key,
  body: Buffer.from(more.body ?? '{"name":"lamp"}'),
  secretFields: ['secret'],
  run:
    more.run ??
    (async () => {
      runs += 1
      return ok({ status: 201, answer: { thing: { id: `thg_${runs}` }, secret } })
    }),
})
const codeOf = ({ result }: { result: Result<Done> }) => (result.ok ? 'ok' : result.problem.code)

onEachStore('calls under an Idempotency-Key', (open) => {
  let database: Database
  const ready = async () => {
    database = await open()
    await addOrganization(database)
    return life(database)
  }

  test('a repeat gets the first answer, marked and without its secret, and nothing is done twice', async () => {
    const once = await ready()
    runs = 0
    const first = await once(attempt('a'))
    expect(first).toEqual({ isReplay: false, result: ok({ status: 201, answer: { thing: { id: 'thg_1' }, secret } }) })
    const again = await once(attempt('a'))
    expect(again).toEqual({ isReplay: true, result: ok({ status: 201, answer: { thing: { id: 'thg_1' } } }) })
    expect(runs).toBe(1)
  })

  test('another body or query under the same key is refused, another caller is on his own', async () => {
    const once = await ready()
    await once(attempt('a'))
    expect(codeOf(await once(attempt('a', { body: '{"name":"door"}' })))).toBe('idempotency_mismatch')
    expect(codeOf(await once(attempt('a', { rawQuery: 'waitMs=0' })))).toBe('idempotency_mismatch')
    const other = await once(attempt('a', { actor: { ...actor, credentialId: 'mgt_2' } }))
    expect(other.isReplay).toBe(false)
  })

  test('of twenty that arrive together one runs and the others are told so', async () => {
    const once = await ready()
    runs = 0
    const gate = Promise.withResolvers<void>()
    const run = async () => {
      runs += 1
      await gate.promise
      return ok({ status: 201, answer: {} })
    }
    const outcome = async () => {
      const done = await once(attempt('race', { run }))
      return done.isReplay && done.result.ok ? 'replayed' : codeOf(done)
    }
    const racing = Array.from({ length: 20 }, outcome)
    await expect.poll(() => runs).toBe(1)
    expect(await Promise.race(racing)).toBe('idempotency_running')
    gate.resolve()
    const outcomes = await Promise.all(racing)
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1)
    // Whoever came after the first had ended was shown its answer.
    for (const each of outcomes) expect(['ok', 'idempotency_running', 'replayed']).toContain(each)
    expect(runs).toBe(1)
  })

  test('one that arrives while the answer to the claim of the first is on its way is told that it runs', async () => {
    await ready()
    const [claimed, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let units = 0
    const once = life(database, {
      transaction: async (organization, work) => {
        units += 1
        const isFirst = units === 1
        const value = await database.transaction(organization, work)
        if (isFirst) {
          claimed.resolve()
          await answered.promise
        }
        return value
      },
    })
    const first = once(attempt('slow'))
    await claimed.promise
    const second = (await once(attempt('slow'))).result
    expect(second).toMatchObject({ problem: { code: 'idempotency_running', retryAfterSeconds: 1 } })
    answered.resolve()
    expect(await first).toMatchObject({ isReplay: false, result: { ok: true } })
    expect(await once(attempt('slow'))).toMatchObject({ isReplay: true, result: { ok: true } })
  })

  test('one that reads the row of the first and hears of it when that has ended is told that it runs', async () => {
    await ready()
    const [read, answered, gate] = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
    let isSlow = false
    const once = life(database, {
      transaction: async (organization, work) => {
        const wasSlow = isSlow
        isSlow = false
        const value = await database.transaction(organization, work)
        if (wasSlow) {
          read?.resolve()
          await answered?.promise
        }
        return value
      },
    })
    const begun = Promise.withResolvers<void>()
    const run = async () => {
      begun.resolve()
      await gate?.promise
      return ok({ status: 201, answer: {} })
    }
    const first = once(attempt('ends', { run }))
    await begun.promise
    isSlow = true
    const second = once(attempt('ends'))
    await read?.promise
    gate?.resolve()
    await first
    answered?.resolve()
    expect((await second).result).toMatchObject({ problem: { code: 'idempotency_running', retryAfterSeconds: 1 } })
  })

  test('a refusal is not kept: the same key may be tried again', async () => {
    const once = await ready()
    const refused = await once(attempt('b', { run: async () => refuse('slug_taken') }))
    expect(codeOf(refused)).toBe('slug_taken')
    expect(await once(attempt('b', { body: '{"name":"other"}' }))).toMatchObject({
      isReplay: false,
      result: { ok: true },
    })
  })

  test('an attempt that broke off is never run again: whether it did its work is not known', async () => {
    const once = await ready()
    const run = () => Promise.reject(new Error('cut'))
    await expect(once(attempt('c', { run }))).rejects.toThrow('cut')
    const again = await once(attempt('c'))
    expect(again.result).toMatchObject({
      problem: { code: 'idempotency_running', detail: expect.stringMatching(/cut off.*use a new key/) },
    })
  })

  test('an attempt of a process that died is told from one that runs elsewhere', async () => {
    await ready()
    const dead = life(database, { boot: 'boot-0' })
    void dead(attempt('d', { run: () => new Promise(() => {}) }))
    await expect
      .poll(() => database.read(organizationId, (db) => store.findCall(db, organizationId, nameOf('d'))))
      .not.toBeNull()
    const alone = (await life(database)(attempt('d'))).result
    expect(alone).toMatchObject({ problem: { code: 'idempotency_running', detail: expect.stringMatching(/cut off/) } })
    const beside = (await life(database, { isShared: true })(attempt('d'))).result
    expect(beside).toMatchObject({ problem: { code: 'idempotency_running', retryAfterSeconds: 1 } })
    const later = (await life(database, { isShared: true, now: () => 1_000_000 + 120_000 })(attempt('d'))).result
    expect(later).toMatchObject({ problem: { code: 'idempotency_running', detail: expect.stringMatching(/cut off/) } })
  })

  test('after 24 hours a key is free again, and the sweep takes what is left', async () => {
    const once = await ready()
    await once(attempt('e'))
    await once(attempt('f'))
    const day = 24 * 3_600_000
    const nextDay = life(database, { now: () => 1_000_000 + day })
    expect(await nextDay(attempt('e'))).toMatchObject({ isReplay: false })
    expect(await database.system.transaction((db) => store.deleteCallsBefore(db, 1_000_001))).toBe(false)
    const left = await database.read(organizationId, (db) =>
      Promise.all([store.findCall(db, organizationId, nameOf('e')), store.findCall(db, organizationId, nameOf('f'))]),
    )
    expect(left.map((row) => row !== null)).toEqual([true, false])
  })

  test('C09 what is kept holds no secret, even where a route forgot to name it', async () => {
    const once = await ready()
    await once({ ...attempt('g'), secretFields: [] })
    const row = await database.read(organizationId, (db) => store.findCall(db, organizationId, nameOf('g')))
    expect(row?.answer).toContain('osta_AAAAAAAAAAAAAAAA[redacted]')
    expect(JSON.stringify(row)).not.toContain(secret.slice(22))
  })
})

const nameOf = (idempotencyKey: string) => ({ caller: 'mgt_1', method: 'POST', path: '/api/v1/things', idempotencyKey })

test('an Idempotency-Key is 1 to 128 visible characters', () => {
  for (const key of ['a', 'x'.repeat(128), '"7f3c-1"']) expect(isIdempotencyKey(key)).toBe(true)
  for (const key of ['', 'x'.repeat(129), 'a b', 'ü', 'a\n']) expect(isIdempotencyKey(key)).toBe(false)
})

test('secrets are taken out wherever the route says they stand', () => {
  const answer = { key: { id: 1 }, secret: 's', claim: { url: 'u', expiresAt: 'x' } }
  expect(without(answer, ['secret', 'claim.url', 'not.there'])).toEqual({ key: { id: 1 }, claim: { expiresAt: 'x' } })
  expect(answer.secret).toBe('s')
})

test('secrets of every item of a list are taken out, however deep they stand', () => {
  const items = [{ id: 1, secret: 's' }, { id: 2, claim: { url: 'u', expiresAt: 'x' } }, { id: 3 }, null, 's']
  expect(without({ results: items }, ['results.secret', 'results.claim.url'])).toEqual({
    results: [{ id: 1 }, { id: 2, claim: { expiresAt: 'x' } }, { id: 3 }, null, 's'],
  })
  expect(without({ a: [[{ b: [{ c: 1, d: 2 }] }]] }, ['a.b.c'])).toEqual({ a: [[{ b: [{ d: 2 }] }]] })
})
