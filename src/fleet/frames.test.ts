import { expect, test } from 'vitest'
import { feedUrl } from './dial.ts'
import { commonVersion, parseFromControl, parseFromGateway, rangeFrames, snapshotFrames } from './frames.ts'
import { type FleetRecord, FromControl } from './schema.ts'

const gone = (id: string): FleetRecord => ({ kind: 'gone', of: 'key', organization: 'org', id, revision: 1 })
const many = (count: number): FleetRecord[] => Array.from({ length: count }, (_, n) => gone(`key_${n}`))
const read = (texts: string[]) => texts.map((text) => FromControl.parse(JSON.parse(text)))

test('a large range is cut into frames, of which only the last moves the position', () => {
  const frames = read(rangeFrames({ log: 'log', after: 3, upTo: 9 }, many(1200)))
  expect(frames.map((frame) => frame.type === 'changes' && [frame.after, frame.upTo, frame.records.length])).toEqual([
    [3, 3, 500],
    [3, 3, 500],
    [3, 9, 200],
  ])
})

test('an empty range and an empty snapshot are one frame each', () => {
  expect(read(rangeFrames({ log: 'log', after: 3, upTo: 9 }, []))).toHaveLength(1)
  expect(read(snapshotFrames({ position: { log: 'log', number: 0 }, era: 1 }, []))).toMatchObject([
    { part: 0, last: true, records: [] },
  ])
})

test('records that are large are cut by their size', () => {
  const large = many(5).map((record) => ({ ...record, id: 'x'.repeat(600_000) }))
  const frames = read(snapshotFrames({ position: { log: 'log', number: 1 }, era: 1 }, large))
  expect(frames.map((frame) => frame.type === 'snapshot' && [frame.part, frame.last])).toEqual([
    [0, false],
    [1, false],
    [2, false],
    [3, false],
    [4, true],
  ])
})

test('a newer control may send frames, fields and kinds of records that this gateway does not know', () => {
  expect(parseFromControl('{"type":"from-the-future"}')).toEqual({ kind: 'unknown' })
  const records = [gone('key_1'), { kind: 'catalog', id: 'cat_1' }, { ...gone('key_2'), later: 1 }]
  const frame = { type: 'changes', after: 0, upTo: 1, log: 'log', records, later: true }
  const parsed = parseFromControl(JSON.stringify(frame))
  expect(parsed).toMatchObject({ kind: 'frame', frame: { records: [{ id: 'key_1' }, { id: 'key_2' }] } })
})

test.each(['', 'null', '[]', '7', '{"type":"proofs","items":7}'])(
  'a malformed frame is told from an unknown one: %j',
  (text) => {
    expect(parseFromGateway(text).kind).toBe('malformed')
  },
)

test('a reason never repeats what was in the frame', () => {
  const parsed = parseFromControl(JSON.stringify({ type: 'welcome', gateway: 'canary' }))
  expect(parsed).toEqual({ kind: 'malformed', reason: 'malformed welcome' })
})

test('both ends speak the newest version that both know', () => {
  expect(commonVersion({ oldest: 1, newest: 9 })).toBe(1)
  expect(commonVersion({ oldest: 2, newest: 9 })).toBeNull()
  expect(commonVersion({ oldest: 0, newest: 0 })).toBeNull()
})

test.each([
  ['http://127.0.0.1:8421', 'ws://127.0.0.1:8421/fleet/v1/feed'],
  ['https://control.example/', 'wss://control.example/fleet/v1/feed'],
  ['wss://control.example/prefix/fleet/v1/feed', 'wss://control.example/prefix/fleet/v1/feed'],
])('the address of control %s leads to its feed', (address, url) => {
  expect(feedUrl(address)).toBe(url)
})
