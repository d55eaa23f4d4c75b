import { expect, test } from 'vitest'
import { ok } from '../../problems.ts'
import { createTurns } from './turns.ts'

test('two at a time, in the order in which they came, and a failure holds up nobody', async () => {
  const inTurn = createTurns()
  const begun: number[] = []
  const doors = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const all = doors.map(({ promise }, at) =>
    inTurn(async () => {
      begun.push(at)
      await promise
      return ok(at)
    }),
  )
  expect(begun).toEqual([0, 1])
  doors[1]?.reject(new Error('an accident'))
  await expect(all[1]).rejects.toThrow('an accident')
  expect(begun).toEqual([0, 1, 2])
  doors[0]?.resolve()
  await all[0]
  expect(begun).toEqual([0, 1, 2, 3])
  doors[2]?.resolve()
  doors[3]?.resolve()
  expect(await Promise.all([all[2], all[3]])).toEqual([ok(2), ok(3)])
})

test('the queue has an end, and is open again when it is shorter', async () => {
  const inTurn = createTurns()
  const door = Promise.withResolvers<void>()
  const wait = () =>
    inTurn(async () => {
      await door.promise
      return ok(true)
    })
  const crowd = Array.from({ length: 514 }, wait)
  expect(await wait()).toMatchObject({ problem: { code: 'busy' } })
  door.resolve()
  expect((await Promise.all(crowd)).every(({ ok: isOk }) => isOk)).toBe(true)
  expect(await wait()).toEqual(ok(true))
})
