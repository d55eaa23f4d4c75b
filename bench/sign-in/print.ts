import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { loadavg } from 'node:os'
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
const rounds = 7
const quietMs = 4000

const Crowded = z.object({ refused: z.int(), seconds: z.array(z.number()) })

type Turn = {
  readonly alone: readonly number[]
  readonly beside: readonly number[]
  readonly seconds: readonly number[]
}

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
    const turns: Turn[] = []
    await trickle(product, after(1000))
    for (let round = 0; round < rounds; round += 1) {
      const alone = await trickle(product, after(quietMs))
      crowd.postMessage('go')
      let isOver = false
      const done = once(crowd, 'message').finally(() => {
        isOver = true
      })
      const beside = await trickle(product, () => isOver)
      const { refused, seconds } = Crowded.parse((await done)[0])
      if (refused > 0) throw new Error(`${refused} of ${browsers} were not signed in`)
      turns.push({ alone, beside, seconds })
    }
    await crowd.terminate()
    process.stdout.write(report(turns))
  } finally {
    await product.stop()
  }
}

const after = (ms: number): (() => boolean) => {
  const end = performance.now() + ms
  return () => performance.now() >= end
}

const at = (times: readonly number[], share: number): number =>
  [...times].sort((one, other) => one - other)[Math.floor(times.length * share)] ?? 0

/** A stall of the whole machine spoils one turn and not the median of them. */
function report(turns: readonly Turn[]): string {
  const row = (name: string, of: (times: readonly number[]) => number, goal = '') => {
    const pairs = turns.map(({ alone, beside }) => [of(alone), of(beside)] as const)
    const middle = (pick: (pair: readonly [number, number]) => number): string => median(pairs.map(pick)).toFixed(1)
    const later = pairs.map(([alone, beside]) => (beside - alone).toFixed(0)).join(' ')
    return [name, middle(([alone]) => alone), middle(([, beside]) => beside), later, goal]
  }
  const taken = (name: string, share: number) => [
    name,
    '',
    median(turns.map(({ seconds }) => at(seconds, share))).toFixed(1),
    '',
    '',
  ]
  const text = table(
    ['GET /me, ms (medians of the turns)', 'alone', 'beside', 'later, turn by turn', 'goal'],
    [
      row('p50', (times) => at(times, 0.5)),
      row('p95', (times) => at(times, 0.95)),
      row('p99', (times) => at(times, 0.99), '≤ 20'),
      taken('a sign-in, s: the middle one', 0.5),
      taken(`the last one of ${browsers}`, 0.999),
    ],
  )
  return `${text}load average ${loadavg()[0]?.toFixed(1)}\n`
}
