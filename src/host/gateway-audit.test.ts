import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { begun, checkpointAt, exportOf, type Line, textOf } from '../../test/audit-lines.ts'
import { gatewayAudit } from './gateway-audit.ts'

const [one, two] = ['org_0000000000000001', 'org_0000000000000002']
const events: Line[] = exportOf(6).slice(1, -1)
let dataDir = ''
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-host-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const keep = async (gateway: string, organization: string, name: string, text: string): Promise<string> => {
  const folder = path.join(dataDir, 'gateway-audit', gateway, organization)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, name), text)
  return folder
}
const seqs = async (more: object = {}) =>
  (await gatewayAudit({ dataDir, ...more }))?.items.map(({ event }) => event.seq)

test('D63 the events of all gateways of a data directory come in the order of their chain, each once', async () => {
  await keep('gwy_1', one, '2026-01-02.jsonl', textOf([events[3], events[4]]))
  await keep('gwy_1', one, '2026-01-01.jsonl', textOf([events[0], events[1], events[1]]))
  await keep('gwy_1', one, '2026-01-01.2.jsonl', textOf([events[2], { checkpoint: checkpointAt(events[2]) }]))
  await keep('gwy_2', two, '2026-01-01.jsonl', textOf([events[5]]))
  const log = await gatewayAudit({ dataDir })
  expect(log?.items.map(({ gateway, organization, event }) => [gateway, organization, event.seq])).toEqual([
    ...[1, 2, 3, 4, 5].map((seq) => ['gwy_1', one, seq]),
    ['gwy_2', two, 6],
  ])
  expect(log).toMatchObject({ from: events[0].at, to: events[5].at, damaged: 0 })
})

test('D63 they are found by key and by time, and what is kept at all is said whatever was asked', async () => {
  await keep('gwy_1', one, '2026-01-01.jsonl', textOf(events))
  expect(await seqs({ key: 'key_3' })).toEqual([3])
  expect(await seqs({ key: 'key_9' })).toEqual([])
  expect(await seqs({ from: begun + 2000, to: begun + 4000 })).toEqual([2, 3])
  expect(await gatewayAudit({ dataDir, key: 'key_9' })).toMatchObject({ from: events[0].at, to: events[5].at })
})

test('D63 torn lines and what is not ours are left out, and counted', async () => {
  const text = `${textOf([events[0]])}{"seq":2,"at"\n\0\0\0\n${textOf([events[2]])}{"torn`
  const folder = await keep('gwy_1', one, '2026-01-01.jsonl', text)
  await writeFile(path.join(folder, 'notes.txt'), 'x')
  await keep('gwy_1', 'not-an-organization', '2026-01-01.jsonl', textOf([events[3]]))
  expect(await gatewayAudit({ dataDir })).toMatchObject({
    items: [{ event: events[0] }, { event: events[2] }],
    damaged: 3,
  })
})

test('where no gateway has kept anything there is no log', async () => {
  expect(await gatewayAudit({ dataDir })).toBeNull()
  expect(await gatewayAudit({ dataDir: path.join(dataDir, 'nowhere') })).toBeNull()
  await writeFile(path.join(dataDir, 'gateway-audit'), 'in the way')
  await expect(gatewayAudit({ dataDir })).rejects.toThrow('ENOTDIR')
})

test.skipIf(process.getuid?.() === 0)('what may not be read is no empty log', async () => {
  await chmod(await keep('gwy_1', one, '2026-01-01.jsonl', textOf(events)), 0o000)
  await expect(gatewayAudit({ dataDir })).rejects.toThrow('EACCES')
})
