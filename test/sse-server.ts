import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of HTTP+SSE (2024-11-05), every byte of which the test decides. */
export type SseConnection = {
  /** From 1, as it is in the address that its endpoint event names. */
  readonly number: number
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Writes bytes into the stream. */
  readonly write: (text: string) => void
  /** A message as an event. */
  readonly say: (message: object) => void
  readonly closed: Promise<void>
}
export type Posted = {
  readonly connection: SseConnection | undefined
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly message: { id?: string | number; method?: string; params?: Record<string, unknown>; result?: unknown }
}
type Behaviour = {
  /** A GET came; default: the head of a stream and the endpoint. */
  readonly open?: (connection: SseConnection) => void
  /** A POST came, after `initialize` and the 202 of notifications, which are answered here. False: nobody answers it. */
  readonly posted?: (post: Posted) => void
}
export type SseServer = {
  readonly url: string
  readonly origin: string
  readonly connections: SseConnection[]
  readonly posts: Posted[]
  /** Connections that are open. */
  readonly open: () => number
  /** TCP connections, those included that are kept for later. */
  readonly sockets: () => Promise<number>
  readonly stop: () => Promise<void>
}

export const beginStream = (response: ServerResponse, more: Record<string, string> = {}): void =>
  void response.writeHead(200, { 'content-type': 'text/event-stream', ...more }).flushHeaders()

export const defaultOpen = (connection: SseConnection): void => {
  beginStream(connection.response)
  connection.write(`event: endpoint\ndata: /message?n=${connection.number}\n\n`)
}

export const greeting = {
  protocolVersion: '2024-11-05',
  capabilities: { tools: {} },
  serverInfo: { name: 's', version: '1' },
}

export async function startSseServer({ open = defaultOpen, posted }: Behaviour = {}): Promise<SseServer> {
  const connections: SseConnection[] = []
  const posts: Posted[] = []
  let running = 0
  const connect = (request: IncomingMessage, response: ServerResponse) => {
    running += 1
    const closed = new Promise<void>((gone) =>
      response.once('close', () => {
        running -= 1
        gone()
      }),
    )
    const write = (text: string) => void response.write(text)
    const say = (message: object) =>
      write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
    const connection = { number: connections.length + 1, request, response, write, say, closed }
    connections.push(connection)
    open(connection)
  }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const message: Posted['message'] = JSON.parse(Buffer.concat(parts).toString('utf8'))
    const number = Number(new URL(request.url ?? '', 'http://x').searchParams.get('n'))
    const post = { connection: connections[number - 1], request, response, message }
    posts.push(post)
    if (message.method === 'initialize') {
      response.writeHead(202).end('Accepted')
      post.connection?.say({ id: message.id, result: greeting })
    } else if (posted) posted(post)
    else {
      response.writeHead(202).end()
      if (message.id !== undefined) post.connection?.say({ id: message.id, result: { n: number } })
    }
  }
  const server = createServer((request, response) => {
    if (request.method === 'GET') connect(request, response)
    else void take(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/sse`,
    origin,
    connections,
    posts,
    open: () => running,
    sockets: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
