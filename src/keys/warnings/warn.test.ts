import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CompiledQuery, sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { createNamedRows } from '../../../test/named-rows.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { newId } from '../token.ts'
import { dueDays, reached, warningDays, windowsOf } from './reached.ts'
import { forgetWarnings, nearQuery } from './store.ts'
import { warnKeys } from './warn.ts'

const day = 86_400_000
const minute = 60_000
const begin = Date.parse('2026-01-01T00:00:00Z')
const orgA = 'org_000000000000000a'
const orgB = 'org_000000000000000b'
const id = (prefix: string) => newId(prefix, randomBytes)

type Key = {
  readonly expiresAt?: number
  readonly createdAt?: number
  readonly secretMadeAt?: number | null
  readonly rotationDueAt?: number
  readonly deliverTo?: string
  readonly state?: 'active' | 'suspended' | 'revoked' | 'deleted'
  readonly honey?: boolean
  readonly organization?: string
}

onEachStore('warnings', (open) => {
  let database: Database
  let now: number
  let warn: ReturnType<typeof warnKeys>
  beforeEach(async () => {
    database = await open()
    now = begin
    for (const organization of [orgA, orgB]) await addOrganization(database, organization, organization.slice(-1))
    // What policies ask for by default is asked for in tests of its own.
    for (const organization of [orgA, orgB]) await policy(null, organization)
    warn = process()
  })
  /** Another control, or the same one after its start. */
  const process = () => warnKeys({ system: database.system, newId: id, now: () => now })
  const look = () => warn(() => false)

  const rowOf = ({ organization = orgA, createdAt = begin - 100 * day, ...key }: Key) => ({
    organization_id: organization,
    id: id('key'),
    token_kind: 'k' as const,
    name: 'Bot',
    description: '',
    owner_type: 'member' as const,
    owner_id: 'mem_1',
    owner_name: 'Ada',
    state: key.state ?? 'active',
    scope: '{}',
    max_staleness_seconds: null,
    expires_at: key.expiresAt ?? null,
    created_at: createdAt,
    created_by: 'mem_1',
    revoked_at: null,
    revision: 1,
    honey: key.honey ? (1 as const) : (0 as const),
    secret_made_at: key.secretMadeAt === undefined ? createdAt : key.secretMadeAt,
    rotation:
      key.rotationDueAt === undefined
        ? null
        : JSON.stringify({ everyDays: 30, deliverTo: key.deliverTo ?? null, graceSeconds: 0 }),
    rotation_due_at: key.rotationDueAt ?? null,
  })
  const addAll = async (keys: readonly Key[]): Promise<string[]> => {
    const rows = keys.map(rowOf)
    await database.system.transaction(async (db) => {
      for (let at = 0; at < rows.length; at += 200)
        await db
          .insertInto('keys')
          .values(rows.slice(at, at + 200))
          .execute()
    })
    return rows.map((row) => row.id)
  }
  const add = async (key: Key): Promise<string> => (await addAll([key]))[0] ?? ''
  const change = (keyId: string, values: { expires_at?: number; secret_made_at?: number; state?: 'suspended' }) =>
    database.system.transaction((db) => db.updateTable('keys').set(values).where('id', '=', keyId).execute())
  const policy = (maxAgeDays: number | null, organization = orgA) =>
    database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify({ maxAgeDays }) })
        .where('id', '=', organization)
        .execute(),
    )
  const said = async () => {
    const rows = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().orderBy('row_id').execute(),
    )
    return rows.map(({ action, subject_id, actor_kind, actor_id, after }) => {
      expect([actor_kind, actor_id]).toEqual(['system', 'system'])
      return { action, key: subject_id, ...JSON.parse(after ?? '{}') }
    })
  }
  const days = async () => (await said()).map(({ days }) => days)

  test('R12 A31 a key that ends is told of 14, 7 and 1 days before, once each, to the minute', async () => {
    const expiresAt = begin + 20 * day
    const key = await add({ expiresAt })
    for (; now < begin + 22 * day; now += 6 * 60 * minute) {
      await look()
      const left = (expiresAt - now) / day
      expect(await days()).toEqual(warningDays.filter((each) => left <= each))
    }
    expect(await said()).toEqual(
      [14, 7, 1].map((days) => ({
        action: 'key.expiring',
        key,
        days,
        expiresAt: new Date(expiresAt).toISOString(),
      })),
    )
  })

  test('R12 a warning comes with the look at its instant, and not one millisecond before', async () => {
    await add({ expiresAt: begin + 14 * day + 2 })
    await look()
    now += 1
    await look()
    expect(await days()).toEqual([])
    now += 1
    await look()
    expect(await days()).toEqual([14])
  })

  test('who was there too late for a warning gets the next one, and never several at once', async () => {
    await add({ expiresAt: begin + 5 * day })
    await look()
    expect(await days()).toEqual([7])
    now = begin + 4 * day
    warn = process()
    await look()
    expect(await days()).toEqual([7, 1])
  })

  test('a key made with less than 14 days to live is told of at what is still ahead', async () => {
    await add({ createdAt: begin, expiresAt: begin + 10 * day })
    await add({ createdAt: begin, expiresAt: begin + 5 * day })
    await add({ createdAt: begin, expiresAt: begin + 20 * 3_600_000 })
    await look()
    expect(await days()).toEqual([])
    now = begin + 3 * day
    await look()
    expect(await days()).toEqual([7])
    now = begin + 4 * day
    await look()
    expect(await days()).toEqual([7, 1])
  })

  test('an end that was moved is another end: all is told again in its time', async () => {
    const key = await add({ expiresAt: begin + 13 * day })
    await look()
    await change(key, { expires_at: begin + 40 * day })
    now = begin + 13 * day
    await look()
    expect(await days()).toEqual([14])
    now = begin + 27 * day
    await look()
    expect(await days()).toEqual([14, 14])
    // Into a window that has been looked at: found within the hour.
    await change(key, { expires_at: now + 3 * day })
    now += 59 * minute
    await look()
    expect(await days()).toEqual([14, 14])
    now += minute
    await look()
    expect(await days()).toEqual([14, 14, 7])
  })

  test('suspended keys are told of; revoked, deleted, expired and decoys are not', async () => {
    const expiresAt = begin + 13 * day
    const suspended = await add({ expiresAt, state: 'suspended' })
    await add({ expiresAt, state: 'revoked' })
    await add({ expiresAt, state: 'deleted' })
    await add({ expiresAt: begin })
    await add({ expiresAt, honey: true })
    await look()
    expect((await said()).map(({ key }) => key)).toEqual([suspended])
  })

  test('C25 the policy maxAgeDays is told of 14, 7 and 1 days before the secret is too old, and when it is', async () => {
    await policy(90)
    const made = begin - 70 * day
    const key = await add({ secretMadeAt: made })
    await add({ secretMadeAt: made, organization: orgB })
    for (; now < begin + 30 * day; now += day / 2) await look()
    expect(await said()).toEqual(
      [14, 7, 1, 0].map((days) => ({
        action: 'key.rotation-due',
        key,
        days,
        dueAt: new Date(made + 90 * day).toISOString(),
      })),
    )
    await change(key, { secret_made_at: now })
    now += 77 * day
    await look()
    expect((await days()).slice(4)).toEqual([14])
  })

  test('C25 a policy that begins, or changes, is told of at once: each key once, by what it is now', async () => {
    await add({ secretMadeAt: begin - 85 * day })
    await add({ secretMadeAt: begin - 400 * day })
    await add({ secretMadeAt: null })
    await look()
    expect(await days()).toEqual([])
    await policy(90)
    await look()
    await look()
    expect(await days()).toEqual([7, 0])
    await policy(86)
    now += minute
    await look()
    expect(await days()).toEqual([7, 0, 1, 0])
    await policy(null)
    now += 100 * day
    await look()
    expect(await days()).toHaveLength(4)
  })

  test('C25 of the policies of its tiers a key is told of by the strictest, and nothing of those of others', async () => {
    const rows = createNamedRows(database, orgA)
    const [dev, prod] = [await rows.project('dev'), await rows.project('prod', 'production')]
    const inside = async (projects: readonly string[]): Promise<string> => {
      const key_id = await add({ secretMadeAt: begin })
      for (const project_id of projects)
        await database.system.transaction((db) =>
          db.insertInto('key_projects').values({ organization_id: orgA, key_id, project_id }).execute(),
        )
      return key_id
    }
    const [free, inDev, inProd, inBoth] = [
      await inside([]),
      await inside([dev]),
      await inside([prod]),
      await inside([dev, prod]),
    ]
    const tiers = { development: { maxAgeDays: null }, production: { maxAgeDays: 30 } }
    await database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify({ maxAgeDays: 60, tiers }) })
        .where('id', '=', orgA)
        .execute(),
    )
    for (const at of [30, 31, 60, 61]) {
      now = begin + at * day
      await look()
    }
    const told = (await said()).map(({ key, days, dueAt }) => [key, days, (Date.parse(dueAt) - begin) / day])
    const expected = [
      [inProd, 0, 30],
      [inBoth, 0, 30],
      [free, 0, 60],
    ]
    expect(told.filter(([, days]) => days === 0).toSorted()).toEqual(expected.toSorted())
    expect(told.some(([key]) => key === inDev)).toBe(false)
  })

  test('C25 after an upgrade what is older than the policy of everybody is told of once, however often it is looked', async () => {
    await database.system.transaction((db) => db.updateTable('organizations').set({ policies: '{}' }).execute())
    const [old, older] = [await add({ secretMadeAt: begin - 91 * day }), await add({ secretMadeAt: begin - 900 * day })]
    const foreign = await add({ secretMadeAt: begin - 100 * day, organization: orgB })
    const near = await add({ secretMadeAt: begin - 88 * day })
    for (; now < begin + 10 * day; now += day) {
      if (now === begin + 5 * day) warn = process()
      await look()
    }
    const told = (await said()).map(({ key, days }) => [key, days])
    const expected = [old, older, foreign].map((key) => [key, 0])
    expect(told.toSorted()).toEqual([...expected, [near, 7], [near, 1], [near, 0]].toSorted())
  })

  test('C25 a thousand organizations without old keys cost a look nothing, and one with them is found at once', async () => {
    const organization = (n: number) => ({ id: `org_of${n}`, slug: `of-${n}`, name: `${n}`, is_default: 0 as const })
    const rows = Array.from({ length: 1000 }, (_, n) => ({
      ...organization(n),
      max_staleness_seconds: 60,
      revision: 1,
    }))
    await database.system.transaction(async (db) => {
      for (const half of [rows.slice(0, 500), rows.slice(500)])
        await db
          .insertInto('organizations')
          .values(half.map((row) => ({ ...row, created_at: 1 })))
          .execute()
    })
    const late = await add({ secretMadeAt: begin - 83 * day, organization: 'org_of500' })
    let asked = 0
    const read: typeof database.system.read = (work) => {
      asked += 1
      return database.system.read(work)
    }
    warn = warnKeys({ system: { ...database.system, read }, newId: id, now: () => now })
    await look()
    expect(await said()).toMatchObject([{ key: late, days: 7 }])
    const first = asked
    now += minute
    await look()
    // Policies and who has such keys; keys that end and schedules, window by window; and the one organization at first.
    expect([first, asked - first]).toEqual([2 + 3 + 3 + 4, 2 + 3 + 3])
  })

  test('a schedule without a webhook is told of before it is due; one that rotates by itself is not', async () => {
    const reminded = await add({ rotationDueAt: begin + 6 * day })
    await add({ rotationDueAt: begin + 6 * day, deliverTo: 'whk_AAAABBBBCCCCDDDD' })
    await look()
    expect(await said()).toMatchObject([{ key: reminded, days: 7, action: 'key.rotation-due' }])
  })

  test('of a schedule and a policy the earlier one counts, and a key that ends before needs no new secret', async () => {
    await policy(90)
    const secretMadeAt = begin - 85 * day
    const both = await add({ secretMadeAt, rotationDueAt: begin + 3 * day })
    const late = await add({ secretMadeAt, rotationDueAt: begin + 13 * day })
    await add({ secretMadeAt, rotationDueAt: begin + 3 * day, deliverTo: 'whk_AAAABBBBCCCCDDDD' })
    const ending = await add({ secretMadeAt, expiresAt: begin + 4 * day })
    await look()
    const all = await said()
    expect(all.filter(({ action }) => action === 'key.rotation-due')).toEqual([
      { action: 'key.rotation-due', key: both, days: 7, dueAt: new Date(begin + 3 * day).toISOString() },
      { action: 'key.rotation-due', key: late, days: 7, dueAt: new Date(begin + 5 * day).toISOString() },
    ])
    expect(all.filter(({ action }) => action === 'key.expiring')).toMatchObject([{ key: ending, days: 7 }])
  })

  test('several controls that look at the same time tell once', async () => {
    for (let at = 0; at < 30; at += 1) await add({ expiresAt: begin + 3 * day })
    await Promise.all([process(), process(), process()].map((each) => each(() => false)))
    expect(await days()).toEqual(Array.from({ length: 30 }, () => 7))
  })

  test('more keys than a page or a unit of work holds, with one end in common, are told of once each', async () => {
    const keys = await addAll(Array.from({ length: 2300 }, () => ({ expiresAt: begin + 3 * day })))
    await look()
    await look()
    const told = (await said()).map(({ key }) => key)
    expect(told).toHaveLength(2300)
    expect(new Set(told)).toEqual(new Set(keys))
  })

  test('a look ends where the process does', async () => {
    await add({ expiresAt: begin + 3 * day })
    await warn(() => true)
    expect(await days()).toEqual([])
  })

  test('what was told of is forgotten when it is no more: not while a secret is overdue', async () => {
    await policy(10)
    const ended = await add({ expiresAt: begin + 3 * day, secretMadeAt: null })
    const overdue = await add({ secretMadeAt: begin - 30 * day })
    await look()
    now += 60 * day
    while (await database.system.transaction((db) => forgetWarnings(db, now - 30 * day)));
    const left = await database.system.read((db) => db.selectFrom('key_warnings').select('key_id').execute())
    expect(left).toEqual([{ key_id: overdue }])
    warn = process()
    await look()
    expect((await said()).map(({ key }) => key)).toEqual([ended, overdue])
    await change(overdue, { secret_made_at: now })
    await database.system.transaction((db) => forgetWarnings(db, now - 30 * day))
    expect(await database.system.read((db) => db.selectFrom('key_warnings').select('key_id').execute())).toEqual([])
  })

  test.each([
    ['expiry', 'expires_at', null, 'keys_expiring'],
    ['rotation', 'rotation_due_at', null, 'keys_rotation_due'],
    ['rotation', 'secret_made_at', orgA, 'keys_secret_made'],
  ] as const)('a look for %s by %s reads its index and nothing else', async (kind, column, organizationId, index) => {
    const isSqlite = database.dialect === 'sqlite'
    const plan = await database.system.read(async (db) => {
      const page = { day: 7, after: begin, upTo: begin + day, behind: { dueAt: begin, id: 'key_A' }, limit: 10 }
      const asked = nearQuery(db, { kind, column, laterMs: 0, organizationId }, page).compile()
      // A small table is read whole, whatever indexes there are, unless that is made to look dear.
      if (!isSqlite) await sql`select set_config('enable_seqscan', 'off', true)`.execute(db)
      const explain = `explain ${isSqlite ? 'query plan ' : ''}${asked.sql}`
      const { rows } = await db.executeQuery(CompiledQuery.raw(explain, [...asked.parameters]))
      return rows.map((row) => Object.values(Object(row)).join(' ')).join('\n')
    })
    expect(plan).toContain(index)
    expect(plan).not.toMatch(/SCAN keys|TEMP B-TREE|Seq Scan|Sort|Bitmap/)
  })
})

describe('which warning a deadline has come to', () => {
  const instant = fc.integer({ min: 0, max: 100 * day })
  test('over any course of looks each day is told at most once, in order, and only while it is the nearest', () => {
    fc.assert(
      fc.property(instant, instant, fc.array(instant, { maxLength: 50 }), (dueAt, since, looks) => {
        const told = looks.sort((a, b) => a - b).map((now) => ({ now, day: reached({ dueAt, since }, now, dueDays) }))
        const days = told.flatMap(({ day }) => (day === null ? [] : [day]))
        expect(days).toEqual([...days].sort((a, b) => b - a))
        for (const { now, day: nearest } of told) {
          if (nearest === null) continue
          expect(dueAt - nearest * day).toBeLessThanOrEqual(now)
          expect(dueAt - nearest * day).toBeGreaterThan(since)
          expect(dueDays.filter((each) => each < nearest).every((each) => now < dueAt - each * day)).toBe(true)
        }
      }),
    )
  })

  test('the windows of an instant hold each due time at most once, and as the day that it has come to', () => {
    fc.assert(
      fc.property(instant, instant, (now, dueAt) => {
        for (const days of [warningDays, dueDays]) {
          const inside = windowsOf(now, days).filter(({ after, upTo }) => dueAt > after && dueAt <= upTo)
          const nearest = reached({ dueAt, since: Number.NEGATIVE_INFINITY }, now, days)
          const isOver = days === warningDays && dueAt <= now
          expect(inside.map(({ day }) => day)).toEqual(nearest === null || isOver || dueAt === 0 ? [] : [nearest])
        }
      }),
    )
  })
})
