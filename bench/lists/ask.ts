import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import { encodeCursor } from '../../src/http/cursor.ts'
import { placeOf, type SortName } from '../../src/keys/list/order.ts'
import { findKey, type StoredKey } from '../../src/keys/store.ts'
import type { Actor } from '../../src/people/schema.ts'
import { granted } from '../../test/keyring.ts'
import type { createDice } from '../../test/many-keys.ts'
import type { Question } from './questions.ts'

type Page = {
  readonly items: readonly unknown[]
  readonly nextCursor: string | null
  readonly total: number
  readonly totalIsAtLeast?: true
}
type Call = (actor: Actor, call: string, given: { readonly query: object }) => Promise<Parameters<typeof granted>[0]>
export type Asking = {
  readonly call: Call
  readonly as: Readonly<Record<Question['as'], Actor>>
  readonly cpuMs: () => number
  /** Keys from anywhere in the table. */
  readonly anywhere: readonly StoredKey[]
}
export type Sample = {
  readonly name: string
  readonly ms: readonly number[]
  readonly cpuMs: number
  readonly items: number
  readonly total: string
}

/** The first page and those behind it; where the question is only an order, from deep in the list, too. */
export async function ask({ call, as, cpuMs, anywhere }: Asking, question: Question): Promise<Sample> {
  const { name, query } = question
  const ms: number[] = []
  let [items, total] = [0, '']
  const cpu = cpuMs()
  const page = async (cursor: string | null): Promise<Page> => {
    const begun = performance.now()
    const given = { query: { ...query, ...(cursor && { cursor }) } }
    const answer = granted(await call(as[question.as], 'GET /keys', given)) as Page
    ms.push(performance.now() - begun)
    items += answer.items.length
    total ||= `${answer.total}${answer.totalIsAtLeast ? '+' : ''}`
    return answer
  }
  for (let round = 0; round < 2; round += 1)
    for (let cursor: string | null = null, n = 0; n < 5; n += 1) cursor = (await page(cursor)).nextCursor
  const sort = query['sort']
  if (sort !== undefined && Object.keys(query).length === 1)
    for (const key of anywhere) await page(encodeCursor([sort, ...placeOf(sort.replace('-', '') as SortName, key)]))
  return { name, ms, cpuMs: (cpuMs() - cpu) / ms.length, items: items / ms.length, total }
}

export async function keysAnywhere(
  database: Database,
  organizationId: string,
  dice: ReturnType<typeof createDice>,
  count: number,
): Promise<StoredKey[]> {
  const found: StoredKey[] = []
  while (found.length < count) {
    const from = `key_${dice.below(10)}${dice.below(10)}`
    const key = await database.read(organizationId, async (db) => {
      const { rows } = await sql<{ id: string }>`select id from keys where organization_id = ${organizationId}
        and id > ${from} order by id limit 1`.execute(db)
      return rows[0] ? findKey(db, organizationId, rows[0].id) : null
    })
    if (key) found.push(key)
  }
  return found
}

/** Of this process with its threads and, where the system tells it, of the server's backends: a clock measures neighbours too. */
export async function cpuClock(database: Database): Promise<() => number> {
  const pids = database.dialect === 'postgres' ? await backends(database) : []
  // What a backend had used when it was last seen stays counted: the pool lets idle ones go.
  const seen = new Map<number, number>()
  return () => {
    for (const pid of pids) seen.set(pid, onCpuMs(pid) ?? seen.get(pid) ?? 0)
    const { user, system } = process.cpuUsage()
    return [...seen.values()].reduce((sum, ms) => sum + ms, (user + system) / 1000)
  }
}

async function backends(database: Database): Promise<number[]> {
  // At once, so that the pool is as wide as it gets.
  const asked = Array.from({ length: 10 }, () =>
    database.system.read((db) => sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.2)`.execute(db)),
  )
  return [...new Set((await Promise.all(asked)).flatMap(({ rows }) => rows.map(({ pid }) => pid)))]
}

function onCpuMs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return null
  }
}
