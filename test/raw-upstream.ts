import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream whose every byte the test decides: it hands each call out and waits to be told what to answer. */
export type RawCall = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly response: ServerResponse
  /** Resolves when the caller is gone before the answer was complete. */
  readonly hungUp: Promise<void>
}
export type RawUpstream = {
  readonly url: string
  readonly next: () => Promise<RawCall>
  /** From now on every call is answered so, without being handed out. */
  readonly answerAll: (handle: ((call: RawCall) => void) | null) => void
  readonly stop: () => Promise<void>
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const calls: RawCall[] = []
  const waiting: ((call: RawCall) => void)[] = []
  let handler: ((call: RawCall) => void) | null = null
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    const hungUp = new Promise<void>((gone) => {
      response.once('close', () => (response.writableFinished ? undefined : gone()))
    })
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const call = { request, body: Buffer.concat(chunks), response, hungUp }
      const next = waiting.shift()
      if (handler) handler(call)
      else if (next) next(call)
      else calls.push(call)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    next: () => {
      const call = calls.shift()
      return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve))
    },
    answerAll: (handle) => {
      handler = handle
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
