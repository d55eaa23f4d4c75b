import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { type Product, startProduct } from '../../test/product.ts'
import { median } from '../median.ts'
import { table } from '../table.ts'

/**
 * Whether a crowd that signs in delays those who work: a call by token every 10 ms, whatever became of the one before,
 * in turns without and with 200 browsers that sign in at once. A time counts from when the call was due.
 */
const browsers = 200
const persons = 20
const everyMs = 10
const rounds = 5
const quietMs = 4000

const Crowded = z.object({ refused: z.int(), seconds: z.number() })

async function people(product: Product) {
  const made: { email: string; password: string }[] = []
  for (let at = 0; at < persons; at += 1) {
    const owner = { email: `person${at}@example.com`, name: `Person ${at}` }
    const founded = await product.rest('POST', '/organizations', { slug: `crowd-${at}`, name: 'Crowd', owner })
    const password = randomBytes(16).toString('base64url')
    const code = new URL(founded.body.setupUrl).hash.slice(1)
    const answer = await product.rest('POST', '/setup', { code, password })
    if (answer.status !== 201) throw new Error(`a person could not be set up: ${answer.status}`)
    made.push({ email: owner.email, password })
  }
  return made
}

/** Calls one after the other until `isOver`, each when it is due. */
async function trickle(product: Product, isOver: () => boolean): Promise<number[]> {
  const times: number[] = []
  const running: Promise<void>[] = []
  const headers = { authorization: `Bearer ${product.bootstrapToken}` }
  const call = async (due: number): Promise<void> => {
    const answer = await fetch(`${product.controlUrl}/api/v1/me`, { headers })
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`a call was refused: ${answer.status}`)
    times.push(performance.now() - due)
  }
  for (let due = performance.now(); !isOver(); due += everyMs) {
    await pause(Math.max(0, due - performance.now()))
    running.push(call(due))
  }
  await Promise.all(running)
  return times
}

export async function printSignIn(): Promise<void> {
  const env = { OSTIARY_TRUSTED_PROXIES: '127.0.0.1/32' }
  const product = await startProduct({ store: 'sqlite', quiet: true, env })
  try {
    const workerData = { url: product.controlUrl, people: await people(product), browsers }
    const crowd = new Worker(new URL('./crowd.ts', import.meta.url), { workerData })
    const [alone, beside, seconds]: [number[], number[], number[]] = [[], [], []]
    await trickle(product, after(1000))
    for (let round = 0; round < rounds; round += 1) {
      alone.push(...(await trickle(product, after(quietMs))))
      crowd.postMessage('go')
      let isOver = false
      const done = once(crowd, 'message').finally(() => {
        isOver = true
      })
      beside.push(...(await trickle(product, () => isOver)))
      const told = Crowded.parse((await done)[0])
      if (told.refused > 0) throw new Error(`${told.refused} of ${browsers} were not signed in`)
      seconds.push(told.seconds)
    }
    await crowd.terminate()
    process.stdout.write(report(alone, beside, seconds))
  } finally {
    await product.stop()
  }
}

const after = (ms: number): (() => boolean) => {
  const end = performance.now() + ms
  return () => performance.now() >= end
}

function report(alone: readonly number[], beside: readonly number[], seconds: readonly number[]): string {
  const at = (times: readonly number[], share: number): number =>
    [...times].sort((one, other) => one - other)[Math.floor(times.length * share)] ?? 0
  const row = (name: string, share: number, goal = '') => {
    const [quiet, busy] = [at(alone, share), at(beside, share)]
    return [name, quiet.toFixed(1), busy.toFixed(1), (busy - quiet).toFixed(1), goal]
  }
  return table(
    [`GET /me, ms (${alone.length} and ${beside.length} calls)`, 'alone', 'beside', 'later', 'goal'],
    [
      row('p50', 0.5),
      row('p95', 0.95),
      row('p99', 0.99, '≤ 20'),
      [`${browsers} sign-ins at once, s (median of ${rounds})`, '', median(seconds).toFixed(1), '', ''],
    ],
  )
}
