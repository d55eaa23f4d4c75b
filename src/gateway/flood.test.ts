import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { createFlood } from '../../test/flood.ts'

test('C08 a flood of wrong secrets for one id runs no Argon2, and keys that nobody has proved yet get in', async () => {
  const flood = await createFlood(5, availableParallelism())
  const codes = new Map<string, number>()
  const admitted: boolean[] = []
  for (let n = 0; n < 50_000; n += 1) {
    const answer = await flood.guess(n)
    const code = answer.ok ? 'admitted' : answer.problem.code
    codes.set(code, (codes.get(code) ?? 0) + 1)
    if (n % 10_000 === 5000) admitted.push((await flood.cold(admitted.length)).ok)
  }
  expect(admitted).toEqual([true, true, true, true, true])
  // One run for each of the right secrets; a guess passes the gate once in four thousand million times.
  expect(flood.argon2Runs()).toBe(5)
  expect([...codes.keys()].toSorted()).toEqual(['key_invalid', 'too_many_attempts'])
  expect(codes.get('too_many_attempts')).toBeGreaterThan(20_000)
  // Whoever has the right secret is not locked out by those who have not.
  expect((await flood.victim()).ok).toBe(true)
})
