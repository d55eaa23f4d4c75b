import { parseArgs } from 'node:util'
import { type Product, startProduct } from '../../test/product.ts'
import { type Program, startNode } from '../../test/programs.ts'
import { type Contender, interleave, startLoad } from '../rounds.ts'
import { speedTable } from '../table.ts'
import { startBridges, stdioServer } from './bridges.ts'
import { startNginx } from './nginx.ts'
import { modernCall, openSession } from './session.ts'
import { printSoak } from './soak.ts'
import { printStreams } from './streams.ts'

/**
 * `npm run bench:mcp`: tool calls on each route beside what others put there, as ratios of one interleaved run.
 * `--short` takes a minute and a half; `--streams` opens 2,000 streams for `--minutes`; `--soak` makes `--calls` calls to
 * a stdio server and counts what is left behind.
 */
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    streams: { type: 'boolean', default: false },
    count: { type: 'string', default: '2000' },
    minutes: { type: 'string', default: '10' },
    soak: { type: 'boolean', default: false },
    calls: { type: 'string', default: '100000' },
  },
})
const plan = values.short ? { rounds: 3, seconds: 1.5 } : { rounds: 7, seconds: 4 }
const programs: Program[] = []
const cleanUp: (() => Promise<unknown>)[] = []

async function start(...args: string[]): Promise<{ pid: number; url: string }> {
  const program = startNode(args, {}, { ipc: true })
  programs.push(program)
  const [url] = await program.says(/http:\S+/)
  return { pid: program.pid, url }
}

/** The product as users start it, with a server over HTTP and one over stdio. */
async function product(upstream: string): Promise<{ product: Product; secret: string; pid: number }> {
  const started = await startProduct({ store: 'sqlite', quiet: true })
  cleanUp.push(() => started.stop())
  await started.addServer({ slug: 'mock', transport: { type: 'http', url: upstream } })
  const transport = { type: 'stdio', command: process.execPath, args: [stdioServer] }
  await started.addServer({ slug: 'child', transport })
  const { secret } = await started.createKey('bench', 'mock', 'child')
  const { gateway: pid } = await started.pids()
  return { product: started, secret, pid }
}

async function main(): Promise<void> {
  if (values.streams) return printStreams(Number(values.count), Number(values.minutes))
  if (values.soak) return printSoak(Number(values.calls))
  const load = startLoad()
  programs.push(load)
  const upstream = await start('bench/mcp/mock-server.ts')
  const bare = await start('bench/bare-proxy.ts', upstream.url)
  const auth = await start('bench/mcp/auth-service.ts')
  const { product: ours, secret, pid } = await product(upstream.url)
  const authorization = { authorization: `Bearer ${secret}` }
  const foreign = { authorization: `Bearer ${'x'.repeat(71)}` }
  const nginx = await startNginx(upstream.url, auth.url)
  if (nginx === null) process.stdout.write('nginx is not installed here: its rows are missing.\n\n')
  else cleanUp.push(nginx.stop)
  const single = `${ours.gatewayUrl}/mcp-connect/mock`
  // A process of its own: what the many objects of the SDK leave in a heap is not the other route's cost.
  const others = await product(upstream.url)
  const all = { pid: others.pid, url: `${others.product.gatewayUrl}/mcp` }
  const allKey = { authorization: `Bearer ${others.secret}` }
  const modern = modernCall('mock__echo')
  const http: Contender[] = [
    { name: 'upstream alone', ...upstream, headers: {} },
    { name: 'bare proxy', ...bare, headers: foreign },
    ...(nginx === null
      ? []
      : [
          { name: 'nginx', pid: nginx.pid, url: nginx.plainUrl, headers: foreign },
          { name: 'nginx + auth_request', pid: nginx.pid, url: nginx.guardedUrl, headers: foreign },
        ]),
    { name: 'gateway, one server', pid, url: single, headers: authorization },
    {
      name: 'gateway, all servers, 2026-07-28',
      ...all,
      headers: { ...allKey, ...modern.headers },
      body: modern.body,
    },
    await aggregatedSession(all, allKey),
  ]
  process.stdout.write(`${speedTable(await interleave(load, http, plan), 'bare proxy')}\n`)
  await stdioTable(load, `${ours.gatewayUrl}/mcp-connect/child`, authorization, pid)
}

/** The same tool over a session of 2025-11-25. */
async function aggregatedSession(
  all: { readonly pid: number; readonly url: string },
  authorization: Record<string, string>,
): Promise<Contender> {
  const { headers, body } = await openSession(all.url, authorization, 'mock__echo')
  return { name: 'gateway, all servers, session', ...all, headers: { ...authorization, ...headers }, body }
}

async function stdioTable(
  load: Program,
  url: string,
  authorization: Record<string, string>,
  pid: number,
): Promise<void> {
  const { headers, body } = await openSession(url, authorization)
  const own: Contender = { name: 'gateway', pid, url, headers: { ...authorization, ...headers }, body }
  const bridges = await startBridges()
  cleanUp.push(bridges.stop)
  for (const why of bridges.absent) process.stdout.write(`not measured: ${why}\n`)
  process.stdout.write(`\nA server over stdio; CPU is the bridge's own, without the server's process.\n\n`)
  process.stdout.write(speedTable(await interleave(load, [own, ...bridges.contenders], plan), 'gateway'))
}

try {
  await main()
} finally {
  await Promise.allSettled(cleanUp.map((end) => end()))
  for (const program of programs) program.kill()
}
