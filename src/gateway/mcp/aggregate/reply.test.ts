import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { refuse } from '../../../problems.ts'
import { Reply } from './reply.ts'
import { problemBehind } from './undelivered.ts'

const head = ['content-type', 'text/event-stream', 'mcp-session-id', 's1']
const mebibyte = 1024 * 1024

test('an answer arrives as it was sent, its last piece included', async () => {
  const reply = new Reply(null)
  reply.start(200, head, true)
  reply.write('data: 1\n\n')
  reply.settle({ kind: 'done', last: Buffer.from('data: 2\n\n') })
  const response = await reply.response
  expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, 's1'])
  expect(await response.text()).toBe('data: 1\n\ndata: 2\n\n')
})

test('a refusal is an error that says why', async () => {
  const reply = new Reply(null)
  reply.settle({ kind: 'refused', problem: refuse('upstream_timeout').problem })
  const error = await reply.response.catch((reason: unknown) => reason)
  expect(problemBehind(error)?.code).toBe('upstream_timeout')
  expect(problemBehind(new Error('outer', { cause: error }))?.code).toBe('upstream_timeout')
})

test.each(['broken', 'gone'] as const)('an answer that is %s does not look complete', async (kind) => {
  const reply = new Reply(null)
  reply.start(200, head, true)
  reply.write('data: {"js')
  reply.settle({ kind })
  await expect((await reply.response).text()).rejects.toThrow('broke off')
})

test('an answer, or one event, of more than 16 MiB is given up, and the server is told', async () => {
  for (const isStream of [true, false]) {
    const reply = new Reply(null)
    let left = false
    reply.whenGone(() => {
      left = true
    })
    reply.start(200, head, isStream)
    const reading = (await reply.response).text()
    reading.catch(() => {})
    for (let piece = 0; piece < 17; piece += 1) reply.write(Buffer.alloc(mebibyte, 'x'))
    expect(left).toBe(true)
    await expect(reading).rejects.toThrow('too long')
  }
})

test('one event of many lines is no more than one event', async () => {
  const reply = new Reply(null)
  reply.start(200, head, true)
  const reading = (await reply.response).text()
  reading.catch(() => {})
  for (let piece = 0; piece < 17; piece += 1) reply.write(`data: ${'x'.repeat(mebibyte)}\n`)
  await expect(reading).rejects.toThrow('too long')
})

test('a stream of many events may be longer', async () => {
  const reply = new Reply(null)
  reply.start(200, head, true)
  const reading = reply.response.then((response) => response.arrayBuffer())
  for (let piece = 0; piece < 20; piece += 1)
    for (const part of [Buffer.alloc(mebibyte, 'x'), '\r\n', '\r\n']) reply.write(part)
  reply.settle({ kind: 'done', last: null })
  expect((await reading).byteLength).toBe(20 * (mebibyte + 4))
})

test('whoever reads slowly is not sent more than fits', async () => {
  const reply = new Reply(null)
  reply.start(200, head, true)
  expect(reply.write(Buffer.alloc(mebibyte))).toBe(false)
  let goesOn = false
  reply.whenDrained(() => {
    goesOn = true
  })
  const reader = (await reply.response).body?.getReader()
  await reader?.read()
  await Promise.resolve()
  expect(goesOn).toBe(true)
})

test('a client of ours may ask any number of times with one signal', async () => {
  const { signal } = new AbortController()
  for (let round = 0; round < 50; round += 1) {
    const reply = new Reply(signal)
    reply.start(200, head, false)
    reply.settle({ kind: 'done', last: null })
    await reply.response
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an aborted request is over, before and after its answer has begun', async () => {
  const stop = new AbortController()
  const [before, after] = [new Reply(stop.signal), new Reply(stop.signal)]
  after.start(200, head, true)
  stop.abort(new Error('enough'))
  await expect(before.response).rejects.toThrow('enough')
  await expect((await after.response).text()).rejects.toThrow('enough')
})
