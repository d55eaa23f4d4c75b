import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placesIn } from '../../audit/local/read.ts'
import type { AuditEventView, CheckpointView } from '../../audit/schema.ts'
import type { FromGateway } from '../../fleet/schema.ts'
import { type AuditLog, type AuditLogDeps, openAuditLog } from './keep.ts'

const [one, two] = ['org_0000000000000001', 'org_0000000000000002']
const gateway = 'gwy_0000000000000001'
const begun = Date.UTC(2026, 10, 21, 12)
const dayMs = 86_400_000

let dataDir = ''
let now = begun
let timers: (() => void)[] = []
let errors: { fields: object; message: string }[] = []
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-audit-'))
  now = begun
  timers = []
  errors = []
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const open = (limits: AuditLogDeps['limits'] = {}): Promise<AuditLog> =>
  openAuditLog({
    dataDir,
    gateway,
    now: () => now,
    setTimer: (_ms, run) => {
      timers.push(run)
      return () => {}
    },
    log: { error: (fields, message) => void errors.push({ fields, message }) },
    limits,
  })
const event = (seq: number, more: Partial<AuditEventView> = {}): AuditEventView => ({
  id: `evt_${String(seq).padStart(16, '0')}`,
  seq,
  at: new Date(now).toISOString(),
  actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
  action: 'key.suspended',
  subject: { kind: 'key', id: 'key_1', name: 'ci' },
  requestId: `req_${seq}`,
  hash: 'ab'.repeat(32),
  ...more,
})
const checkpoint = (seq: number): CheckpointView => ({
  organization: one,
  seq,
  hash: 'ab'.repeat(32),
  at: new Date(now).toISOString(),
  signingKey: 'k',
  signature: 's',
})
const frameOf = (seqs: readonly number[], more: Partial<AuditEventView> = {}, organization = one, after = 0) => {
  const events = seqs.map((seq) => event(seq, more))
  return { type: 'audit' as const, organization, after, upTo: Math.max(0, ...seqs), events, checkpoints: [] }
}
const take = async (log: AuditLog, ...frame: Parameters<typeof frameOf>) => {
  log.take(frameOf(...frame))
  await log.settled()
}
const files = async () => (await placesIn(path.join(dataDir, 'gateway-audit'))).map((place) => place.path)
const relative = async () => (await files()).map((file) => path.relative(path.join(dataDir, 'gateway-audit'), file))
const linesOf = async (file = '') =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const seqsOnDisk = async () => (await Promise.all((await files()).map(linesOf))).flat().map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

test('D63 events are appended as lines of JSON, by gateway, organization and day, readable by nobody else', async () => {
  const log = await open()
  await take(log, [3, 5])
  await take(log, [6], { at: '2026-11-20T23:59:59.999Z' })
  await take(log, [2], {}, two)
  expect(await relative()).toEqual([
    `${gateway}/${one}/2026-11-20.jsonl`,
    `${gateway}/${one}/2026-11-21.jsonl`,
    `${gateway}/${two}/2026-11-21.jsonl`,
  ])
  expect(await linesOf((await files())[1])).toEqual([event(3), event(5)])
  const modeOf = async (file = '') => ((await stat(file)).mode & 0o777).toString(8)
  for (const file of await files()) {
    expect(await modeOf(file)).toBe('600')
    expect(await modeOf(path.dirname(file))).toBe('700')
  }
  expect(log.held()).toEqual({ [one]: 6, [two]: 2 })
})

test('M13 a checkpoint is kept beside the events that it covers, and says how far the log has come', async () => {
  const log = await open()
  log.take({ ...frameOf([3]), upTo: 41, checkpoints: [checkpoint(40)] })
  await log.settled()
  expect(await linesOf((await files())[0])).toEqual([event(3), { checkpoint: checkpoint(40) }])
  expect(log.held()).toEqual({ [one]: 41 })
  expect((await open()).held()).toEqual({ [one]: 40 })
})

test('D63 after a restart it knows how far it had come, and goes on there', async () => {
  await take(await open(), [1, 2])
  await take(await open(), [7], { at: '2026-11-19T00:00:00.000Z' })
  const log = await open()
  expect(log.held()).toEqual({ [one]: 7 })
  await take(log, [8])
  expect((await seqsOnDisk()).toSorted()).toEqual([1, 2, 7, 8])
})

test('D63 a line that a crash has torn is dropped, and what comes next stands on a line of its own', async () => {
  await take(await open(), [1, 2])
  const [file = ''] = await files()
  const torn = JSON.stringify(event(3)).slice(0, -10)
  for (const tail of [torn, '\0\0\0\0', `${torn}\n\0\0`, `${'x'.repeat(200_000)}\n`]) {
    await appendFile(file, tail)
    const log = await open()
    expect(log.held()).toEqual({ [one]: 2 })
  }
  await take(await open(), [3])
  expect(await linesOf(file)).toEqual([event(1), event(2), event(3)])
  await writeFile(file, torn)
  expect((await open()).held()).toEqual({})
  expect((await stat(file)).size).toBe(0)
})

test('D63 files are kept for 30 days, those of a former gateway too', async () => {
  const log = await open()
  await take(log, [1])
  const former = path.join(dataDir, 'gateway-audit', 'gwy_former0000000000', one)
  await mkdir(former, { recursive: true })
  await writeFile(path.join(former, '2026-11-21.jsonl'), '')
  await writeFile(path.join(former, 'notes.txt'), 'not ours')
  now += 30 * dayMs
  await take(log, [2])
  expect(await files()).toHaveLength(3)
  now += dayMs
  await take(log, [3])
  expect(await relative()).toEqual([`${gateway}/${one}/2026-12-21.jsonl`, `${gateway}/${one}/2026-12-22.jsonl`])
  expect(await readdir(former)).toEqual(['notes.txt'])
})

test('D63 beyond its size the oldest file goes first, also within one day', async () => {
  const log = await open({ bytes: 20_000 })
  for (const day of range(1, 3)) {
    now = begun + day * dayMs
    for (const seq of range(day * 40 + 1, day * 40 + 40)) await take(log, [seq])
  }
  const sizes = await Promise.all((await files()).map(async (file) => (await stat(file)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect(total).toBeLessThanOrEqual(20_000)
  expect(total).toBeGreaterThan(12_000)
  // The newest are there, without a hole.
  const seqs = (await seqsOnDisk()).toSorted((a, b) => a - b)
  expect(seqs).toEqual(range(seqs[0] ?? 0, 160))
})

test('D63 a disk that takes nothing loses nothing: it is written when it can be, in order, and somebody hears of it', async () => {
  const log = await open()
  const folder = path.join(dataDir, 'gateway-audit', gateway)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, one), 'in the way')
  await take(log, [1, 2])
  await take(log, [3])
  expect(errors).toMatchObject([
    { message: 'the audit log of this gateway cannot be written', fields: { failures: 1 } },
  ])
  await rm(path.join(folder, one))
  for (const timer of timers.splice(0)) timer()
  await log.settled()
  expect(await seqsOnDisk()).toEqual([1, 2, 3])
})

test('D63 what is too much for the disk is asked for again, and leaves no hole', async () => {
  const log = await open({ waitingBytes: 1500 })
  const asked: FromGateway[] = []
  log.attached((frame) => void asked.push(frame))
  const folder = path.join(dataDir, 'gateway-audit', gateway)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, one), 'in the way')
  await take(log, range(1, 20))
  await take(log, [21], {}, one, 20)
  expect([asked, errors.length]).toEqual([[], 1])
  await rm(path.join(folder, one))
  for (const timer of timers.splice(0)) timer()
  await log.settled()
  const [{ length }] = [await seqsOnDisk()]
  expect(length).toBeGreaterThan(1)
  expect(await seqsOnDisk()).toEqual(range(1, length))
  expect(asked).toEqual([{ type: 'audit-from', after: { [one]: length } }])
  // What was on its way before control heard of it.
  await take(log, [22], {}, one, 21)
  expect(asked).toHaveLength(1)
  for (const seq of range(length + 1, 22)) await take(log, [seq], {}, one, seq - 1)
  expect(await seqsOnDisk()).toEqual(range(1, 22))
})

test('D63 what does not follow is not taken but asked for from where the log ends', async () => {
  const log = await open()
  const asked: FromGateway[] = []
  log.attached((frame) => void asked.push(frame))
  await take(log, [1, 2])
  await take(log, [9], {}, one, 8)
  await take(log, [10], {}, one, 9)
  expect(asked).toEqual([{ type: 'audit-from', after: { [one]: 2 } }])
  await take(log, [5, 9, 10], {}, one, 2)
  expect(await seqsOnDisk()).toEqual([1, 2, 5, 9, 10])
  await take(log, [30], {}, one, 20)
  expect(asked).toHaveLength(2)
})

test('an organization that is none does not lead out of the folder', async () => {
  const log = await open()
  for (const organization of ['../../evil', 'org_../../../evil00', '', '/etc']) await take(log, [1], {}, organization)
  expect(await files()).toEqual([])
  expect(log.held()).toEqual({})
  await take(log, [1], { at: '../../../etc/passwd' })
  expect(await relative()).toEqual([`${gateway}/${one}/2026-11-21.jsonl`])
})
