import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { descendantsOf, isAlive } from './processes.ts'
import { ask } from './product.ts'
import { freePorts, nodeEnvironment, type Program, root, startNode } from './programs.ts'

/** Below the repository, because `npx` finds the packages of this project only from inside of it. */
const parent = path.join(root, 'data')
const isParentOurs = !existsSync(parent)

let dataDir: string
let ports: readonly [gateway: number, control: number]
let serve: Program

/** Shell blocks of the README, in order; `no-run` marks those that need what is not here. */
const blocks = async (): Promise<string[]> => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block ?? [])
}

beforeAll(async () => {
  await mkdir(parent, { recursive: true })
  dataDir = await mkdtemp(path.join(parent, 'readme-'))
  const [gateway = 0, control = 0] = await freePorts(2)
  ports = [gateway, control]
  // What `npm start` ends in, on other ports: installing is for a fresh clone, where every test begins with it.
  serve = startNode(['src/main.ts', 'serve', '--data-dir', dataDir], {
    OSTIARY_GATEWAY_PORT: String(gateway),
    OSTIARY_CONTROL_PORT: String(control),
  })
})
afterAll(async () => {
  const family = await descendantsOf(serve.pid)
  await serve.stop(15_000)
  for (const pid of family) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  if (isParentOurs) await rmdir(parent).catch(() => {})
})

test('the commands of the README, copied and pasted, end in a tool result and in a revoked key', async () => {
  const [start, ...rest] = await blocks()
  expect(start?.trim()).toBe('npm start')
  expect(rest.length).toBeGreaterThan(1)
  const [link] = await serve.says(/http:\S+\/setup#\S+/)
  const [gateway, control] = ports
  const commands = rest
    .join('\n')
    .replaceAll('LINK', link)
    .replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
    .replaceAll('127.0.0.1:8421', `127.0.0.1:${control}`)
  // The key goes past the output of the commands, on a channel that nobody prints.
  const { code, output, key } = await shell(`${commands}\nprintf %s "$KEY" >&3\n`, {
    OSTIARY_URL: `http://127.0.0.1:${control}`,
  })
  expect(code, output).toBe(0)
  expect(output).toContain('Echo: hello')
  expect(output).toMatch(/My first key.*is revoked/)
  const later = await ask(`http://127.0.0.1:${gateway}/mcp-connect/everything`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
  expect([later.status, later.body?.error?.data?.code]).toEqual([401, 'key_revoked'])
}, 60_000)

test('what a ready product prints is what the README says', async () => {
  await serve.says(/Ctrl-C stops it\./)
  const [gateway] = ports
  const printed = serve.output().replaceAll(`127.0.0.1:${gateway}`, '127.0.0.1:8420')
  const [, first = ''] = await blocks()
  const plain = (text: string) => text.replaceAll(/\\\n/g, '').replaceAll(/\s+/g, ' ')
  for (const command of plain(first.replaceAll(/^.*LINK.*\n/gm, '')).split(/ (?=npx @|npm run|export )/))
    expect(plain(printed)).toContain(command.trim())
})

async function shell(script: string, env: Record<string, string>) {
  const child = spawn('sh', ['-e', '-c', script], {
    cwd: root,
    env: nodeEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that npm's and npx's children go with it.
    detached: true,
  })
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 50_000)
  const said = ['', '', '', '']
  child.stdio.forEach((stream, at) => {
    stream?.on('data', (chunk: Buffer) => {
      said[at] += String(chunk)
    })
  })
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return { code, output: `${said[1]}${said[2]}`, key: said[3] }
}
