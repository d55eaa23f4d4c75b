import { expect, test } from 'vitest'
import { createReaders } from './readers.ts'

const body = (model: string, pad = 0) => Buffer.from(JSON.stringify({ model, messages: [], pad: 'x'.repeat(pad) }))
/** Breaks over a body that says so, and reads nothing else. */
const breaking = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ memory }) => {
      const text = Buffer.from(memory).toString()
      if (text.includes('break')) throw new Error('broke')
      if (text.includes('exit')) process.exit(3)
      parentPort.postMessage({ result: { ok: true, value: { model: text } }, memory }, [memory])
    })`)}`,
)

test('what a thread reads is what is read here, and the bytes come back as they went', async () => {
  const readers = createReaders()
  const bytes = body('gpt', 1_000_000)
  const copy = Buffer.from(bytes)
  const read = await readers.read(bytes, 'chat-completions')
  expect(read).toMatchObject({ ok: true, value: { request: { model: 'gpt', choices: 1 } } })
  expect(read.ok && read.value.bytes.equals(copy)).toBe(true)
  expect(await readers.read(Buffer.from('{"model":'), 'responses')).toMatchObject({
    problem: { code: 'malformed_json' },
  })
  await readers.close()
})

test('a thread that breaks breaks one call: all others are read, by a new one', async () => {
  const readers = createReaders({ threads: 1, program: breaking })
  const told = await Promise.allSettled(
    ['a', 'break', 'b', 'exit', 'c'].map((model) => readers.read(body(model), 'responses')),
  )
  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  await readers.close()
})

test('what waits is bounded, and nothing waits any more when it is closed', async () => {
  const readers = createReaders({ threads: 1, waitingLimit: 2000 })
  const told = Promise.all(Array.from({ length: 5 }, () => readers.read(body('a', 900), 'responses')))
  const codes = (await told).map((one) => (one.ok ? 'ok' : one.problem.code))
  expect(codes).toEqual(['ok', 'ok', 'ok', 'busy', 'busy'])
  const late = readers.read(body('a'), 'responses')
  await readers.close()
  expect(await late).toMatchObject({ problem: { code: 'busy' } })
  expect(await readers.read(body('a'), 'responses')).toMatchObject({ problem: { code: 'busy' } })
})
