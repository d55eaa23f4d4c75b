import { expect, test } from 'vitest'
import { createClock } from '../../../test/feed-rig.ts'
import type { FromGateway } from '../schema.ts'
import { createSliceAsking } from './asking.ts'
import type { Grant, Returned } from './schema.ts'

const back = (pool: string, window: string): Returned => ({ organization: 'org_1', pool, window, unused: 1 })
const seat = back('lim_1:concurrent', 'total')
const money = back('bud_1', 'total')
const calls = back('lim_1:requests', '29')

function rig() {
  const clock = createClock()
  const sent: FromGateway[] = []
  const held = [{ organization: 'org_1', pool: 'lim_1:concurrent', seats: 2 }]
  const send = (frame: FromGateway): void => void sent.push(frame)
  return { clock, sent, held, asking: createSliceAsking({ setTimer: clock.setTimer, send, heldSeats: () => held }) }
}

test('welcome, it says first which seats it has, as they are then, and each time anew', () => {
  const { asking, sent, held } = rig()
  asking.attached()
  asking.detached()
  held.pop()
  asking.attached()
  expect(sent).toEqual([
    { type: 'seats-held', items: [{ organization: 'org_1', pool: 'lim_1:concurrent', seats: 2 }] },
    { type: 'seats-held', items: [] },
  ])
})

test('so many that no frame takes them are not told at all, since each that is missing would be free', () => {
  const { asking, sent, held } = rig()
  for (let n = 0; n < 20_000; n += 1) held.push({ organization: 'org_1', pool: `lim_${n}:streams`, seats: 1 })
  asking.attached()
  expect(sent).toEqual([])
})

test('attack: a seat that goes back before it is welcome is missing among those held, and not told once more', () => {
  const { asking, sent } = rig()
  asking.giveBack([seat, money, calls])
  expect(sent).toEqual([{ type: 'slice-return', items: [money, calls] }])
  asking.attached()
  asking.giveBack([seat, money, calls])
  expect(sent.at(-1)).toEqual({ type: 'slice-return', items: [seat, money, calls] })
})

test('what comes later than anybody waits is for who asked, once, and of a broken connection nothing is', async () => {
  const { asking, clock, sent } = rig()
  const late: Grant[] = []
  const ask = { organization: 'org_1', pool: 'lim_1:concurrent', ahead: false, wanted: 1, need: 1 }
  const grant: Grant = {
    pool: ask.pool,
    window: 'total',
    amount: 1,
    left: 0,
    startsInMs: 0,
    endsInMs: null,
    share: 0,
    isGone: false,
  }
  const missed = async (): Promise<number> => {
    const asked = asking.ask(ask, (given) => late.push(given))
    await Promise.resolve()
    clock.advance(250)
    expect(await asked).toBeNull()
    const frame = sent.at(-1)
    return frame?.type === 'slice-request' ? frame.n : 0
  }
  asking.attached()
  const first = await missed()
  for (let times = 0; times < 2; times += 1) asking.heard({ type: 'slices', n: first, grants: [grant] })
  expect(late).toEqual([grant])
  const second = await missed()
  asking.detached()
  asking.attached()
  asking.heard({ type: 'slices', n: second, grants: [grant] })
  expect(late).toEqual([grant])
})
