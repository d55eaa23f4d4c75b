import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { refuse } from '../../problems.ts'
import type { Db } from '../database.ts'
import type { StoreLog } from '../session.ts'
import { createUnits } from '../unit.ts'
import { openSqlite } from './connections.ts'
import { startThread } from './thread.ts'

const setup = { file: ':memory:', readOnly: false, busyTimeoutMs: 0 }
const program = (code: string) =>
  new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'\n${code}`)}`)
const opened = 'parentPort.postMessage({ ok: true, value: { rows: [], changed: null } })'
const refused = "parentPort.postMessage({ ok: false, failure: { message: 'not a database', code: 'X', errcode: 26 } })"
const onMessage = (work: string) => `parentPort.on('message', ({ ask }) => { ${work} })`
const close = "if (ask === 'close') parentPort.close()"

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const step of undo.splice(0)) await step()
})

function watched() {
  const seen = { died: 0, lines: [] as string[] }
  const write = (_: object, line: string) => void seen.lines.push(line)
  const log: StoreLog = { info: write, warn: write, error: write }
  const died = Promise.withResolvers<void>()
  const onDied = () => {
    seen.died += 1
    died.resolve()
  }
  return { seen, log, onDied, died: died.promise }
}

test.each([
  ['throws', "throw new Error('out of order')"],
  ['ends', 'process.exit(3)'],
])(
  'a database thread that %s is told of once, with one line, and fails who waits and who comes later',
  async (_how, work) => {
    const { seen, log, onDied, died } = watched()
    const thread = await startThread(setup, log, { onDied, program: program(`${onMessage(work)}; ${opened}`) })
    await expect(thread.ask({ ask: 'commit' })).rejects.toThrow()
    await died
    await expect(thread.ask({ ask: 'commit' })).rejects.toThrow()
    await thread.stop()
    expect(seen).toEqual({ died: 1, lines: ['a database thread has stopped'] })
  },
)

test('a thread that is stopped, or never could open its file, has not died', async () => {
  const { seen, log, onDied } = watched()
  const thread = await startThread(setup, log, { onDied, program: program(`${onMessage(close)}; ${opened}`) })
  await thread.stop()
  const broken = startThread(setup, log, { onDied, program: program(`${onMessage(close)}; ${refused}`) })
  await expect(broken).rejects.toThrow('not a database')
  expect(seen).toEqual({ died: 0, lines: [] })
})

test('of a store’s threads each one counts, readers too', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-thread-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  for (const access of ['read', 'write'] as const) {
    const { seen, log, onDied, died } = watched()
    const connections = await openSqlite(path.join(folder, 'ostiary.db'), log, {
      onDied,
      program: program(`${onMessage(`if (ask === 'run') process.exit(1); ${close}`)}; ${opened}`),
    })
    undo.push(connections.close)
    const session = await connections.open({ access, as: 'system', limitMs: null })
    await expect(Reflect.apply(session.query, session, [{ sql: 'select 1', parameters: [] }])).rejects.toThrow()
    await died
    expect(seen.died).toBe(1)
  }
})

test.each([
  ['commit of the write', 'write', 'commit'],
  ['rollback of the write', 'write', 'rollback'],
  ['statement of the read', 'read', 'run'],
] as const)('a unit of work is not cut for the time that the %s before it takes', async (_what, access, step) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-thread-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  const disk = new BroadcastChannel(folder)
  undo.push(async () => disk.close())
  // Of a read, each of the two threads has one that is slow.
  const slowOnes = access === 'read' ? 2 : 1
  let busy = 0
  Object.assign(disk, { onmessage: () => (busy += 1) })
  // As a real one does, the thread hears nothing meanwhile.
  const slow = `first = false; disk.postMessage('busy')
    while (receiveMessageOnPort(disk)?.message !== 'free') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)`
  const answers = onMessage(`if (ask === '${step}' && first) { ${slow} } ${opened}; ${close}`)
  const { log } = watched()
  const connections = await openSqlite(path.join(folder, 'ostiary.db'), log, {
    program: program(`import { receiveMessageOnPort } from 'node:worker_threads'
      const disk = new BroadcastChannel(${JSON.stringify(folder)}); disk.unref(); let first = true
      ${answers}; ${opened}`),
  })
  undo.push(connections.close)
  const units = createUnits({ connections, log, onForeignAwait: 'warn', committed: () => {} })
  const work = async (db: Db) => {
    await db.selectFrom('organizations').select('id').execute()
    return step === 'rollback' ? refuse('not_found') : 'done'
  }
  const run = (limitMs: number) => units.run({ access, as: 'system', limitMs }, work)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const before = Promise.allSettled(Array.from({ length: slowOnes }, () => run(access === 'read' ? 100 : 500)))
  const next = Promise.allSettled([run(500)])
  while (busy < slowOnes) await new Promise((resolve) => setImmediate(resolve))
  await vi.advanceTimersByTimeAsync(700)
  disk.postMessage('free')
  expect(await next).toMatchObject([{ status: 'fulfilled' }])
  for (const { status } of await before) expect(status).toBe(access === 'read' ? 'rejected' : 'fulfilled')
})
