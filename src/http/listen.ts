import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { newRequestId } from './request-id.ts'
import { readTls, reloadTls, type TlsFiles } from './tls.ts'

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void
type Deps = {
  /** Start of the settings' names that say where to listen, for messages: `OSTIARY_CONTROL`. */
  readonly setting: string
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: { readonly info: Log; readonly warn: Log }
}
type Address = { readonly host: string; readonly port: number; readonly tls: TlsFiles | null }

export type Listener = {
  readonly server: Server
  /** Starts to accept; the error of a refused port is one sentence for the person at the terminal. */
  readonly listen: () => Promise<{ url: string }>
  readonly isDraining: () => boolean
  /**
   * Accepts nothing new, says `connection: close` on what still runs, waits for it at most that long, then cuts it.
   * Upgraded connections are their owner's until `close`.
   */
  readonly drain: (seconds: number) => Promise<void>
  /** Cuts what is left, upgraded connections included, after the time that they get to end by themselves. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Time-outs against slow callers: heads within 10 s; bodies are watched piece by piece in body.ts, 10 min in all. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 600_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
  // Nagle would hold back the last piece of small streamed answers.
  noDelay: true,
} as const

const build = async (address: Address, handler: RequestListener | null, deps: Deps) => {
  const files = address.tls
  // Clients that offer h2c with every call (Java's) must get their answer; without this, node takes each for an upgrade.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    server.listenerCount('upgrade') > 0 && headers.upgrade?.toLowerCase() === 'websocket'
  const options = { ...limits, shouldUpgradeCallback }
  const pair = files && (await readTls(files))
  const server: Server = pair === null ? createServer(options) : createSecureServer({ ...options, ...pair })
  if (handler) server.on('request', handler)
  const watcher =
    files !== null && pair !== null && server instanceof SecureServer
      ? reloadTls(files, pair, (options) => server.setSecureContext(options), deps.log)
      : null
  return { server, watcher }
}

export const createListener = async (
  address: Address,
  handler: RequestListener | null,
  deps: Deps,
): Promise<Listener> => {
  const { server, watcher } = await build(address, handler, deps)
  const sockets = new Set<Socket>()
  const answers = new Set<ServerResponse>()
  let draining = false
  let onIdle = () => {}
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  /** One for all answers: a closure for each would be garbage of every call. */
  function forget(this: ServerResponse): void {
    answers.delete(this)
    if (answers.size === 0) onIdle()
    if (draining) server.closeIdleConnections()
  }
  server.prependListener('request', (_: IncomingMessage, answer: ServerResponse) => {
    answers.add(answer)
    if (draining) answer.setHeader('connection', 'close')
    answer.on('close', forget)
  })
  server.on('clientError', (error, socket) => refuseBytes(error, socket, deps.randomBytes))
  const close = async (graceMs = 0) => {
    watcher?.stop()
    server.close()
    if (graceMs > 0) await Promise.race([allClosed(sockets), after(graceMs)])
    for (const socket of sockets) socket.destroy()
  }
  return {
    server,
    listen: () => listen(server, address, deps),
    isDraining: () => draining,
    drain: async (seconds) => {
      draining = true
      watcher?.stop()
      server.close()
      for (const answer of answers) if (!answer.headersSent) answer.setHeader('connection', 'close')
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, seconds * 1000)
        onIdle = () => {
          clearTimeout(limit)
          resolve()
        }
        if (answers.size === 0) onIdle()
      })
      server.closeAllConnections()
    },
    close,
  }
}

const allClosed = (sockets: ReadonlySet<Socket>): Promise<unknown> =>
  Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))))

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

const listen = (server: Server, address: Address, deps: Deps): Promise<{ url: string }> =>
  new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(new Error(sentence(error, address, deps.setting)))
    server.once('error', onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', onError)
      server.on('error', (err) => deps.log.warn({ err }, 'the listener met an error'))
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
      const host = address.host.includes(':') ? `[${address.host}]` : address.host
      resolve({ url: `${address.tls === null ? 'http' : 'https'}://${host}:${port}` })
    })
  })

const sentence = (error: NodeJS.ErrnoException, { host, port }: Address, setting: string): string => {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program. Stop it, or set ${setting}_PORT to a free port.`
    case 'EACCES':
      return `This user may not listen on port ${port} of ${host}. Set ${setting}_PORT to a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Set ${setting}_HOST to one that is.`
    default:
      return `Cannot listen on ${host} port ${port}: ${error.message}.`
  }
}

const statusOf = (code: string | undefined): string => {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
}

/** Bytes that are no HTTP request, or half of one: no route ever sees them, so they are answered here, without words. */
const refuseBytes = (error: NodeJS.ErrnoException, socket: Duplex, randomBytes: Deps['randomBytes']): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const id = newRequestId(randomBytes)
  socket.end(
    `HTTP/1.1 ${statusOf(error.code)}\r\nx-request-id: ${id}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  )
}
