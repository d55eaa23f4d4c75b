/**
 * An MCP server of a few lines over stdio, of both eras: `pid` says which process answers, `hang` never does, `notify`
 * says something on the stream of its session, `echo` gives back its argument, `mark` says how often it was called.
 */
const script = `
  const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }))
  const text = (value) => ({ resultType: 'complete', content: [{ type: 'text', text: String(value) }] })
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) return
    const name = method === 'tools/call' ? params.name : method
    if (name === 'initialize') {
      const serverInfo = { name: 'pid', version: '1' }
      say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } }, serverInfo } })
    } else if (name === 'server/discover') {
      const serverInfo = { name: 'pid', version: '1' }
      const rest = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
      say({ id, result: { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo, ...rest } })
    } else if (name === 'tools/list') {
      say({ id, result: { tools: ['pid', 'hang', 'notify', 'echo'].map((name) => ({ name, inputSchema: { type: 'object' } })) } })
    } else if (name === 'mark') {
      require('node:fs').appendFileSync(process.argv[2], '.')
      say({ id, result: text(require('node:fs').statSync(process.argv[2]).size) })
    } else if (name === 'pid') say({ id, result: text(process.pid) })
    else if (name === 'echo') say({ id, result: text(params.arguments.text) })
    else if (name === 'notify') {
      say({ method: 'notifications/tools/list_changed' })
      say({ id, result: text('said') })
    } else if (name !== 'hang') say({ id, error: { code: -32601, message: 'no such method' } })
  })`

/** `mark` stands in the command line, so that its processes can be found. */
export const pidServer = (mark = '', ...more: string[]) => ({
  type: 'stdio' as const,
  command: process.execPath,
  args: ['-e', script, mark, ...more],
})

export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
export const toolCallOf = (name: string, id: number | string = 2, args: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})
/** The same in 2026-07-28, which has no sessions. */
export const modernCallOf = (name: string) => {
  const { params, ...call } = toolCallOf(name)
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  const _meta = { ...meta, 'io.modelcontextprotocol/clientCapabilities': {} }
  return { ...call, params: { ...params, _meta } }
}
export const modernHeaders = (name: string): string[] => [
  'mcp-protocol-version',
  '2026-07-28',
  'mcp-method',
  'tools/call',
  'mcp-name',
  name,
]

/** What a tool has said, in JSON or in an event. */
export const textOf = (answer: string): string => {
  const json = answer.startsWith('{') ? answer : answer.slice(answer.indexOf('data: {') + 6)
  return JSON.parse(json).result.content[0].text
}
