import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { createEventNaming, createNaming, type Naming } from './naming.ts'

/**
 * Stands between the suite and the gateway's address of all servers, in a process of its own, and does nothing but
 * naming: statuses, headers, hang-ups and the moments of events are the gateway's. `NAMING_TARGET` and `NAMING_SLUG`
 * say where it leads; it prints its own URL.
 */
const target = new URL(process.env['NAMING_TARGET'] ?? '')
const naming = createNaming(process.env['NAMING_SLUG'] ?? '')
const ownHop = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive'])

const server = createServer((request, response) => void pass(request, response))

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { body, method } = naming.bytesToGateway(Buffer.concat(chunks))
  const { hostname, port, pathname } = target
  const onward = send({
    hostname,
    port,
    path: pathname,
    method: request.method ?? 'POST',
    headers: [...headersOf(request, method), ...(body.length > 0 ? ['content-length', String(body.length)] : [])],
    agent: false,
  })
  onward.on('response', (answer) => deliver(naming, answer, response))
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  onward.end(body)
}

/** All as they came, Host and Origin too: the suite forges them. */
function headersOf(request: IncomingMessage, method: string | null): string[] {
  const headers: string[] = []
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2)
    if (ownHop.has(name.toLowerCase())) continue
    headers.push(name, name.toLowerCase() === 'mcp-name' ? naming.headerToGateway(value, method) : value)
  }
  return headers
}

function deliver({ textToClient }: Naming, answer: IncomingMessage, response: ServerResponse): void {
  const type = answer.headers['content-type'] ?? ''
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ownHop.has(name)))
  response.writeHead(answer.statusCode ?? 502, headers)
  response.flushHeaders()
  const decoder = new StringDecoder('utf8')
  const isStream = type.includes('text/event-stream')
  const events = createEventNaming(textToClient)
  let whole = ''
  answer.on('data', (chunk: Buffer) => {
    const text = decoder.write(chunk)
    if (isStream) response.write(events.push(text))
    else whole += text
  })
  answer.on('end', () => response.end(isStream ? events.end() : type.includes('json') ? textToClient(whole) : whole))
  answer.on('error', () => response.destroy())
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
})
process.once('SIGTERM', () => process.exit(0))
