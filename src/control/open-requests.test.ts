import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { orgA } from '../../test/feed-store.ts'
import { keep, noon, toolCall } from '../../test/requests-rig.ts'
import { silent } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { openRequests } from './open-requests.ts'

let folder = ''
const opened: Database[] = []
const alarms: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-requests-'))
  alarms.length = 0
})
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
  await rm(folder, { recursive: true, force: true })
})
const file = () => path.join(folder, 'requests.db')

const start = async (): Promise<{ main: Database; requests: Database }> => {
  for (const database of opened.splice(0)) await database.close()
  const main = await openDatabase({ kind: 'sqlite', file: path.join(folder, 'ostiary.db') }, silent)
  opened.push(main)
  const log = { ...silent, error: (_: object, message: string) => void alarms.push(message) }
  const requests = await openRequests(
    { config: { dataDir: folder } as never, log: log as never, now: () => noon },
    main,
  )
  opened.push(requests)
  return { main, requests }
}
const idsIn = (requests: Database) =>
  requests.read(orgA, async (db) => (await db.selectFrom('requests').select('id').execute()).map(({ id }) => id))

test('the log of requests is a file beside the database, and stays over a start', async () => {
  const { main, requests } = await start()
  expect(requests).not.toBe(main)
  await keep(requests, [toolCall(1)])
  expect(await idsIn((await start()).requests)).toEqual(['req_1'])
  await expect(main.system.read((db) => db.selectFrom('requests').select('id').execute())).rejects.toThrow()
  expect(alarms).toEqual([])
})

test('a log that was deleted begins anew, and control starts', async () => {
  await keep((await start()).requests, [toolCall(1)])
  for (const database of opened.splice(0)) await database.close()
  await rm(file())
  expect(await idsIn((await start()).requests)).toEqual([])
})

test.each(['at its head', 'behind its head'])(
  'a log that is damaged %s is put aside, said aloud, and begins anew',
  async (where) => {
    const { requests } = await start()
    await keep(
      requests,
      Array.from({ length: 300 }, (_, n) => toolCall(n + 1)),
    )
    for (const database of opened.splice(0)) await database.close()
    const bytes = await readFile(file())
    bytes.fill(0x5a, where === 'at its head' ? 0 : 4096)
    await writeFile(file(), bytes)
    const again = (await start()).requests
    expect(await idsIn(again)).toEqual([])
    await keep(again, [toolCall(1)])
    expect(alarms).toEqual([expect.stringContaining('put aside and begins anew')])
    expect((await readdir(folder)).some((name) => name.startsWith('requests.db.damaged-'))).toBe(true)
  },
)

test('a log of a newer program is no damage: it is refused with the way back, and left alone', async () => {
  const { requests } = await start()
  await keep(requests, [toolCall(1)])
  await requests.system.transaction((db) =>
    db
      .insertInto('migrations')
      .values({ name: '0002-later', checksum: 'x', min_program: '99.0.0', applied_at: 1 })
      .execute(),
  )
  await expect(start()).rejects.toThrow('needs Ostiary 99.0.0')
  expect((await readdir(folder)).some((name) => name.includes('damaged'))).toBe(false)
})
