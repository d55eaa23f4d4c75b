import { expect, test } from 'vitest'
import { call, createMemoryDisk, turns } from '../../../test/spool-rig.ts'
import { silent } from '../../../test/stores.ts'
import { createLane } from './lane.ts'
import type { Segment } from './layout.ts'
import { createLines } from './line.ts'
import { doneLine } from './pieces.ts'

test('G9 a record that becomes durable while the end of what was before is looked at is told at once', async () => {
  const disk = createMemoryDisk().disk()
  const lines = [1, 2].map((seq) => Buffer.from(doneLine(seq, 0, createLines()(call(`req_${seq}`)))))
  const [first, whole] = [lines[0]?.length ?? 0, Buffer.concat(lines)]
  const file = '/boot_1/1.jsonl'
  disk.write(disk.create(file), whole, 0, 0)
  const segment: Segment = { file, number: 1, first: 1, last: 1, bytes: first, durable: first }
  const told: string[] = []
  const lane = createLane({
    disk,
    boot: { id: 'boot_1', folder: '/boot_1', segments: [segment] },
    isFormer: false,
    last: () => segment.last,
    isHeld: () => true,
    onAllTaken: () => {},
    setTimer: () => () => {},
    log: silent,
  })
  lane.attached((text) => void told.push(text))
  await turns()
  expect(told).toHaveLength(1)
  lane.pump()
  Object.assign(segment, { last: 2, bytes: whole.length, durable: whole.length })
  // The only word of it comes while the lane is still busy with finding nothing.
  lane.pump()
  await turns()
  expect(told.map((text) => JSON.parse(text).records.map(({ id }: { id: string }) => id))).toEqual([
    ['req_1'],
    ['req_2'],
  ])
})
