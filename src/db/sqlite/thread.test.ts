import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { StoreLog } from '../session.ts'
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
