import { expect, test } from 'vitest'
import { createClock } from '../../../test/feed-rig.ts'
import { type FromGateway, type UsageItem, usageLimits } from '../../fleet/schema.ts'
import { createCounting } from './reports.ts'

type Frame = Extract<FromGateway, { type: 'usage' }>

function rig() {
  const clock = createClock()
  const { count, reports } = createCounting(clock)
  const sent: Frame[] = []
  const send = (frame: FromGateway) => {
    if (frame.type === 'usage') sent.push(frame)
  }
  const calls = (times: number, key = 'key_a') => {
    for (let n = 0; n < times; n += 1)
      count({
        organization: 'org_a',
        key,
        version: 1,
        child: null,
        client: '',
        address: '198.51.100.7',
        server: 'srv_1',
        tool: '',
      })
  }
  const keys = (many: number) => {
    for (let n = 0; n < many; n += 1) calls(1, `key_${n}`)
  }
  return { ...clock, reports, sent, attach: () => reports.attached(send), calls, keys }
}
const sumOf = (items: readonly UsageItem[]) => items.reduce((sum, { requests }) => sum + requests, 0)
const shapes = (frames: readonly Frame[]) => frames.map(({ seq, confirmed, items }) => [seq, confirmed, sumOf(items)])

test('B27 what was counted is told within ten seconds, and nothing where nothing was', () => {
  const { attach, calls, advance, sent, reports } = rig()
  attach()
  advance(60_000)
  expect(sent).toEqual([])
  calls(3)
  advance(9_999)
  calls(2)
  expect(sent).toEqual([])
  advance(1)
  expect(shapes(sent)).toEqual([[1, 0, 5]])
  reports.taken(1)
  calls(1)
  advance(10_000)
  expect(shapes(sent)).toEqual([
    [1, 0, 5],
    [2, 1, 1],
  ])
})

test('D13 a report goes again, the same under the same number, until control has confirmed it', () => {
  const { attach, calls, advance, sent, reports } = rig()
  attach()
  calls(3)
  advance(10_000)
  calls(4)
  reports.detached()
  advance(100_000)
  expect(sent).toHaveLength(1)
  attach()
  // At once: the one that nobody has confirmed, and what was counted since.
  expect(shapes(sent)).toEqual([
    [1, 0, 3],
    [1, 0, 3],
    [2, 0, 4],
  ])
  expect(sent[1]).toEqual(sent[0])
  advance(30_000)
  expect(shapes(sent.slice(3))).toEqual([
    [1, 0, 3],
    [2, 0, 4],
  ])
  reports.taken(1)
  advance(30_000)
  expect(shapes(sent.slice(5))).toEqual([[2, 1, 4]])
  reports.taken(2)
  advance(100_000)
  expect(sent).toHaveLength(6)
})

test('few reports are on their way at a time, the next one goes when one is confirmed, and all arrive', () => {
  const { attach, keys, advance, sent, reports } = rig()
  const { itemsPerReport, unconfirmedReports } = usageLimits
  keys(itemsPerReport * 7)
  attach()
  expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect(sent).toHaveLength(unconfirmedReports)
  for (const { items } of sent) expect(items).toHaveLength(itemsPerReport)
  for (let seq = 1; seq <= 7; seq += 1) reports.taken(seq)
  advance(10_000)
  expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(sent.map(({ confirmed }) => confirmed)).toEqual([0, 0, 0, 0, 1, 2, 3])
  expect(sumOf(sent.flatMap(({ items }) => items))).toBe(itemsPerReport * 7)
})

test('while control is away calls go on being counted together, not in reports of their own', () => {
  const { attach, calls, advance, sent } = rig()
  for (let turn = 0; turn < 100; turn += 1) {
    calls(10)
    advance(10_000)
  }
  attach()
  expect(shapes(sent)).toEqual([[1, 0, 1000]])
})

test('B27 at its end a gateway tells everything that it has counted', () => {
  const { attach, keys, sent, reports } = rig()
  attach()
  keys(usageLimits.itemsPerReport * 6 + 1)
  reports.flush()
  expect(sumOf(sent.flatMap(({ items }) => items))).toBe(usageLimits.itemsPerReport * 6 + 1)
})

test('nobody is told twice of what an answer that came late confirms', () => {
  const { attach, calls, advance, sent, reports } = rig()
  attach()
  calls(1)
  advance(10_000)
  reports.taken(1)
  reports.taken(1)
  reports.taken(99)
  calls(1)
  advance(10_000)
  expect(shapes(sent)).toEqual([
    [1, 0, 1],
    [2, 1, 1],
  ])
})
