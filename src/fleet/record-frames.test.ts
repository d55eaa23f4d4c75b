import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scopeOf } from '../../test/fake-control.ts'
import type { KeyRecord, Scope } from '../keys/schema.ts'
import { parseFromControl } from './frames.ts'
import { rangeFrames, snapshotFrames } from './record-frames.ts'
import type { FleetRecord } from './schema.ts'

const gone = (id: string): FleetRecord => ({ kind: 'gone', of: 'key', organization: 'org', id, revision: 1 })
const many = (count: number): FleetRecord[] => Array.from({ length: count }, (_, n) => gone(`key_${n}`))
const keyOf = (n: number, scope: Scope = scopeOf()): KeyRecord => ({
  kind: 'key',
  organization: 'org',
  id: `key_${String(n).padStart(16, '0')}`,
  revision: 1,
  tokenKind: 'k',
  name: `key ${n}`,
  owner: { type: 'member', id: 'mem_a', name: 'Ada' },
  state: 'active',
  expiresAt: null,
  scope,
  maxStalenessSeconds: null,
  versions: [],
  epoch: 1,
  metadata: '{}',
  honey: false,
  pin: null,
})
const head = { position: { log: 'log', number: 1 }, era: 1 }
const readOne = (text: string) => {
  const parsed = parseFromControl(text)
  if (parsed.kind !== 'frame') throw new Error(parsed.kind)
  if (parsed.frame.type !== 'changes' && parsed.frame.type !== 'snapshot') throw new Error(parsed.frame.type)
  return parsed.frame
}
const read = (texts: string[]) => texts.map(readOne)

test('a large range is cut into frames, of which only the last moves the position', () => {
  const frames = read(rangeFrames({ log: 'log', after: 3, upTo: 9 }, many(4800)))
  expect(frames.map((frame) => frame.type === 'changes' && [frame.after, frame.upTo, frame.records.length])).toEqual([
    [3, 3, 2000],
    [3, 3, 2000],
    [3, 9, 800],
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

const scopes = [
  scopeOf(),
  scopeOf({ projects: [] }),
  scopeOf({ mcp: { servers: { mode: 'none' } } }),
  scopeOf({ addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } }),
]
const records = fc.array(
  fc.oneof(
    fc.nat(999).map((n) => gone(`srv_${n}`)),
    fc.tuple(fc.nat(999), fc.constantFrom(...scopes)).map(([n, scope]) => keyOf(n, structuredClone(scope))),
  ),
  { maxLength: 3000, size: 'max' },
)

test('what is sent is what is read, in its order, over however many frames', () => {
  fc.assert(
    fc.property(records, (sent) => {
      expect(read(snapshotFrames(head, sent)).flatMap((frame) => frame.records)).toEqual(sent)
    }),
    { numRuns: 20 },
  )
})

test('a scope stands once in a frame, and all keys that say it hold the same object', () => {
  const sent = Array.from({ length: 2700 }, (_, n) => keyOf(n, scopeOf({ projects: [`prj_${n % 3}`] })))
  const texts = snapshotFrames(head, sent)
  expect(texts.map((text) => JSON.parse(text).scopes.length)).toEqual([3, 3])
  for (const { records: keys } of read(texts)) {
    expect(new Set(keys.map((record) => record.kind === 'key' && record.scope)).size).toBe(3)
  }
})

test('scopes that are large are cut by their size as well', () => {
  const items = Array.from({ length: 1000 }, (_, n) => `${n}`.padEnd(128, 'x'))
  const large = (n: number) => scopeOf({ mcp: { servers: { mode: 'only', items: [`${n}`, ...items.slice(1)] } } })
  const sent = Array.from({ length: 20 }, (_, n) => keyOf(n, large(n)))
  const texts = snapshotFrames(head, sent)
  expect(texts.every((text) => text.length < 1_100_000)).toBe(true)
  expect(read(texts).flatMap((frame) => frame.records)).toEqual(sent)
})

const frameWith = (table: unknown, scope: unknown) => {
  const records = [gone('srv_a'), { ...keyOf(2), scope }]
  return parseFromControl(JSON.stringify({ type: 'changes', after: 0, upTo: 1, log: 'log', scopes: table, records }))
    .kind
}

test.each<[string, unknown, unknown]>([
  ['beyond the table', [scopeOf()], 1],
  ['before the table', [scopeOf()], -1],
  ['between two', [scopeOf()], 0.5],
  ['by a name', [scopeOf()], 'length'],
  ['of its own', [scopeOf()], scopeOf({ projects: [] })],
  ['in no table', undefined, 0],
  ['in an empty table', [], 0],
])('a key with a scope %s makes the frame malformed', (_title, table, scope) => {
  expect(frameWith(table, scope)).toBe('malformed')
})

test('a scope that this gateway does not fully understand makes the frame malformed, used or not', () => {
  expect(frameWith([scopeOf()], 0)).toBe('frame')
  for (const wrong of [{ ...scopeOf(), later: 1 }, { ...scopeOf(), gateways: { mode: 'most' } }, null]) {
    expect(frameWith([scopeOf(), wrong], 0)).toBe('malformed')
  }
})
