import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore, type Place, silent } from '../../test/stores.ts'
import { changesAfter } from './changes.ts'
import { createSequencer } from './sequencer.ts'

const one = 'org_0000000000000001'
const program = path.resolve(import.meta.dirname, '../../test/write-until-killed.ts')

/** Ends by SIGKILL in the middle of its writes, as soon as this many have been acknowledged. */
const killAfter = async (place: Place, count: number): Promise<string[]> => {
  const child = spawn(process.execPath, [program, JSON.stringify(place), one], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  // What it had printed before it died counts too; a line that was cut off in the middle does not.
  return acknowledged.filter((line) => /^\d+ key_\d+_[0-7]$/.test(line))
}

onEachStore('a control that is killed', (_, { newPlace, openAt }) => {
  test('G9 kill -9 in the middle of a thousand writes loses none that was acknowledged', async () => {
    const place = await newPlace()
    const first = await openAt(place)
    await addOrganization(first, one, 'one')
    await first.close()
    const acknowledged = [...(await killAfter(place, 700)), ...(await killAfter(place, 300))]
    expect(acknowledged.length).toBeGreaterThanOrEqual(1_000)

    const database = await openAt(place)
    const stored = await database.system.read((db) =>
      db.selectFrom('changes').select(['row_id', 'subject_id']).execute(),
    )
    const found = new Set(stored.map(({ row_id, subject_id }) => `${row_id} ${subject_id}`))
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([])

    const sequencer = createSequencer({ database, seal: () => Promise.resolve(0), log: silent })
    sequencer.start()
    await Promise.all(stored.map(({ row_id }) => sequencer.numberOf(row_id)))
    await sequencer.stop()
    const numbers = await database.system.read((db) => changesAfter(db, 0, 100_000))
    expect(numbers.map(({ number }) => number)).toEqual(stored.map((_, at) => at + 1))
  })
})
