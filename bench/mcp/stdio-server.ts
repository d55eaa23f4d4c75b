import { createInterface } from 'node:readline'

/** The same over stdin and stdout, so that what is measured is the bridge in front of it. */
const result = (method: string): object => {
  if (method === 'initialize') {
    return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'mock', version: '1' } }
  }
  if (method === 'tools/list') return { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }
  return { content: [{ type: 'text', text: 'x'.repeat(200) }], isError: false }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (id !== undefined && typeof method === 'string')
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: result(method) })}\n`)
})
