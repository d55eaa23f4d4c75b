import { connect, type Socket } from 'node:net'

/**
 * The load, in a process of its own: keep-alive connections, one call at a time on each, written and read by hand,
 * because every microsecond that the generator takes is one that the measured process does not get on a small machine.
 */
export type LoadOrder = {
  readonly url: string
  readonly headers: Record<string, string>
  /** Where it says `"id":1000000`, each call has a number of its own: within a session no two may be alike. */
  readonly body: string
  readonly connections: number
  readonly seconds: number
}
export type LoadResult = {
  readonly calls: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Until the first bytes of the answer, ms. */
  readonly first50: number
  readonly first99: number
  readonly statuses: Record<string, number>
  readonly broken: number
}

type Tally = {
  readonly latencies: number[]
  readonly firsts: number[]
  readonly statuses: Record<string, number>
  readonly sockets: Set<Socket>
  broken: number
  end: number
}

function requestOf({ url, headers, body }: LoadOrder): Buffer {
  const { pathname, host } = new URL(url)
  const all = { host, 'content-length': String(Buffer.byteLength(body)), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`POST ${pathname} HTTP/1.1`, ...lines, '', body].join('\r\n'))
}

/** Length of the first whole answer in the buffer, 0 while it is not whole. Knows both ways in which a body can end. */
function answerLength(buffer: Buffer): number {
  const end = buffer.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const head = buffer.toString('latin1', 0, end).toLowerCase()
  const length = /\r\ncontent-length: *(\d+)/.exec(head)
  if (length) {
    const total = end + 4 + Number(length[1])
    return buffer.length >= total ? total : 0
  }
  const last = buffer.indexOf('\r\n0\r\n\r\n', end)
  return last < 0 ? 0 : last + 7
}

const idMark = '"id":1000000'
let lastId = 1_000_000

/** A call of its own to each connection, whose id is written over before each use. */
function renumbered(request: Buffer): () => Buffer {
  const at = request.indexOf(idMark)
  if (at === -1) return () => request
  const own = Buffer.from(request)
  return () => {
    lastId = lastId >= 9_999_999 ? 1_000_000 : lastId + 1
    own.write(String(lastId), at + idMark.length - 7, 'latin1')
    return own
  }
}

function keepCalling(order: LoadOrder, request: Buffer, tally: Tally): Promise<void> {
  return new Promise((done) => {
    const next = renumbered(request)
    const { hostname, port } = new URL(order.url)
    let buffer: Buffer = Buffer.alloc(0)
    let begun = 0
    const open = (): Socket => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      tally.sockets.add(socket)
      const send = () => {
        if (performance.now() >= tally.end) return void socket.destroy()
        begun = performance.now()
        // The socket may hold it until it is out, and by then its answer is not here.
        socket.write(next())
      }
      socket.on('connect', send)
      socket.on('data', (chunk) => {
        if (buffer.length === 0) tally.firsts.push(performance.now() - begun)
        buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
        const length = answerLength(buffer)
        if (length === 0) return
        tally.latencies.push(performance.now() - begun)
        const status = buffer.toString('latin1', 9, 12)
        tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
        buffer = buffer.subarray(length)
        send()
      })
      socket.on('error', () => {
        tally.broken += 1
      })
      socket.on('close', () => {
        tally.sockets.delete(socket)
        buffer = Buffer.alloc(0)
        // Refused calls may close the connection; the next one then pays for a new one, as it would in life.
        if (performance.now() < tally.end) open()
        else done()
      })
      return socket
    }
    open()
  })
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const begun = performance.now()
  const tally: Tally = {
    latencies: [],
    firsts: [],
    statuses: {},
    sockets: new Set(),
    broken: 0,
    end: begun + order.seconds * 1000,
  }
  const request = requestOf(order)
  const calling = Promise.all(Array.from({ length: order.connections }, () => keepCalling(order, request, tally)))
  // A call that is never answered must not keep the measurement for ever.
  const giveUp = () => {
    for (const socket of tally.sockets) socket.destroy()
  }
  const patience = setTimeout(giveUp, order.seconds * 1000 + 10_000)
  await calling
  clearTimeout(patience)
  const sorted = Float64Array.from(tally.latencies).sort()
  const firsts = Float64Array.from(tally.firsts).sort()
  return {
    calls: sorted.length,
    seconds: (performance.now() - begun) / 1000,
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    first50: at(firsts, 0.5),
    first99: at(firsts, 0.99),
    statuses: tally.statuses,
    broken: tally.broken,
  }
}

const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

if (import.meta.main) {
  process.on('message', (order: LoadOrder) => void load(order).then((result) => process.send?.(result)))
  process.once('disconnect', () => process.exit(0))
}
