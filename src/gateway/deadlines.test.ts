import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Awaited, createDeadlines } from './deadlines.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type Named = Awaited & { readonly name: string }

const deadlinesHere = () => {
  const over: string[] = []
  const begun = Date.now()
  const deadlines = createDeadlines<Named>({
    monotonic: () => Date.now(),
    onOver: ({ name }) => over.push(`${name} ${Date.now() - begun}`),
  })
  const start = (name: string, ms: number): Named => {
    const item = { name, place: -1, dueAt: Date.now() + ms }
    deadlines.start(item)
    return item
  }
  return { over, deadlines, start }
}

test('what was started and has not ended is over at its instant, each at its own, and only once', () => {
  const { over, deadlines, start } = deadlinesHere()
  start('a', 100)
  vi.advanceTimersByTime(30)
  const b = start('b', 100)
  start('c', 100)
  vi.advanceTimersByTime(60)
  deadlines.end(b)
  expect(over).toEqual([])
  vi.advanceTimersByTime(500)
  expect(over).toEqual(['a 100', 'c 130'])
  start('d', 100)
  vi.advanceTimersByTime(100)
  expect(over).toEqual(['a 100', 'c 130', 'd 690'])
  expect(vi.getTimerCount()).toBe(0)
})

test('one that is due sooner than all others does not wait for them', () => {
  const { over, start } = deadlinesHere()
  start('long', 60_000)
  start('short', 50)
  vi.advanceTimersByTime(60)
  expect(over).toEqual(['short 50'])
})

test('an instant may move: later without a word, sooner when it is told', () => {
  const { over, deadlines, start } = deadlinesHere()
  const [late, early] = [start('late', 100), start('early', 60_000)]
  late.dueAt += 1000
  vi.advanceTimersByTime(200)
  early.dueAt = Date.now() + 10
  deadlines.sooner(early)
  vi.advanceTimersByTime(100)
  expect(over).toEqual(['early 210'])
  vi.advanceTimersByTime(2000)
  expect(over).toEqual(['early 210', 'late 1100'])
})

test('an instant beyond what a timer can hold ends nothing early', () => {
  const { over, start } = deadlinesHere()
  start('far', 2 ** 40)
  vi.advanceTimersByTime(100_000)
  expect(over).toEqual([])
})
