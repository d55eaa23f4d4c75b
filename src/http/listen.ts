import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { newRequestId } from './request-id.ts'
import { cutStalled } from './stalled.ts'
import { readTls, reloadTls, type TlsFiles } from './tls.ts'
import { answerUnrouted } from './unrouted.ts'

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void
type Deps = {
  /** Start of the settings' names that say where to listen, for messages: `OSTIARY_CONTROL`. */
  readonly setting: string
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: { readonly info: Log; readonly warn: Log }
}
/**
 * Several processes of one user accept on one port, and the kernel hands each connection to one of them (SO_REUSEPORT,
 * Linux). `first`: nobody may be there yet; `joins`: one that belongs to us is.
 */
export type Sharing = 'first' | 'joins'
type Address = {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | null
  /** Missing or null: the port is this process's alone. */
  readonly sharing?: Sharing | null
}

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
  // Ours to refuse, by the Host check and with an id.
  requireHostHeader: false,
  // Nagle would hold back the last piece of small streamed answers.
  noDelay: true,
  // A client that is gone without a word is found, also behind a stream that says nothing.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
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
  const answers = createAnswers()
  let draining = false
  let onIdle = () => {}
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  /** One for all answers: a closure for each would be garbage of every call. */
  function forget(this: ServerResponse): void {
    answers.remove(this)
    if (answers.running() === 0) onIdle()
    if (draining) server.closeIdleConnections()
  }
  server.prependListener('request', (_: IncomingMessage, answer: ServerResponse) => {
    answers.add(answer)
    if (draining) answer.setHeader('connection', 'close')
    answer.on('close', forget)
  })
  answerUnrouted(server, { newRequestId: () => newRequestId(deps.randomBytes), answersOn: answers.on })
  cutStalled(server, answers.all)
  const close = async (graceMs = 0) => {
    watcher?.stop()
    server.close()
    if (graceMs > 0) await Promise.race([allClosed(sockets), after(graceMs)])
    for (const socket of sockets) socket.destroy()
  }
  return {
    server,
    listen: async () => {
      if (address.sharing === 'first') await lookAround(address, deps)
      return listen(server, address, deps)
    },
    isDraining: () => draining,
    drain: async (seconds) => {
      draining = true
      watcher?.stop()
      server.close()
      for (const answer of answers.all()) if (!answer.headersSent) answer.setHeader('connection', 'close')
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, seconds * 1000)
        onIdle = () => {
          clearTimeout(limit)
          resolve()
        }
        if (answers.running() === 0) onIdle()
      })
      server.closeAllConnections()
    },
    close,
  }
}

type Answers = {
  readonly running: () => number
  readonly all: () => ServerResponse[]
  /** In the order of their calls. */
  readonly on: (socket: Duplex) => readonly ServerResponse[]
  readonly add: (answer: ServerResponse) => void
  readonly remove: (answer: ServerResponse) => void
}

/**
 * Answers that are not over, by connection. In a Set that every call enters and leaves, V8's outgrown tables would keep
 * alive what they held (see gateway/bag.ts).
 */
function createAnswers(): Answers {
  const bySocket = new Map<Duplex, ServerResponse[]>()
  let running = 0
  const on = (socket: Socket): ServerResponse[] => {
    const known = bySocket.get(socket)
    if (known) return known
    const fresh: ServerResponse[] = []
    bySocket.set(socket, fresh)
    socket.once('close', () => bySocket.delete(socket))
    return fresh
  }
  return {
    running: () => running,
    all: () => [...bySocket.values()].flat(),
    on: (socket) => bySocket.get(socket) ?? [],
    add: (answer) => {
      running += 1
      on(answer.req.socket).push(answer)
    },
    remove: (answer) => {
      running -= 1
      const own = bySocket.get(answer.req.socket)
      // Nearly always the only one: no array is made for it.
      if (own?.at(-1) === answer) own.pop()
      else own?.splice(own.indexOf(answer), 1)
    },
  }
}

const allClosed = (sockets: ReadonlySet<Socket>): Promise<unknown> =>
  Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))))

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

/** Sharing would let two installations of one user divide their clients in silence: whoever comes first asks alone. */
async function lookAround(address: Address, deps: Deps): Promise<void> {
  const alone = createServer()
  await listen(alone, { ...address, sharing: null }, deps)
  await new Promise((resolve) => alone.close(resolve))
}

const listen = (server: Server, address: Address, deps: Deps): Promise<{ url: string }> =>
  new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(new Error(sentence(error, address, deps.setting)))
    server.once('error', onError)
    const { host: on, port: at, sharing } = address
    server.listen({ host: on, port: at, reusePort: Boolean(sharing) }, () => {
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
