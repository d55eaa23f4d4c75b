import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { descendantsOf, isAlive } from '../../test/processes.ts'
import { eventually, nodeEnvironment, type Program, root, startNode } from '../../test/programs.ts'
import { startOf } from './process-identity.ts'

let dir: string
const started: Program[] = []

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'ostiary-serve-'))
})
afterEach(async () => {
  for (const program of started.splice(0)) {
    const family = await descendantsOf(program.pid)
    await program.stop()
    for (const pid of family) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

const anyPorts = { OSTIARY_GATEWAY_PORT: '0', OSTIARY_CONTROL_PORT: '0' }

function serve(env: Record<string, string> = {}, args: string[] = []): Program {
  const program = startNode(['src/main.ts', 'serve', '--data-dir', path.join(dir, 'data'), ...args], {
    ...anyPorts,
    ...env,
  })
  started.push(program)
  return program
}

async function ready(program: Program): Promise<{ gateway: string; control: string }> {
  await program.says(/Ctrl-C stops it/)
  const [, gateway = ''] = /Gateway {2}(\S+)/.exec(program.output()) ?? []
  const [, control = ''] = /Control {2}(\S+)/.exec(program.output()) ?? []
  return { gateway, control }
}

const status = (url: string): Promise<number> =>
  fetch(url).then(
    (answer) => answer.status,
    () => 0,
  )
const isReady = async (urls: { gateway: string; control: string }) =>
  (await status(`${urls.gateway}/readyz`)) === 200 && (await status(`${urls.control}/readyz`)) === 200

/** The one sentence of a start that was refused; nothing may be left of it. */
async function refusal(program: Program): Promise<string> {
  const code = await program.ended
  expect(code).toBe(1)
  const [line = '', ...more] = program
    .output()
    .split('\n')
    .filter((text) => text.startsWith('ostiary: '))
  expect(more).toEqual([])
  expect(program.output()).not.toMatch(/^\s+at /m)
  return line
}

test('a fresh start is ready on both listeners, greets on stderr and logs JSON lines on stdout', async () => {
  const program = serve()
  let out = ''
  let err = ''
  program.child.stdout?.on('data', (chunk) => (out += chunk))
  program.child.stderr?.on('data', (chunk) => (err += chunk))
  const urls = await ready(program)
  expect(await isReady(urls)).toBe(true)
  expect(err).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/setup#[0-9A-Za-z]{43}$/m)
  expect(await program.stop()).toBe(0)
  for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  // The link is worth a management token: it is for the person at the terminal, not for the log.
  expect(out).not.toContain('setup#')
  expect(err).toMatch(/Stopped\.\n$/)
  expect(existsSync(path.join(dir, 'data', 'ostiary.lock'))).toBe(false)
})

test('SIGTERM to npm reaches the product: it drains, exits 0 and leaves no process', async () => {
  const npm = spawn('npm', ['start', '--', '--data-dir', path.join(dir, 'data')], {
    cwd: root,
    env: nodeEnvironment(anyPorts),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (output += chunk))
  await eventually(() => {
    if (npm.exitCode !== null) throw new Error(`npm start ended:\n${output}`)
    return output.includes('Ctrl-C stops it')
  }, 'npm start is ready')
  const family = await descendantsOf(npm.pid ?? -1)
  expect(family.length).toBeGreaterThanOrEqual(3)
  npm.kill('SIGTERM')
  expect(await once(npm, 'exit')).toEqual([0, null])
  expect(family.filter(isAlive)).toEqual([])
})

test('G9 after kill -9 of serve both children end by themselves, and the next start works', async () => {
  const first = serve()
  await ready(first)
  const children = await descendantsOf(first.pid)
  expect(children.length).toBeGreaterThanOrEqual(2)
  first.kill('SIGKILL')
  await first.ended
  const second = serve()
  const urls = await ready(second)
  // Orphans that have ended stay zombies until init fetches them; they hold nothing any more.
  expect(children.filter((pid) => startOf(pid) !== null)).toEqual([])
  expect(await isReady(urls)).toBe(true)
})

test.each(['control', 'gateway'] as const)('G9 a killed %s is back within 2 s at the same address', async (role) => {
  const program = serve()
  const urls = await ready(program)
  const lock = JSON.parse(readFileSync(path.join(dir, 'data', 'ostiary.lock'), 'utf8'))
  // Forked in this order.
  const { pid } = lock.children[role === 'control' ? 0 : 1]
  process.kill(pid, 'SIGKILL')
  const killedAt = performance.now()
  await eventually(() => !isAlive(pid), 'the killed child is gone')
  await eventually(() => isReady(urls), 'both are ready again')
  expect(performance.now() - killedAt).toBeLessThan(process.env['CI'] ? 6000 : 4000)
  expect(await program.stop()).toBe(0)
})

test('a second serve on the same data directory is refused and disturbs nothing', async () => {
  const program = serve()
  const urls = await ready(program)
  expect(await refusal(serve())).toMatch(/is in use by another Ostiary \(process \d+\); stop that one, or give another/)
  expect(await isReady(urls)).toBe(true)
})

test.each(['gateway', 'control'])(
  'a port in use on the %s is one sentence, and nothing is left running',
  async (side) => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const variable = `OSTIARY_${side.toUpperCase()}_PORT`
    expect(await refusal(serve({ [variable]: port }))).toBe(
      `ostiary: Port ${port} on 127.0.0.1 is in use by another program. Stop it, or set ${variable} to a free port.`,
    )
    expect(existsSync(path.join(dir, 'data', 'ostiary.lock'))).toBe(false)
    holder.close()
  },
)

test('a data directory that cannot be made is one sentence', async () => {
  writeFileSync(path.join(dir, 'data'), 'a file')
  expect(await refusal(serve())).toMatch(/^ostiary: The data directory \S+ cannot be written \(EEXIST|ENOTDIR\)/)
})

test('another master key than the one of the data is one sentence', async () => {
  const first = serve()
  await ready(first)
  expect(await first.stop()).toBe(0)
  const other = Buffer.alloc(32, 1).toString('base64')
  const sentence = await refusal(serve({ OSTIARY_MASTER_KEY: other }))
  expect(sentence).toMatch(/master key/i)
  expect(sentence).not.toContain(other)
})

test.each([
  [{ OSTIARY_DATADIR: '/x' }, /did you mean OSTIARY_DATA_DIR\?$/],
  [{ OSTIARY_CONTROL_HOST: '0.0.0.0' }, /without TLS/],
  [{ OSTIARY_BOOTSTRAP_TOKEN: 'short' }, /at least 32 characters/],
])('the setting %o is refused before anything is made', async (env, sentence) => {
  expect(await refusal(serve(env))).toMatch(sentence)
  expect(existsSync(path.join(dir, 'data'))).toBe(false)
})

test('an unknown flag and a secret as a flag are wrong usage', async () => {
  for (const flag of ['--nonsense', '--bootstrap-token=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']) {
    const program = serve({}, [flag])
    expect(await program.ended).toBe(2)
  }
})

test('a second signal stops at once', async () => {
  const program = serve({ OSTIARY_DRAIN_SECONDS: '30' })
  const { control } = await ready(program)
  // An open call that never ends keeps the drain waiting.
  const open = fetch(`${control}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    duplex: 'half',
    body: new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode('{"code":')) }),
  }).catch(() => 'cut')
  await eventually(async () => (await status(`${control}/healthz`)) === 200, 'control answers')
  program.kill('SIGTERM')
  await program.says(/A second signal stops at once/)
  // Later than the echo that npm sends of a Ctrl-C.
  await eventually(
    () => {
      program.kill('SIGTERM')
      return program.child.exitCode !== null
    },
    'serve has ended',
    5000,
  )
  expect(await program.ended).toBe(130)
  expect(await open).toBe('cut')
})

test('ostiary on an old Node hands over to a new one, with arguments and exit code', async () => {
  // A stand-in for an old Node: it only lies about its version.
  const preload = path.join(dir, 'old.cjs')
  writeFileSync(
    preload,
    'if (!process.env.HANDED) { process.env.HANDED = 1; Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } }); Object.defineProperty(process, "execve", { value: undefined }) }',
  )
  chmodSync(preload, 0o600)
  const run = async (...args: string[]) => {
    const program = startNode(['--require', preload, 'bin/ostiary.js', ...args])
    started.push(program)
    return { code: await program.ended, output: program.output() }
  }
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  expect(await run('version')).toEqual({ code: 0, output: `${version}\n` })
  expect((await run('keys', 'nonsense')).code).toBe(2)
})
