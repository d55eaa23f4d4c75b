import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Dispatcher, Pool } from 'undici'

/**
 * The same proxy without any check, the measure of the gateway: node:http in front, undici's dispatcher behind, the
 * body read whole and sent with a known length, the answer passed on chunk by chunk. Forwards every method, so that
 * it also serves as "a proxy that changes nothing" elsewhere.
 */
const upstream = new URL(process.argv[2] ?? '')
const pool = new Pool(upstream.origin, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
const hopByHop = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'])

const forwardable = (raw: readonly string[]): string[] => {
  const kept: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  let call: Dispatcher.DispatchController | null = null
  response.once('close', () => {
    if (!response.writableFinished) call?.abort(new Error('the caller is gone'))
  })
  pool.dispatch(
    {
      path: upstream.pathname,
      method: request.method ?? 'GET',
      headers: forwardable(request.rawHeaders),
      ...(body.length > 0 ? { body } : {}),
    },
    {
      onRequestStart: (controller) => {
        call = controller
      },
      onResponseStart: (_, status, headers) => {
        for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[name]
        response.writeHead(status, headers as Record<string, string>)
      },
      onResponseData: (controller, chunk) => {
        if (response.write(chunk)) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd: () => void response.end(),
      onResponseError: () => {
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end()
      },
    },
  )
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () =>
    forward(request, response, chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
  )
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}${upstream.pathname}\n`)
})
process.once('disconnect', () => process.exit(0))
