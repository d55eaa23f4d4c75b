import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An MCP server that costs next to nothing: any POST is answered with the same 287 bytes, so that what is measured
 * is what stands in front of it.
 */
const filler = (length: number) => ({
  jsonrpc: '2.0',
  id: 1,
  result: { content: [{ type: 'text', text: 'x'.repeat(length) }], isError: false },
})
const size = 287
const answer = Buffer.from(JSON.stringify(filler(size - JSON.stringify(filler(0)).length)))
const headers = { 'content-type': 'application/json', 'content-length': String(answer.length) }

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.on('end', () => response.writeHead(200, headers).end(answer)).resume()
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
})
process.once('disconnect', () => process.exit(0))
