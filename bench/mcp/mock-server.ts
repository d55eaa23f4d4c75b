import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An MCP server of both eras that costs next to nothing: each method has one answer, written beforehand, in which only the
 * id is put. A tool call is answered with 287 bytes. A GET is a stream that says something every second.
 */
const filler = (length: number) => ({ content: [{ type: 'text', text: 'x'.repeat(length) }], isError: false })
const size = 287 - JSON.stringify({ jsonrpc: '2.0', id: 1, result: filler(0) }).length
const info = { name: 'mock', version: '1' }
const results: Readonly<Record<string, object>> = {
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: info },
  'server/discover': {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    serverInfo: info,
    ttlMs: 60_000,
    cacheScope: 'public',
  },
  'tools/list': {
    resultType: 'complete',
    tools: [{ name: 'echo', description: 'Says it again', inputSchema: { type: 'object' } }],
    ttlMs: 60_000,
    cacheScope: 'public',
  },
  'tools/call': { resultType: 'complete', ...filler(size) },
}

const event =
  'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"tick"}}\n\n'
const everyMs = Number(process.argv[2] ?? 1000)

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
    const ticking = setInterval(() => response.write(event), everyMs)
    response.once('close', () => clearInterval(ticking))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (id === undefined) return void response.writeHead(202).end()
    const text = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} })
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
    response.writeHead(200, headers).end(text)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
})
process.once('disconnect', () => process.exit(0))
