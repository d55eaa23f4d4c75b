import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sql } from 'kysely'
import type { Database } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import { bulkRoutes } from '../src/keys/bulk/routes.ts'
import { keyRoutes } from '../src/keys/routes.ts'
import { ok } from '../src/problems.ts'
import { actorOf, callRoute, createKeyring, type Keyring } from '../test/keyring.ts'
import { createDice } from '../test/many-keys.ts'
import { startPostgres } from '../test/postgres.ts'
import type { Place } from '../test/stores.ts'
import { type Asking, ask, cpuClock, keysAnywhere, type Sample } from './lists/ask.ts'
import { type Creation, createMany } from './lists/create.ts'
import { filters, ofMember, pagesOfSorts, searches } from './lists/questions.ts'
import { seed } from './lists/seed.ts'
import { table } from './table.ts'

export type Options = {
  readonly count: number
  readonly stores: readonly ('sqlite' | 'postgres')[]
  /** How many are made by import, beside as many hashes. */
  readonly create: number
}

/** Lists of a million keys, as owner and as a member, in process: the time is that of the handler, no HTTP. */
export async function printLists({ count, stores, create }: Options): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  for (const store of stores) {
    const { place, remove } = await placeFor(store)
    // Names of a million keys are one statement.
    const database = await openDatabase({ ...place, transactionLimitMs: 3_600_000 }, quiet)
    try {
      const ring = await createKeyring(database)
      const begun = performance.now()
      await seed(place, ring, count, say)
      say(`seeded in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
      await measure(store, ring, { count, create, say })
    } finally {
      await database.close()
      await remove()
    }
  }
}

const quiet = { info: () => {}, warn: () => {}, error: console.error }

async function placeFor(store: 'sqlite' | 'postgres'): Promise<{ place: Place; remove: () => Promise<void> }> {
  if (store === 'postgres') {
    // Its own default, which is more than tests give it.
    const server = await startPostgres(['shared_buffers=128MB'])
    return { place: { kind: 'postgres', url: server.url }, remove: server.stop }
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-lists-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { place: { kind: 'sqlite', file: path.join(folder, 'ostiary.db') }, remove }
}

type Measuring = { readonly count: number; readonly create: number; readonly say: (text: string) => void }

async function measure(store: string, ring: Keyring, { count, create, say }: Measuring): Promise<void> {
  const { database } = ring.keyDeps
  const { organizationId } = ring.owner
  const deliverNow = async () => ok({ status: 200 })
  const call = callRoute([...keyRoutes(ring.keyDeps), ...bulkRoutes({ ...ring.keyDeps, deliverNow, log: quiet })])
  const cpuMs = await cpuClock(database)
  const anywhere = await keysAnywhere(database, organizationId, createDice(9), 10)
  const as = { owner: ring.owner, member: await memberWithKeys(database, organizationId) }
  const asking: Asking = { call, as, cpuMs, anywhere }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (const [title, questions] of [
    ['orders, first pages and deep ones', pagesOfSorts],
    ['searches', searches],
    ['filters', filters],
    ['a member', ofMember],
  ] as const) {
    const samples: Sample[] = []
    for (const question of questions) samples.push(await ask(asking, question))
    process.stdout.write(`\n${listTable(`${count} keys, ${store}: ${title}`, samples)}`)
  }
  delay.disable()
  process.stdout.write(`\n${loopLine(delay)}\n`)
  if (create === 0) return
  const creation = await createMany(call, ring.owner, create, { cpuMs, say })
  process.stdout.write(`\n${creationTable(`bulk create, ${store}`, creation)}`)
}

/** One who has some hundred. */
async function memberWithKeys(database: Database, organizationId: string) {
  const { rows } = await database.read(organizationId, (db) =>
    sql<{
      owner_id: string
    }>`select owner_id from keys where organization_id = ${organizationId} and owner_type = 'member'
      and state <> 'deleted' group by owner_id having count(*) > 100 order by owner_id limit 1`.execute(db),
  )
  return actorOf(organizationId, rows[0]?.owner_id ?? '', 'member')
}

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0

function listTable(title: string, samples: readonly Sample[]): string {
  const row = (name: string, ms: readonly number[], more: readonly string[]) => {
    const sorted = ms.toSorted((one, other) => one - other)
    return [name, at(sorted, 0.5).toFixed(1), at(sorted, 0.95).toFixed(1), ...more]
  }
  const all = samples.flatMap(({ ms }) => ms)
  const mean = samples.reduce((sum, { cpuMs, ms }) => sum + cpuMs * ms.length, 0) / all.length
  return table(
    [title, 'p50 ms', 'p95 ms', 'CPU ms', 'keys a page', 'total'],
    [
      ...samples.map(({ name, ms, cpuMs, items, total }) => row(name, ms, [cpuMs.toFixed(1), items.toFixed(0), total])),
      row('all of them', all, [mean.toFixed(1), '', '']),
    ],
  )
}

const loopLine = (delay: ReturnType<typeof monitorEventLoopDelay>): string => {
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1)
  return `event loop of the asking process meanwhile: mean ${ms(delay.mean)} ms, p99 ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms`
}

function creationTable(title: string, { made, hashed, count }: Creation): string {
  const row = (name: string, { ms, cpuMs }: Creation['made']) => [
    name,
    (ms / 1000).toFixed(1),
    (ms / count).toFixed(2),
    (cpuMs / count).toFixed(2),
  ]
  return table(
    [title, 'seconds', 'ms a key', 'CPU ms a key'],
    [
      row(`${count} keys by import, in pieces of 200`, made),
      row('Argon2id alone, as many, two at once', hashed),
      ['ratio', '', (made.ms / hashed.ms).toFixed(2), (made.cpuMs / hashed.cpuMs).toFixed(2)],
    ],
  )
}
