import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isAlive } from './processes.ts'
import { type Product, startProduct } from './product.ts'
import { eventually, root } from './programs.ts'
import { firstRow, rootOf, type Seeded, seedKeys } from './seed.ts'

/** `RESTART_KEYS=10000` is the promise as it is written; a thousand keep the everyday run short. */
const count = Number(process.env['RESTART_KEYS'] ?? 1000)
const cleanUp: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

test(`a gateway restarted under load with ${count} keys in use runs Argon2 for 1 % of them at most and answers no 503`, {
  timeout: 300_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'ostiary-restart-'))
  cleanUp.push(() => rm(dataDir, { recursive: true, force: true }))
  const first = await startProduct({ store: 'sqlite', dataDir })
  await first.stop()
  const keys = await plant(dataDir)
  const counted = await mkdtemp(join(tmpdir(), 'ostiary-argon2-'))
  cleanUp.push(() => rm(counted, { recursive: true, force: true }))
  const env = { NODE_OPTIONS: `--import=${root}test/fixtures/count-argon2.ts`, ARGON2_COUNT_DIR: counted }
  const product = await startProduct({ store: 'sqlite', dataDir, bootstrapToken: first.bootstrapToken, env })
  cleanUp.push(() => product.stop())

  // In use: every key was proved once, by Argon2, on the gateway that is about to die.
  expect(await useAll(product, keys)).toEqual({ 200: count })
  expect(await proofsByArgon2(product, counted)).toBe(count)

  const load = keepUsing(product, keys)
  const pid = await product.kill('gateway')
  await eventually(() => !isAlive(pid), 'the gateway is gone')
  await product.ready()
  expect(await useAll(product, keys)).toEqual({ 200: count })
  const statuses = await load.stop()
  const { 200: _, 'no connection': __, ...refused } = statuses
  expect(refused).toEqual({})
  expect(await proofsByArgon2(product, counted)).toBeLessThanOrEqual(count / 100)
})

async function plant(dataDir: string): Promise<Seeded[]> {
  const store = { dataDir, databaseUrl: null }
  const { organization_id, id } = await firstRow(store, 'select organization_id, id from members limit 1')
  return seedKeys(
    store,
    await rootOf(dataDir),
    { organization: String(organization_id), owner: String(id), name: 'in use', servers: 'all' },
    count,
  )
}

const use = (product: Product, key: Seeded): Promise<string> =>
  fetch(`${product.gatewayUrl}/api/me`, { headers: { authorization: `Bearer ${key.secret}` } }).then(
    async (answer) => {
      const body = await answer.text()
      return answer.status === 200 ? '200' : `${answer.status} ${JSON.parse(body).code}`
    },
    () => 'no connection',
  )

async function useAll(product: Product, keys: readonly Seeded[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  const rest = [...keys]
  const worker = async () => {
    for (let key = rest.pop(); key; key = rest.pop()) {
      const status = await use(product, key)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  return statuses
}

function keepUsing(product: Product, keys: readonly Seeded[]) {
  const statuses: Record<string, number> = {}
  let isRunning = true
  const worker = async (_: unknown, start: number) => {
    for (let at = start; isRunning; at = (at + 7) % keys.length) {
      const key = keys[at]
      const status = key ? await use(product, key) : 'no key'
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 'no connection') await new Promise((done) => setTimeout(done, 5))
    }
  }
  const workers = Promise.all(Array.from({ length: 8 }, worker))
  return {
    stop: async () => {
      isRunning = false
      await workers
      return statuses
    },
  }
}

/** By the gateway process that runs now. */
async function proofsByArgon2(product: Product, folder: string): Promise<number> {
  const { gateway } = await product.pids()
  return stat(join(folder, String(gateway))).then(
    ({ size }) => size,
    () => 0,
  )
}
