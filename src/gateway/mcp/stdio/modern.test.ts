import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Front, startFront, stdioRecord } from '../../../../test/stdio-front.ts'

/** A server of both eras, by the official second SDK; `wait` ends when it is cancelled and says so to stderr. */
const script = `
  import { McpServer } from '@modelcontextprotocol/server'
  import { serveStdio } from '@modelcontextprotocol/server/stdio'
  import { z } from 'zod'
  serveStdio(() => {
    const server = new McpServer({ name: 'both', version: '1' }, { capabilities: { tools: { listChanged: true } } })
    server.registerTool('echo', { inputSchema: z.object({ message: z.string() }) }, ({ message }) =>
      ({ content: [{ type: 'text', text: message }] }))
    server.registerTool('wait', { inputSchema: z.object({}) }, (_input, context) => new Promise((resolve) => {
      console.error('waiting')
      context.mcpReq.signal.addEventListener('abort', () => { console.error('was cancelled'); resolve({ content: [] }) })
    }))
    server.registerTool('announce', { inputSchema: z.object({}) }, () => {
      server.sendToolListChanged()
      return { content: [] }
    })
    return server
  })`

let front: Front
beforeAll(async () => {
  front = await startFront(stdioRecord({ command: process.execPath, args: ['--input-type=module', '-e', script] }))
})
afterAll(() => front.close())

const connect = async (mode: 'auto' | 'legacy', key = 'key_a') => {
  const client = new ClientV2({ name: 'modern-test', version: '1' }, { versionNegotiation: { mode } })
  await client.connect(new HttpV2(new URL(front.url), { requestInit: { headers: { 'x-key': key } } }))
  return client
}
const textOf = (result: unknown): string =>
  (result as { content: { text?: string }[] }).content.map((part) => part.text ?? '').join('')

test('a modern client speaks 2026-07-28 with a server that does, without a session', async () => {
  const client = await connect('auto')
  expect(client.getProtocolEra()).toBe('modern')
  expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('echo')
  expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hi' } }))).toBe('hi')
  expect(front.upstreams.counts().sessions).toBe(0)
  await client.close()
})

test('both eras are served at the same time, each by a child of its own', async () => {
  const [modern, legacy] = await Promise.all([connect('auto'), connect('legacy')])
  expect([modern.getProtocolEra(), legacy.getProtocolEra()]).toEqual(['modern', 'legacy'])
  const call = { name: 'echo', arguments: { message: 'x' } }
  expect(await Promise.all([modern.callTool(call).then(textOf), legacy.callTool(call).then(textOf)])).toEqual([
    'x',
    'x',
  ])
  expect(front.upstreams.counts().children).toBe(2)
  await Promise.all([modern.close(), legacy.close()])
})

test('CVE-2026-25536 modern clients with equal ids get their own answers', async () => {
  const clients = await Promise.all(Array.from({ length: 5 }, (_, n) => connect('auto', `key_${n}`)))
  const calls = clients.flatMap((client, n) =>
    Array.from({ length: 40 }, async (_, call) => {
      const message = `${n}/${call}`
      return textOf(await client.callTool({ name: 'echo', arguments: { message } })) === message
    }),
  )
  expect((await Promise.all(calls)).every(Boolean)).toBe(true)
  await Promise.all(clients.map((client) => client.close()))
})

test('G4 a modern client that hangs up cancels its call in the server', async () => {
  const left = new AbortController()
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name: 'wait', arguments: {}, _meta }
  const call = fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    signal: left.signal,
  })
  await vi.waitFor(() => expect(front.log.join()).toContain('waiting'))
  left.abort()
  await expect(call).rejects.toThrow()
  await vi.waitFor(() => expect(front.log.join()).toContain('was cancelled'))
})

test('what a server announces reaches the client that listens, under the id that this client gave', async () => {
  const [listening, other] = await Promise.all([connect('auto', 'key_a'), connect('auto', 'key_b')])
  let told = 0
  listening.setNotificationHandler('notifications/tools/list_changed', () => {
    told++
  })
  const subscription = await listening.listen({ toolsListChanged: true })
  await other.callTool({ name: 'announce', arguments: {} })
  await vi.waitFor(() => expect(told).toBe(1))
  await subscription.close()
  await Promise.all([listening.close(), other.close()])
})

test('an unknown method is HTTP 404 with the error of the server', async () => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const answer = await fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'q', method: 'no/such', params: { _meta } }),
  })
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ id: 'q', error: { code: -32601 } })
})
