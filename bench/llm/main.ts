import { parseArgs } from 'node:util'
import { type Product, startProduct } from '../../test/product.ts'
import { type Program, startNode } from '../../test/programs.ts'
import { median } from '../median.ts'
import { type Contender, interleave, type Sample, startLoad } from '../rounds.ts'
import { speedTable } from '../table.ts'
import { startPortkey } from './portkey.ts'

/**
 * `npm run bench:llm`: chat completions, whole and streamed, through the gateway with and without limits and a budget,
 * beside a bare proxy and Portkey's gateway, as ratios of one interleaved run. `--short` takes a minute and a half.
 */
const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const plan = values.short ? { rounds: 3, seconds: 1.5 } : { rounds: 7, seconds: 4 }
const programs: Program[] = []
const cleanUp: (() => Promise<unknown>)[] = []

const message = { role: 'user', content: 'Say twenty words about doors. '.repeat(8) }
const bodyOf = (stream: boolean): string =>
  JSON.stringify({ model: 'bench-model', messages: [message], max_tokens: 64, ...(stream ? { stream: true } : {}) })

async function start(...args: string[]): Promise<{ pid: number; url: string }> {
  const program = startNode(args, {}, { ipc: true })
  programs.push(program)
  const [url] = await program.says(/http:\S+/)
  return { pid: program.pid, url }
}

/** The product as users start it, with one provider, one key without and one with limits and a budget. */
async function ours(provider: string): Promise<{ product: Product; free: string; capped: string; pid: number }> {
  const product = await startProduct({ store: 'sqlite', quiet: true })
  cleanUp.push(() => product.stop())
  const model = {
    id: 'bench-model',
    price: { inputPerMillion: '0.10', outputPerMillion: '0.40' },
    maxOutputTokens: 4096,
    contextTokens: 128_000,
    reasoning: false,
  }
  await made(product, '/providers', {
    slug: 'mock',
    dialect: 'openai',
    baseUrl: provider.replace('/chat/completions', ''),
    credential: { value: 'sk-bench' },
    models: [model],
  })
  const llm = { providers: { mode: 'all' } }
  const limits = { requestsPerMinute: 1_000_000_000, tokensPerMinute: 1_000_000_000, concurrent: 10_000 }
  const free = await made(product, '/keys', { name: 'free', llm })
  const capped = await made(product, '/keys', { name: 'capped', llm, limits, budgets: [{ usd: '100000' }] })
  const { gateway: pid } = await product.pids()
  return { product, free: free.secret, capped: capped.secret, pid }
}

async function made(product: Product, path: string, body: object): Promise<{ secret: string }> {
  const answer = await product.rest('POST', path, body)
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}

async function main(): Promise<void> {
  const load = startLoad()
  programs.push(load)
  const provider = await start('bench/llm/mock-provider.ts')
  const bare = await start('bench/bare-proxy.ts', provider.url)
  const { product, free, capped, pid } = await ours(provider.url)
  const portkey = await startPortkey(provider.url)
  if (typeof portkey === 'string') process.stdout.write(`Portkey is missing: ${portkey}.\n\n`)
  else cleanUp.push(portkey.stop)
  const url = `${product.gatewayUrl}/v1/chat/completions`
  const contenders: Omit<Contender, 'body'>[] = [
    { name: 'provider alone', ...provider, headers: {} },
    { name: 'bare proxy', ...bare, headers: { authorization: 'Bearer sk-bench' } },
    { name: 'gateway', pid, url, headers: { authorization: `Bearer ${free}` } },
    { name: 'gateway, limits and budget', pid, url, headers: { authorization: `Bearer ${capped}` } },
    ...(typeof portkey === 'string' ? [] : [portkey.contender]),
  ]
  for (const isStream of [false, true]) {
    const body = bodyOf(isStream)
    process.stdout.write(isStream ? '\nStreamed, 24 chunks:\n\n' : 'Whole:\n\n')
    const samples = await interleave(
      load,
      contenders.map((who) => ({ ...who, body })),
      plan,
    )
    process.stdout.write(`${speedTable(samples, 'bare proxy')}${summary(samples)}`)
  }
}

function summary(samples: readonly Sample[]): string {
  const cpu = (name: string): number[] => samples.filter((each) => each.name === name).map((each) => each.cpuPerCall)
  const between = (one: string, other: string, by: (a: number, b: number) => number): number =>
    median(cpu(one).map((value, round) => by(value, cpu(other)[round] ?? Number.NaN)))
  const lines = [
    ['Portkey ÷ gateway, CPU', between('Portkey', 'gateway, limits and budget', (a, b) => a / b).toFixed(1)],
    ['limits and budget add, µs', between('gateway, limits and budget', 'gateway', (a, b) => a - b).toFixed(1)],
    ['gateway adds to the bare proxy, µs', between('gateway', 'bare proxy', (a, b) => a - b).toFixed(1)],
  ]
  const first = (name: string, field: 'first50' | 'first99'): number =>
    median(samples.filter((each) => each.name === name).map((each) => each[field]))
  const delay = (field: 'first50' | 'first99'): string =>
    (first('gateway, limits and budget', field) - first('bare proxy', field)).toFixed(2)
  lines.push(['first byte behind the bare proxy, ms (p50, p99)', `${delay('first50')}, ${delay('first99')}`])
  return `${lines.map(([what, value]) => `${what}: ${value}`).join('\n')}\n`
}

try {
  await main()
} finally {
  await Promise.allSettled(cleanUp.map((end) => end()))
  for (const program of programs) program.kill()
}
