import { expect, test } from 'vitest'
import { createSink } from './sink.ts'

const refused = (code: string) => Object.assign(new Error(code), { code })

const setUp = (writeAll: (fd: number, bytes: Buffer) => number) => {
  const queue: (() => void)[] = []
  const later = (run: () => void) => void queue.push(run)
  const sink = createSink({ fd: 1, later, retry: later, writeAll })
  return { sink, turn: () => queue.splice(0).map((run) => run()), queue }
}

test('lines of one turn leave in one write', () => {
  const writes: string[] = []
  const { sink, turn } = setUp((_, bytes) => writes.push(bytes.toString()) && bytes.length)
  sink.write('a\n')
  sink.write('b\n')
  expect(writes).toEqual([])
  turn()
  expect(writes).toEqual(['a\nb\n'])
})

test('a full pipe is tried again, without a byte lost or doubled', () => {
  let received = ''
  let room = 3
  const { sink, turn, queue } = setUp((_, bytes) => {
    if (room === 0) throw refused('EAGAIN')
    const taken = bytes.subarray(0, room)
    room -= taken.length
    received += taken.toString()
    return taken.length
  })
  sink.write('hello\n')
  turn()
  expect(received).toBe('hel')
  expect(queue).toHaveLength(1)
  room = 100
  sink.write('world\n')
  turn()
  expect(received).toBe('hello\nworld\n')
})

test('a reader that is gone stops the writing, not the process', () => {
  const { sink, turn } = setUp(() => {
    throw refused('EPIPE')
  })
  sink.write('a\n')
  expect(turn).not.toThrow()
  sink.write('b\n')
  expect(turn).not.toThrow()
})

test('while nobody reads, memory is bounded, and the loss is told afterwards', () => {
  let open = false
  let received = ''
  const { sink, turn } = setUp((_, bytes) => {
    if (!open) throw refused('EAGAIN')
    received += bytes.toString()
    return bytes.length
  })
  const line = `${'x'.repeat(1024 * 1024)}\n`
  for (let i = 0; i < 20; i++) sink.write(line)
  turn()
  open = true
  turn()
  sink.write('after\n')
  turn()
  expect(received.length).toBeLessThan(9 * 1024 * 1024)
  expect(received).toMatch(/"dropped":1[23]}\nafter\n$/)
})
