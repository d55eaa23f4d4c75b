import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { cutStalled } from './stalled.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const start = async (handle: (request: IncomingMessage, answer: ServerResponse) => void) => {
  const running: ServerResponse[] = []
  const server = createServer((request, answer) => {
    running.push(answer)
    handle(request, answer)
  }).listen(0, '127.0.0.1')
  cutStalled(server, () => running, { everyMs: 10, stallMs: 100 })
  ends.push(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
const large = Buffer.alloc(64 * 1024 * 1024)

test('a peer that takes nothing of its answer is cut', async () => {
  const cut = Promise.withResolvers<boolean>()
  const port = await start((_, answer) => {
    answer.on('close', () => cut.resolve(answer.writableFinished))
    answer.end(large)
  })
  const socket = connect(port, '127.0.0.1').pause()
  ends.push(() => socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await cut.promise).toBe(false)
})

test('a peer that takes its answer slowly gets all of it', async () => {
  const port = await start((_, answer) => answer.end(large))
  const [answer] = await new Promise<[IncomingMessage]>((go) => get({ port }, (...told) => go(told)))
  let size = 0
  for await (const piece of answer) {
    size += piece.length
    if (size % (1 << 20) < piece.length) await new Promise((go) => setTimeout(go, 5))
  }
  expect(size).toBe(large.length)
})

test('an answer that is silent for long is not cut while nothing of it waits', async () => {
  const port = await start((_, answer) => {
    answer.write('early ')
    setTimeout(() => answer.end('late'), 400)
  })
  const answer = await new Promise<IncomingMessage>((go) => get({ port }, go))
  expect(await text(answer)).toBe('early late')
})
