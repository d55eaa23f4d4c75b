import { expect, test } from 'vitest'
import { createJobs } from './jobs.ts'
import { createStoreClock } from './store-clock.ts'

test('a chore never runs twice at once, survives its failure, and stopping waits for it', async () => {
  const rounds: (() => void)[] = []
  const failures: unknown[] = []
  let begun = 0
  let finish = Promise.withResolvers<void>()
  const jobs = createJobs(
    {
      every: (_ms, run) => {
        rounds.push(run)
        return () => void rounds.splice(0)
      },
      log: { error: (fields) => void failures.push(fields['job']) },
    },
    [
      {
        name: 'sweep',
        everyMs: 1000,
        run: () => {
          begun += 1
          return finish.promise
        },
      },
    ],
  )
  jobs.start()
  rounds[0]?.()
  expect(begun).toBe(1)
  finish.reject(new Error('no disk'))
  await expect.poll(() => failures).toEqual(['sweep'])
  finish = Promise.withResolvers()
  rounds[0]?.()
  expect(begun).toBe(2)
  let stopped = false
  const stopping = jobs.stop().then(() => {
    stopped = true
  })
  await Promise.resolve()
  expect(stopped).toBe(false)
  finish.resolve()
  await stopping
  expect(rounds).toEqual([])
})

test('the store clock runs on between two looks and falls silent without contact', async () => {
  let monotonic = 100
  const answers = [Promise.resolve(5000), Promise.reject(new Error('gone'))]
  const clock = createStoreClock({
    ask: () => answers.shift() ?? Promise.reject(new Error('gone')),
    monotonic: () => monotonic,
  })
  expect(clock.now()).toBeNull()
  await clock.look()
  monotonic += 1000
  expect(clock.now()).toBe(6000)
  await expect(clock.look()).rejects.toThrow('gone')
  expect(clock.now()).toBe(6000)
  monotonic += 2000
  expect(clock.now()).toBeNull()
})
