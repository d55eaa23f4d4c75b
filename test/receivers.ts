import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

/** Somebody who takes webhooks: a real HTTP server on a port of its own. */
export type Received = {
  readonly id: string
  readonly at: number
  readonly type: string
  readonly timestamp: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was sent; a wrong guess fails the assertion
  readonly data: any
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly path: string
}
export type Reply = (answer: ServerResponse, received: Received, count: number) => void
export type Receiver = {
  readonly url: string
  readonly port: number
  readonly got: readonly Received[]
  /** What it answers from now on; at first 204. */
  readonly reply: (next: Reply) => void
  /** Resolves when it has got so many. */
  readonly count: (least: number, timeoutMs?: number) => Promise<readonly Received[]>
  readonly close: () => Promise<void>
}

export const answering =
  (status: number, body = '', headers: Record<string, string> = {}): Reply =>
  (answer) =>
    void answer.writeHead(status, headers).end(body)

type Place = { readonly port?: number; readonly tls?: { readonly cert: string; readonly key: string } }

export async function startReceiver({ port = 0, tls }: Place = {}): Promise<Receiver> {
  const got: Received[] = []
  const waiting = new Set<() => void>()
  let reply: Reply = answering(204)
  const take: RequestListener = async (request, answer) => {
    const received = receivedOf(request, await text(request))
    got.push(received)
    reply(answer, received, got.length)
    for (const look of waiting) look()
  }
  const server = tls ? createSecureServer(tls, take) : createServer(take)
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as AddressInfo).port
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}/hook`,
    port: bound,
    got,
    reply: (next) => {
      reply = next
    },
    count: (least, timeoutMs = 15_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`got ${got.length} instead of ${least}: ${got.map(({ type }) => type).join(' ')}`))
        }, timeoutMs)
        const look = () => {
          if (got.length < least) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(got)
        }
        waiting.add(look)
        look()
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const receivedOf = (request: IncomingMessage, body: string): Received => ({
  ...(body === '' ? {} : JSON.parse(body)),
  id: String(request.headers['webhook-id']),
  at: Number(request.headers['webhook-timestamp']) * 1000,
  headers: request.headers,
  body,
  path: request.url ?? '',
})

/** As a receiver does it with the library; throws when it is not from whoever knows the secret. */
export const verified = (secret: string, { headers, body }: Pick<Received, 'headers' | 'body'>): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>)

/** The same under a clock of a test's own: whether these bytes were signed with the secret at the time they name. */
export const isSignedWith = (secret: string, { id, at, headers, body }: Received): boolean =>
  headers['webhook-signature'] === new Webhook(secret).sign(id, new Date(at), body)
