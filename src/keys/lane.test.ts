import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLane, laneWidth } from './lane.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that ends when told. */
function jobs() {
  const open: (() => void)[] = []
  let [peak, running] = [0, 0]
  const work = () => {
    running += 1
    peak = Math.max(peak, running)
    return new Promise<string>((resolve) =>
      open.push(() => {
        running -= 1
        resolve('done')
      }),
    )
  }
  const endOne = async () => {
    open.shift()?.()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { work, endOne, open, peak: () => peak }
}

test('no more jobs run at once than the lane is wide', async () => {
  const { work, endOne, open, peak } = jobs()
  const lane = createLane({ width: 2 })
  const all = Promise.all(['a', 'b', 'c', 'd'].map((id) => lane.run(id, work)))
  await vi.advanceTimersByTimeAsync(0)
  expect(lane.load()).toEqual({ running: 2, waiting: 2 })
  while (open.length > 0) await endOne()
  expect((await all).every((result) => result.ok)).toBe(true)
  expect(peak()).toBe(2)
  expect(lane.load()).toEqual({ running: 0, waiting: 0 })
})

test('one id takes one place, and others overtake its second job', async () => {
  const { work, endOne, open } = jobs()
  const lane = createLane({ width: 2 })
  const results = ['a', 'a', 'b'].map((id) => lane.run(id, work))
  await vi.advanceTimersByTimeAsync(0)
  expect(open).toHaveLength(2)
  expect(lane.load()).toEqual({ running: 2, waiting: 1 })
  while (open.length > 0) await endOne()
  expect((await Promise.all(results)).every((result) => result.ok)).toBe(true)
})

test('a full queue answers busy with a time to come back', async () => {
  const { work } = jobs()
  const lane = createLane({ width: 1, queue: 2 })
  for (const id of ['a', 'b', 'c']) void lane.run(id, work)
  const full = await lane.run('d', work)
  expect(full).toMatchObject({ ok: false, problem: { code: 'busy', retryAfterSeconds: 1 } })
})

test('who waits longer than a second is answered busy, and never runs', async () => {
  const { work, endOne, open } = jobs()
  const lane = createLane({ width: 1 })
  void lane.run('a', work)
  const late = lane.run('b', work)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await late).toMatchObject({ ok: false, problem: { code: 'busy' } })
  await endOne()
  expect(open).toHaveLength(0)
  expect(lane.load()).toEqual({ running: 0, waiting: 0 })
})

test('a job that throws gives its place back', async () => {
  const lane = createLane({ width: 1 })
  const failing = lane.run('a', () => Promise.reject(new Error('no memory')))
  await expect(failing).rejects.toThrow('no memory')
  expect(await lane.run('a', () => Promise.resolve(1))).toEqual({ ok: true, value: 1 })
})

test('the lane leaves a core and two pool threads to everything else', () => {
  expect([laneWidth(1, 4), laneWidth(2, 4), laneWidth(16, 4), laneWidth(16, 3), laneWidth(16, 2)]).toEqual([
    1, 1, 2, 1, 1,
  ])
})
