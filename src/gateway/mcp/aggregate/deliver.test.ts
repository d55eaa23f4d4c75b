import { createServer } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { listening } from '../../../../test/aggregate-rig.ts'
import { Answer } from '../../answer.ts'
import { deliver } from './deliver.ts'

const mebibyte = 1024 * 1024

test('a reader that is too slow is cut, and what is still to be said does not pile up', async () => {
  const told = Promise.withResolvers<string>()
  const server = createServer((_request, response) => {
    const piece = Buffer.alloc(mebibyte, 'x')
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (let at = 0; at < 128; at += 1) controller.enqueue(piece)
      },
      cancel: () => told.resolve('cancelled'),
    })
    const answer = new Answer(response, 'request', 'mcp', [])
    const gone = new AbortController()
    answer.whenGone(() => gone.abort())
    const said = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    deliver(said, answer, gone.signal).catch(told.reject)
  })
  const { url, stop } = await listening(server)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  expect(await told.promise).toBe('cancelled')
  socket.destroy()
  await stop()
})
