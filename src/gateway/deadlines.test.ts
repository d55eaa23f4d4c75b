import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Awaited, createDeadlines } from './deadlines.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('what was started and has not ended is over after its time, each at its own, and only once', () => {
  const over: string[] = []
  const begun = Date.now()
  const deadlines = createDeadlines<Awaited & { readonly name: string }>({
    ms: 100,
    monotonic: () => Date.now(),
    onOver: ({ name }) => over.push(`${name} ${Date.now() - begun}`),
  })
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => ({ name, place: -1, startedAt: 0 }))
  if (!a || !b || !c || !d) throw new Error('unreachable')
  deadlines.start(a)
  vi.advanceTimersByTime(30)
  deadlines.start(b)
  deadlines.start(c)
  vi.advanceTimersByTime(60)
  deadlines.end(b)
  expect(over).toEqual([])
  vi.advanceTimersByTime(500)
  expect(over).toEqual(['a 100', 'c 130'])
  deadlines.start(d)
  vi.advanceTimersByTime(100)
  expect(over).toEqual(['a 100', 'c 130', 'd 690'])
  expect(vi.getTimerCount()).toBe(0)
})
