import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts, nodeEnvironment, type Program, root, startNode } from '../../test/programs.ts'
import type { Contender } from '../rounds.ts'
import { type Called, openSession } from './session.ts'

export const stdioServer = join(root, 'bench/mcp/stdio-server.ts')
const peers = { 'mcp-proxy': '6.7.19', supergateway: '4.0.0' } as const

type Started = {
  readonly contenders: readonly Contender[]
  readonly absent: readonly string[]
  readonly stop: () => Promise<void>
}

/** The two bridges that people use, from npm, in a folder of their own; those that cannot be had are named. */
export async function startBridges(): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'bridges-'))
  const programs: Program[] = []
  const contenders: Contender[] = []
  const absent: string[] = []
  const wanted = Object.entries(peers).map(([name, version]) => `${name}@${version}`)
  const npm = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...wanted]
  const { status } = spawnSync('npm', npm, { env: nodeEnvironment(), stdio: 'ignore' })
  for (const [name, start] of Object.entries({ 'mcp-proxy': mcpProxy, supergateway })) {
    try {
      if (status !== 0) throw new Error('npm could not install it')
      const { program, url } = await start(join(folder, 'node_modules'))
      programs.push(program)
      const { headers, body } = await whenReady(url)
      contenders.push({ name, pid: program.pid, url, headers, body })
    } catch (error) {
      absent.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    }
  }
  const stop = async () => {
    await Promise.allSettled(programs.map((program) => program.stop(2000)))
    await rm(folder, { recursive: true, force: true })
  }
  return { contenders, absent, stop }
}

async function mcpProxy(modules: string) {
  const [port = 0] = await freePorts(1)
  const entry = join(modules, 'mcp-proxy/dist/bin/mcp-proxy.mjs')
  const args = ['--host', '127.0.0.1', '--port', String(port), '--', process.execPath, stdioServer]
  return { program: startNode([entry, ...args], {}, { quiet: true }), url: `http://127.0.0.1:${port}/mcp` }
}

async function supergateway(modules: string) {
  const [port = 0] = await freePorts(1)
  const entry = join(modules, 'supergateway/dist/index.js')
  const command = `${join(dirname(process.execPath), 'node')} ${stdioServer}`
  const mode = ['--outputTransport', 'streamableHttp', '--stateful', '--port', String(port), '--logLevel', 'none']
  const program = startNode([entry, '--stdio', command, ...mode], {}, { quiet: true })
  return { program, url: `http://127.0.0.1:${port}/mcp` }
}

async function whenReady(url: string): Promise<Called> {
  const until = performance.now() + 15_000
  for (;;) {
    try {
      return await openSession(url, {})
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
