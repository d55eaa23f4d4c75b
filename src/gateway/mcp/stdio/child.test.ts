import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Child, type ChildSpec, startChild } from './child.ts'
import { createLineRedaction } from './redact.ts'

const started: Child[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.stop()))
})

const start = (spec: Partial<ChildSpec>, more: { lineCapBytes?: number } = {}) => {
  const lines: string[] = []
  const gone: string[] = []
  const logged: string[] = []
  const note = (fields: object) => void logged.push(JSON.stringify(fields))
  const log = { debug: note, info: note, warn: note, error: note, child: () => log, lines: () => null }
  const child = startChild({
    spawn,
    environment: { ...process.env, OSTIARY_MASTER_KEY: 'ours', BASH_FUNC: '() { :; }', LANG: '() { evil; }' },
    workingDirectory: '/tmp',
    lineCapBytes: 1024,
    redact: (text) => text,
    log,
    ...more,
  })(
    { label: 'test', command: 'sh', args: [], env: {}, ...spec },
    { onLine: (line) => void lines.push(line), onGone: (why) => void gone.push(why) },
  )
  started.push(child)
  return { child, lines, gone, logged }
}
const sh = (script: string) => ({ command: 'sh', args: ['-c', script] })

/** Gone, or dead and only waiting for an init that collects it. */
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''))
  } catch {
    return true
  }
}
const stubborn = `trap "" TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 0.1; done' & echo $$; wait; wait`

describe('a child of the gateway', () => {
  test('sees its declared environment and what every program needs, nothing else of ours', async () => {
    const { lines } = start({ ...sh('env; pwd'), env: { TOKEN: 'mine' } })
    await vi.waitFor(() => expect(lines).toContain('/tmp'))
    const names = lines.filter((line) => line.includes('=')).map((line) => line.split('=')[0] ?? '')
    expect(lines).toContain('TOKEN=mine')
    expect(
      names.filter(
        (name) =>
          !['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'TOKEN', 'PWD', '_', 'OLDPWD', 'SHLVL'].includes(name),
      ),
    ).toEqual([])
  })

  test('its command is never read by a shell', async () => {
    const { lines } = start({ command: 'printf', args: ['%s\n', '$(id); `id` "; exit 1'] })
    await vi.waitFor(() => expect(lines).toEqual(['$(id); `id` "; exit 1']))
  })

  test('tells how it ended, with its last words and without the values it was given', async () => {
    const { gone, logged } = start({ ...sh('echo "wrong password $P" >&2; exit 4'), env: { P: 'hunter22' } })
    await vi.waitFor(() => expect(gone).toEqual(['the command ended with code 4: wrong password [redacted]']))
    expect(logged.join()).not.toContain('hunter22')
  })

  test('one that writes a line without end is ended, and so is one that cannot be started', async () => {
    const endless = start(sh('head -c 4096 /dev/zero | tr "\\0" x; sleep 100'))
    const missing = start({ command: 'no-such-program-here' })
    await vi.waitFor(() => expect(endless.gone[0]).toContain('over 1024 bytes'), { timeout: 5000 })
    await vi.waitFor(() => expect(missing.gone[0]).toContain('not found'))
  })

  test('stop ends the whole group, also who ignores TERM', async () => {
    const { child, lines } = start(sh(stubborn))
    await vi.waitFor(() => expect(lines.length).toBe(2))
    await child.stop()
    for (const pid of lines.map(Number)) await vi.waitFor(() => expect(isGone(pid)).toBe(true))
    expect(child.send('{}')).toBe(false)
  })

  test('when the command ends by itself, what it started goes with it', async () => {
    const { lines } = start(sh(`sh -c 'trap "" TERM; echo $$; while :; do sleep 0.1; done' & sleep 0.3; exit 0`))
    await vi.waitFor(() => expect(lines.length).toBe(1))
    await vi.waitFor(() => expect(isGone(Number(lines[0]))).toBe(true), { timeout: 5000 })
  })

  test('G9 a gateway that is killed leaves nothing: the group goes, with a grandchild that ignores TERM', async () => {
    const program = `
      import { spawn } from 'node:child_process'
      import { startChild } from ${JSON.stringify(new URL('./child.ts', import.meta.url).href)}
      const quiet = () => {}
      const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
      const deps = { spawn, environment: process.env, workingDirectory: '/', lineCapBytes: 1024, redact: (t) => t, log }
      const child = startChild(deps)(
        { label: 'x', command: 'sh', args: ['-c', ${JSON.stringify(stubborn)}], env: {} },
        { onLine: (line) => console.log(line), onGone: quiet },
      )
      console.log(child.pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pids: number[] = []
    createInterface({ input: parent.stdout }).on('line', (line) => pids.push(Number(line)))
    await vi.waitFor(() => expect(pids.length).toBe(3), { timeout: 10_000 })
    parent.kill('SIGKILL')
    const group = leaderOf(pids)
    await vi.waitFor(() => expect(pids.every(isGone)).toBe(true), { timeout: 10_000 })
    await vi.waitFor(() => expect(isGroupGone(group)).toBe(true), { timeout: 10_000 })
  })
})

/** All three lines name the group leader or its grandchild; the leader's number is there twice. */
const leaderOf = (pids: number[]): number => pids.find((pid, at) => pids.indexOf(pid) !== at) ?? 0

/** Whether anybody of the group still runs, the watcher included. */
const isGroupGone = (group: number): boolean => {
  try {
    process.kill(-group, 0)
    return false
  } catch {
    return true
  }
}

describe('what a stdio server answers', () => {
  const env = {
    API_KEY: 'canary/ü"1234',
    DATABASE_URL: 'postgres://app:pass%2Fword-canary@db/x',
    MODE: 'everything',
    AUTHOR: 'somebody known',
  }
  const clean = createLineRedaction(env)

  test('G6 does not hold the secrets of its environment, in whatever form it says them', () => {
    for (const said of [
      env.API_KEY,
      'pass%2Fword-canary',
      'pass/word-canary',
      JSON.stringify(env),
      encodeURIComponent(env.API_KEY),
    ]) {
      const line = clean(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: said }] } }))
      expect(line).not.toContain('canary')
      expect(JSON.parse(line)).toMatchObject({ id: 1, result: { content: [{ type: 'text' }] } })
    }
    const basic = Buffer.from(`user:${env.API_KEY}`).toString('base64')
    expect(clean(JSON.stringify({ basic }))).not.toContain(basic.slice(8, 20))
  })

  test('keeps every other value as it is', () => {
    const line = JSON.stringify({ result: { mode: env.MODE, author: env.AUTHOR } })
    expect(clean(line)).toBe(line)
    expect(createLineRedaction({ TOKEN: 'short' })('{"a":"short"}')).toBe('{"a":"short"}')
  })
})
