import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAllowance } from './allowance.ts'
import { createQueue } from './queue.ts'
import { createRecently } from './recently.ts'

test('M8 over any hour one source gets no more than its allowance twice, and never waits without need', () => {
  const steps = fc.array(fc.tuple(fc.nat(120_000), fc.constantFrom('10.0.0.1', '10.0.0.2')), { maxLength: 400 })
  fc.assert(
    fc.property(steps, (calls) => {
      let now = 0
      const allowance = createAllowance({ now: () => now, perHour: 60 })
      const taken = new Map<string, number[]>()
      for (const [wait, address] of calls) {
        now += wait
        const seconds = allowance.take(address)
        const times = taken.get(address) ?? []
        if (seconds === 0) taken.set(address, [...times, now])
        else expect(times.filter((at) => at > now - 3_600_000).length).toBeGreaterThanOrEqual(60)
      }
      for (const times of taken.values())
        for (const at of times)
          expect(times.filter((t) => t >= at && t < at + 3_600_000).length).toBeLessThanOrEqual(120)
    }),
  )
})

test('a table that is full forgets who called longest ago', () => {
  const allowance = createAllowance({ now: () => 0, perHour: 1, capacity: 2 })
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) expect(allowance.take(address)).toBe(0)
  expect(allowance.take('10.0.0.3')).toBeGreaterThan(0)
  expect(allowance.take('10.0.0.1')).toBe(0)
})

test('an alarm is told once, and again after its time', () => {
  let now = 0
  const recently = createRecently({ now: () => now, forMs: 1000, capacity: 2 })
  expect([recently('a'), recently('a'), recently('b')]).toEqual([false, true, false])
  now = 1000
  expect([recently('a'), recently('c'), recently('b')]).toEqual([false, false, false])
})

test('work waits in line, in order, one at a time, and what fails comes again at the end of it', async () => {
  const done: string[] = []
  let running = 0
  const failing = new Set(['b'])
  const queue = createQueue<string>({
    limit: 3,
    work: async (item) => {
      running += 1
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
      if (failing.delete(item)) return false
      done.push(item)
      if (item === 'c') finished.resolve()
      return true
    },
    pause: async () => {},
    lost: () => {},
  })
  const finished = Promise.withResolvers<void>()
  expect(['a', 'b', 'c', 'd'].map(queue.push)).toEqual([true, true, true, false])
  expect(done).toEqual([])
  await finished.promise
  await queue.settled()
  expect(done).toEqual(['a', 'c', 'b'])
})

test('what always fails is given up', async () => {
  const lost: string[] = []
  let tries = 0
  const gone = Promise.withResolvers<void>()
  const queue = createQueue<string>({
    limit: 1,
    work: async () => {
      tries += 1
      throw new Error('no')
    },
    pause: async () => {},
    lost: (item) => {
      lost.push(item)
      gone.resolve()
    },
  })
  queue.push('x')
  await gone.promise
  expect([lost, tries]).toEqual([['x'], 20])
  await queue.settled()
})
