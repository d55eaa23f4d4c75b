import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

type Deps = {
  readonly newRequestId: () => string
  /** The answers of one connection that are not over, in the order of their calls. */
  readonly answersOn: (socket: Duplex) => readonly ServerResponse[]
}

/** What is left to a peer that does not close its end. */
const lingerMs = 2000

/** Answers, without words but with an id, what node itself refuses and no route ever sees. */
export const answerUnrouted = (server: Server, { newRequestId, answersOn }: Deps): void => {
  /** Every further piece of garbage is one more error of the same connection. */
  const ending = new WeakSet<Duplex>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    if (ending.has(socket)) return
    ending.add(socket)
    const answers = answersOn(socket)
    // A call that came whole gets its own answer, and nothing else may stand where its caller expects that.
    const last = answers.findLast(({ req }) => req.complete)
    if (last !== undefined) return endAfter(last, socket)
    if (answers.some((answer) => answer.headersSent)) return void socket.destroy()
    hangUp(socket, `HTTP/1.1 ${statusOf(error.code)}\r\nx-request-id: ${newRequestId()}\r\n${noMore}\r\n\r\n`)
  })
  // Emitted instead of 'request', for any expectation but 100-continue (RFC 9110 §10.1.1).
  server.on('checkExpectation', (_: IncomingMessage, answer: ServerResponse) => {
    answer.writeHead(417, { 'x-request-id': newRequestId(), 'content-length': '0', connection: 'close' }).end()
  })
}

const noMore = 'connection: close\r\ncontent-length: 0'

const endAfter = (answer: ServerResponse, socket: Duplex): void => {
  if (!answer.headersSent) answer.setHeader('connection', 'close')
  answer.once('close', () => hangUp(socket))
}

const hangUp = (socket: Duplex, last = ''): void => {
  socket.end(last)
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

const statusOf = (code: string | undefined): string => {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
}
