import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { mint } from '../src/keys/token.ts'
import { type Product, startProduct } from '../test/product.ts'
import { type Program, startNode } from '../test/programs.ts'
import { printApply } from './apply/apply.ts'
import { printDashboard } from './dashboard/print.ts'
import { printFlood } from './flood.ts'
import { printLists } from './lists.ts'
import { printParts } from './parts.ts'
import { type Contender, interleave, startLoad } from './rounds.ts'
import { printSignIn } from './sign-in/print.ts'
import { costAdded, speedTable } from './table.ts'

/**
 * `npm run bench`: ratios from one interleaved run on loopback, never a timed test. CPU per call is the figure to
 * trust on a machine that others use too. `--short` takes 40 s instead of 2½ min, `--parts` prints what each of the
 * checks costs by itself, `--keys` what 100,000 keys cost in memory and at the start, `--flood` what a million wrong
 * secrets do, `--lists` how long lists of a million keys take on both stores, `--apply` how long `ostiary apply` of 10,000
 * objects takes where nothing differs, `--dashboard` what its pages take over a list of a million keys.
 */
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    parts: { type: 'boolean', default: false },
    keys: { type: 'boolean', default: false },
    lists: { type: 'boolean', default: false },
    /** Of `--lists`: how many keys, on which store alone, and how many are then made in bulk. */
    count: { type: 'string', default: '1000000' },
    store: { type: 'string' },
    create: { type: 'string', default: '10000' },
    flood: { type: 'boolean', default: false },
    'sign-in': { type: 'boolean', default: false },
    apply: { type: 'boolean', default: false },
    dashboard: { type: 'boolean', default: false },
    'without-gateway': { type: 'boolean', default: false },
    /** `warn` leaves the access log out, to see what it costs. */
    'log-level': { type: 'string', default: 'info' },
  },
})
const plan = values.short ? { rounds: 3, seconds: 1.5 } : { rounds: 7, seconds: 4 }
const started: Program[] = []
const cleanUp: (() => Promise<unknown>)[] = []

const start = (...args: string[]): Program => {
  const program = startNode(args)
  started.push(program)
  return program
}

async function bare(): Promise<Contender[]> {
  const upstream = start('bench/mock-upstream.ts')
  const [url] = await upstream.says(/http:\S+/)
  const proxy = start('bench/bare-proxy.ts', url)
  const [proxyUrl] = await proxy.says(/http:\S+/)
  return [
    { name: 'upstream alone', pid: upstream.pid, url, headers: {} },
    { name: 'bare proxy', pid: proxy.pid, url: proxyUrl, headers: { authorization: 'Bearer x'.padEnd(78, 'x') } },
  ]
}

/** The product as it is started by users, with its access log on; the pid is the gateway process's. */
async function gateway(upstreamUrl: string): Promise<{ contender: Contender; product: Product }> {
  const begun = performance.now()
  const product = await startProduct({ store: 'sqlite', quiet: true, env: { OSTIARY_LOG_LEVEL: values['log-level'] } })
  cleanUp.push(() => product.stop())
  process.stdout.write(
    `start of serve to both listeners ready: ${((performance.now() - begun) / 1000).toFixed(2)} s\n\n`,
  )
  await product.addServer({ slug: 'mock', transport: { type: 'http', url: upstreamUrl } })
  const { secret } = await product.createKey('bench', 'mock')
  const { gateway: pid } = await product.pids()
  const url = `${product.gatewayUrl}/mcp-connect/mock`
  return { product, contender: { name: 'gateway', pid, url, headers: { authorization: `Bearer ${secret}` } } }
}

/** Refused calls on the same process. After ten wrong secrets a minute and source the answer is 429, as in life. */
function refused(admitted: Contender): Contender[] {
  const token = admitted.headers['authorization']?.slice('Bearer '.length) ?? ''
  const wrong = mint('k', randomBytes, token.slice('ostk_'.length, 'ostk_'.length + 16)).secret.reveal()
  const variants: [string, Record<string, string>][] = [
    ['no key', {}],
    ['garbage', { authorization: `Bearer ${randomBytes(53).toString('base64url')}` }],
    ['wrong secret, known id', { authorization: `Bearer ${wrong}` }],
  ]
  return variants.map(([name, headers]) => ({ ...admitted, name: `refused: ${name}`, headers }))
}

/** A process of its own, because heaps are compared in it after the garbage was collected. */
function printKeys(): void {
  const file = path.join(import.meta.dirname, 'keys.ts')
  // The young generation as the supervisor gives it to a gateway.
  const young = ['--min-semi-space-size=16', '--max-semi-space-size=64']
  const { status } = spawnSync(process.execPath, ['--expose-gc', ...young, file], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

async function main(): Promise<void> {
  if (values.parts) return printParts()
  if (values.keys) return printKeys()
  if (values.lists) {
    const stores = (['sqlite', 'postgres'] as const).filter((store) => (values.store ?? store) === store)
    return printLists({ count: Number(values.count), stores, create: Number(values.create) })
  }
  if (values.flood) return printFlood()
  if (values['sign-in']) return printSignIn()
  if (values.apply) return printApply(10_000)
  if (values.dashboard) return printDashboard(Number(values.count))
  const contenders = await bare()
  const load = startLoad()
  started.push(load)
  if (values['without-gateway']) {
    process.stdout.write(speedTable(await interleave(load, contenders, plan), 'bare proxy'))
    return
  }
  const { contender } = await gateway(contenders[0]?.url ?? '')
  const samples = await interleave(load, [...contenders, contender], plan)
  process.stdout.write(speedTable(samples, 'bare proxy'))
  const added = costAdded(samples)
  process.stdout.write(
    `\nall checks together, gateway less bare proxy: ${added.toFixed(1)} µs CPU per call (goal: 10)\n\n`,
  )
  const short = { rounds: Math.ceil(plan.rounds / 3), seconds: plan.seconds / 2 }
  process.stdout.write(speedTable(await interleave(load, [contender, ...refused(contender)], short), 'gateway'))
}

try {
  await main()
} finally {
  await Promise.allSettled(cleanUp.map((end) => end()))
  for (const program of started) program.kill()
}
