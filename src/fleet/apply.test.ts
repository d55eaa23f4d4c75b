import { expect, test } from 'vitest'
import { createApplier } from './apply.ts'
import type { SnapshotFrame } from './record-frames.ts'
import type { FleetRecord } from './schema.ts'

const gone = (id: string): FleetRecord => ({ kind: 'gone', of: 'key', organization: 'org', id, revision: 1 })
const part = (number: number, at: number, last: boolean, ids: string[]): SnapshotFrame => ({
  type: 'snapshot',
  part: at,
  last,
  position: { log: 'log', number },
  records: ids.map(gone),
})
const range = (after: number, upTo: number, ids: string[] = [], log = 'log') => ({
  type: 'changes' as const,
  after,
  upTo,
  log,
  records: ids.map(gone),
})

function setUp() {
  const seen: string[] = []
  const note = (what: string, records: readonly FleetRecord[]) =>
    void seen.push(`${what} ${records.map(({ id }) => id)}`)
  const replaceAll = () => {
    const next: FleetRecord[] = []
    return { add: (records: readonly FleetRecord[]) => void next.push(...records), commit: () => note('replace', next) }
  }
  return { seen, applier: createApplier({ apply: (records) => note('apply', records), replaceAll }) }
}

test('a snapshot counts as a whole, when its last part is in', () => {
  const { seen, applier } = setUp()
  expect(applier.snapshot(part(7, 0, false, ['a']))).toBe('waiting')
  expect(applier.isInStep()).toBe(false)
  expect(seen).toEqual([])
  expect(applier.snapshot(part(7, 1, true, ['b']))).toBe('applied')
  expect(seen).toEqual(['replace a,b'])
  expect(applier.position()).toEqual({ log: 'log', number: 7 })
  expect(applier.isInStep()).toBe(true)
})

test('a range counts only for who stands at its beginning', () => {
  const { seen, applier } = setUp()
  applier.snapshot(part(7, 0, true, []))
  expect(applier.changes(range(7, 9, ['a']))).toBe('applied')
  expect(applier.changes(range(9, 9))).toBe('applied')
  expect(applier.position()?.number).toBe(9)
  expect(seen).toEqual(['replace ', 'apply a', 'apply '])
})

test.each([
  ['leaves a gap', range(8, 9)],
  ['comes twice', range(6, 7)],
  ['belongs to another log', range(7, 8, [], 'other')],
])('a range that %s is not applied, and asks once for everything', (_title, frame) => {
  const { seen, applier } = setUp()
  applier.snapshot(part(7, 0, true, []))
  expect(applier.changes(frame)).toBe('resync')
  expect(applier.isInStep()).toBe(false)
  // Those already on their way are not asked for again, and the right one is too late.
  expect(applier.changes(range(7, 8, ['a']))).toBe('waiting')
  expect(seen).toEqual(['replace '])
  expect(applier.snapshot(part(9, 0, true, ['b']))).toBe('applied')
  expect(applier.isInStep()).toBe(true)
})

test('a range before any snapshot, and a snapshot with a part missing, ask for everything', () => {
  expect(setUp().applier.changes(range(0, 1))).toBe('resync')
  const { seen, applier } = setUp()
  applier.snapshot(part(7, 0, false, ['a']))
  expect(applier.snapshot(part(7, 2, true, ['c']))).toBe('resync')
  expect(seen).toEqual([])
})

test('a snapshot that a new connection cut off is forgotten, the position is not', () => {
  const { applier } = setUp()
  applier.snapshot(part(7, 0, true, []))
  applier.snapshot(part(9, 0, false, ['a']))
  applier.restart()
  expect(applier.position()?.number).toBe(7)
  expect(applier.changes(range(7, 9))).toBe('applied')
})

test('of a snapshot that begins again, nothing of the first attempt counts', () => {
  const { seen, applier } = setUp()
  applier.snapshot(part(7, 0, false, ['a']))
  applier.snapshot(part(8, 0, false, ['b']))
  expect(applier.snapshot(part(8, 1, true, ['c']))).toBe('applied')
  expect(seen).toEqual(['replace b,c'])
})
