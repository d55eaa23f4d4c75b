import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** What a server may do to a connection instead of answering, and what a caller of that server alone hears. */
export type Answering = (socket: Socket) => void
type Row = readonly [title: string, how: Answering, expected: readonly unknown[]]

export const ok = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
export const events = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
export const says = (text: string) => (socket: Socket) => void socket.end(Buffer.from(text, 'latin1'))
const begins = (text: string) => (socket: Socket) => void socket.write(Buffer.from(text, 'latin1'))
const breaksAfter = (text: string) => (socket: Socket) =>
  void socket.write(Buffer.from(text, 'latin1'), () => socket.resetAndDestroy())
/** As fast as it is taken, without an end. */
export const floods =
  (head: string, piece: Buffer, count: (bytes: number) => void = () => {}): Answering =>
  (socket) => {
    socket.write(head)
    const pump = () => {
      while (!socket.destroyed) {
        count(piece.length)
        if (!socket.write(piece)) return
      }
    }
    socket.on('drain', pump)
    pump()
  }
export const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))

export const unreachable = [502, 'upstream_unreachable']
const late = [504, 'upstream_timeout']
export const rubbish: readonly Row[] = [
  ['ends without a word', says(''), unreachable],
  ['resets without a word', (socket) => void socket.resetAndDestroy(), unreachable],
  ['resets inside the status line', breaksAfter('HTTP/1.1 20'), unreachable],
  ['resets inside a header', breaksAfter('HTTP/1.1 200 OK\r\nContent-Le'), unreachable],
  ['resets inside the body', breaksAfter(`${ok}Content-Length: 100\r\n\r\n{"a":`), ['broken']],
  ['resets inside a chunk', breaksAfter(`${ok}Transfer-Encoding: chunked\r\n\r\n64\r\n{"a":`), ['broken']],
  ['ends before its length', says(`${ok}Content-Length: 100\r\n\r\n{"a":`), ['broken']],
  ['ends before the last chunk', says(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`), ['broken']],
  ['says a chunk of no size', says(`${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`), ['broken']],
  ['says more than its length', says(`${ok}Content-Length: 2\r\n\r\n{}and more`), [200, '{}']],
  ['says a length that is none', says(`${ok}Content-Length: two\r\n\r\n{}`), unreachable],
  ['speaks HTTP/1.0 and ends with the connection', says('HTTP/1.0 200 OK\r\n\r\n{}'), [200, '{}']],
  ['speaks HTTP/2', says('HTTP/2 200\r\n\r\n{}'), unreachable],
  ['speaks TLS', says('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), unreachable],
  ['speaks SSH', says('SSH-2.0-OpenSSH_9.2\r\n'), unreachable],
  [
    'has a header of a megabyte',
    says(`${ok}Mcp-X: ${'a'.repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\n{}`),
    unreachable,
  ],
  ['has a hundred thousand headers', says(`${ok}${'Mcp-X: a\r\n'.repeat(100_000)}\r\n{}`), unreachable],
  [
    'names a coding of the transfer',
    says(`${ok}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    unreachable,
  ],
  ['is silent', () => {}, late],
  ['is silent inside the status line', begins('HTTP/1.1 200'), late],
  ['is silent inside a header', begins('HTTP/1.1 200 OK\r\nMcp-X: a'), late],
  [
    'says again and again that it goes on',
    (socket) => {
      const more = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20)
      socket.on('close', () => clearInterval(more))
    },
    late,
  ],
  [
    'lets its head trickle',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nMcp-X: ')
      const more = setInterval(() => socket.write('a'), 20)
      socket.on('close', () => clearInterval(more))
    },
    late,
  ],
]
