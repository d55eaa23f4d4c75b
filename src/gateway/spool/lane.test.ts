import { expect, test } from 'vitest'
import { call, createMemoryDisk, errorOf, turns } from '../../../test/spool-rig.ts'
import { silent } from '../../../test/stores.ts'
import { createLane } from './lane.ts'
import type { Segment } from './layout.ts'
import { createLines } from './line.ts'
import { doneLine } from './pieces.ts'

const files = () => {
  const disk = createMemoryDisk().disk()
  const lineOf = (seq: number) => Buffer.from(doneLine(seq, 0, createLines()(call(`req_${seq}`))))
  return { disk, lineOf }
}
const idsOf = (told: readonly string[]) =>
  told.map((text) => JSON.parse(text).records.map(({ id }: { id: string }) => id))

test('G9 a record that becomes durable while the end of what was before is looked at is told at once', async () => {
  const { disk, lineOf } = files()
  const lines = [1, 2].map(lineOf)
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
  expect(idsOf(told)).toEqual([['req_1'], ['req_2']])
})

test('G9 what is left is told at once when the file that is read anew is counted and removed meanwhile', async () => {
  const { disk, lineOf } = files()
  const segments = [1, 2].map((seq): Segment => {
    const [file, line] = [`/boot_1/${seq}.jsonl`, lineOf(seq)]
    disk.write(disk.create(file), line, 0, 0)
    return { file, number: seq, first: seq, last: seq, bytes: line.length, durable: line.length }
  })
  let gone: PromiseWithResolvers<void> | null = null
  const told: string[] = []
  const lane = createLane({
    disk: {
      ...disk,
      read: async (file, at, length) => {
        await gone?.promise
        return disk.read(file, at, length)
      },
    },
    boot: { id: 'boot_1', folder: '/boot_1', segments },
    isFormer: false,
    last: () => 2,
    isHeld: ({ number }) => number === 2,
    onAllTaken: () => {},
    setTimer: () => () => {},
    log: silent,
  })
  lane.attached((text) => void told.push(text))
  await turns()
  expect(idsOf(told)).toEqual([['req_1'], ['req_2']])
  gone = Promise.withResolvers()
  lane.attached((text) => void told.push(text))
  // The answer to what was told before.
  lane.taken(1)
  await turns()
  gone.reject(errorOf('ENOENT'))
  gone = null
  await turns()
  expect(idsOf(told)).toEqual([['req_1'], ['req_2'], ['req_2']])
})
