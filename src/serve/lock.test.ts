import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataDir } from './data-dir.ts'
import { takeLock } from './lock.ts'
import { startOf } from './process-identity.ts'

const quiet = { warn: () => {} }
let dir: string
let file: string
const others: ChildProcess[] = []

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'ostiary-lock-'))
  file = path.join(dir, 'ostiary.lock')
})
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** A process of our own that lives until it is killed. */
const otherProcess = async (): Promise<ChildProcess & { pid: number }> => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  others.push(child)
  if (child.stdout) await once(child.stdout, 'data')
  const { pid } = child
  if (pid === undefined) throw new Error('not started')
  return Object.assign(child, { pid })
}
const hold = (pid: number, startedAt: string | null, children: object[] = []) =>
  writeFileSync(file, JSON.stringify({ pid, startedAt, children }))
const kill = async (child: ChildProcess) => {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('one data directory has one holder, until it lets go', async () => {
  const other = await otherProcess()
  const first = takeLock(file, process.pid)
  expect(first.ok).toBe(true)
  expect(takeLock(file, other.pid)).toEqual({ ok: false, reason: 'in-use', pid: process.pid })
  if (first.ok) first.lock.release()
  expect(existsSync(file)).toBe(false)
  expect(takeLock(file, other.pid).ok).toBe(true)
})

test('the lock of a killed process is taken over', async () => {
  const other = await otherProcess()
  hold(other.pid, startOf(other.pid))
  expect(takeLock(file, process.pid)).toMatchObject({ ok: false, reason: 'in-use', pid: other.pid })
  await kill(other)
  expect(takeLock(file, process.pid).ok).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid)
})

test('a process that got the number of a dead holder does not keep the lock for it', async () => {
  const other = await otherProcess()
  hold(other.pid, 'another start')
  expect(takeLock(file, process.pid).ok).toBe(true)
})

test('a lock file that is no lock is replaced', () => {
  writeFileSync(file, '{"pid":')
  expect(takeLock(file, process.pid).ok).toBe(true)
})

test('who takes over knows which children of the dead holder are still there', async () => {
  const [dead, child] = [await otherProcess(), await otherProcess()]
  const gone = await otherProcess()
  const children = [child, gone].map(({ pid }) => ({ pid, startedAt: startOf(pid) }))
  hold(dead.pid, startOf(dead.pid), children)
  await kill(dead)
  await kill(gone)
  const taken = takeLock(file, process.pid)
  expect(taken.ok && taken.lock.leftovers().map(({ pid }) => pid)).toEqual([child.pid])
  await kill(child)
  expect(taken.ok && taken.lock.leftovers()).toEqual([])
})

test('the lock names the children and is readable by its owner alone', async () => {
  const child = await otherProcess()
  const taken = takeLock(file, process.pid)
  if (!taken.ok) throw new Error(taken.reason)
  taken.lock.record([child.pid])
  expect(JSON.parse(readFileSync(file, 'utf8')).children).toEqual([{ pid: child.pid, startedAt: startOf(child.pid) }])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  taken.lock.release()
  taken.lock.record([])
  expect(existsSync(file)).toBe(false)
})

test('a data directory is made for its owner alone', () => {
  const made = path.join(dir, 'deep', 'data')
  const opened = openDataDir(made, 'ostiary.lock', process.pid, quiet)
  expect(opened.ok).toBe(true)
  expect(statSync(made).mode & 0o777).toBe(0o700)
})

test('a data directory that stood open before stays as it is and is named in one warning, its secrets are closed', () => {
  const made = path.join(dir, 'open')
  mkdirSync(path.join(made, 'secrets'), { recursive: true })
  for (const open of [made, path.join(made, 'secrets')]) chmodSync(open, 0o755)
  const warnings: unknown[] = []
  const opened = openDataDir(made, 'ostiary.lock', process.pid, { warn: (fields) => warnings.push(fields) })
  expect(opened.ok).toBe(true)
  expect(statSync(path.join(made, 'secrets')).mode & 0o777).toBe(0o700)
  expect(warnings).toEqual([{ dataDir: made }])
})

test('a data directory that cannot be written or is in use is refused in one sentence', async () => {
  const blocked = path.join(dir, 'file')
  writeFileSync(blocked, '')
  const refused = openDataDir(path.join(blocked, 'data'), 'ostiary.lock', process.pid, quiet)
  expect(refused).toEqual({
    ok: false,
    message: expect.stringMatching(/^The data directory .* cannot be written \(ENOTDIR\); /),
  })
  const other = await otherProcess()
  hold(other.pid, startOf(other.pid))
  expect(openDataDir(dir, 'ostiary.lock', process.pid, quiet)).toEqual({
    ok: false,
    message: expect.stringContaining(`is in use by another Ostiary (process ${other.pid}); stop that one, or`),
  })
})

test('a process has one start, and none when it is gone', async () => {
  const other = await otherProcess()
  const start = startOf(other.pid)
  expect(start).not.toBeNull()
  expect(startOf(other.pid)).toBe(start)
  await kill(other)
  expect(startOf(other.pid)).toBeNull()
})
