import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { everythingOverStdio, filesystemOverStdio } from '../../../../test/everything.ts'
import { type Front, startFront, stdioRecord } from '../../../../test/stdio-front.ts'

const self = { name: 'bridge-test', version: '1.0.0' }
const headers = (key: string) => ({ requestInit: { headers: { 'x-key': key } } })

const connectV1 = async (url: string, capabilities: object = {}, key = 'key_a') => {
  const client = new ClientV1(self, { capabilities })
  const transport = new HttpV1(new URL(url), headers(key))
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return { client, transport }
}
const connectV2 = async (url: string, mode: 'auto' | 'legacy', key = 'key_a') => {
  const client = new ClientV2(self, { versionNegotiation: { mode } })
  const transport = new HttpV2(new URL(url), headers(key))
  await client.connect(transport)
  return { client, transport }
}
const textOf = (result: unknown): string => {
  const { content } = result as { content: { text?: string }[] }
  return content.map((part) => part.text ?? '').join('')
}

describe('server-everything over stdio', () => {
  let front: Front
  beforeAll(async () => {
    front = await startFront(stdioRecord(everythingOverStdio))
  })
  afterAll(() => front.close())

  test('a client of the first SDK lists and calls tools', async () => {
    const { client } = await connectV1(front.url)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('echo')
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hi' } }))).toBe('Echo: hi')
    await client.close()
  })

  test.each(['auto', 'legacy'] as const)('a client of the second SDK, %s, calls a tool', async (mode) => {
    const { client } = await connectV2(front.url, mode)
    expect(client.getProtocolEra()).toBe('legacy')
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: mode } }))).toBe(`Echo: ${mode}`)
    await client.close()
  })

  test('CVE-2026-25536 ten clients with equal ids make 200 calls each and not one answer crosses', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, (_, n) => connectV1(front.url, {}, `key_${n}`)))
    let crossed = 0
    await Promise.all(
      clients.map(async ({ client }, n) => {
        for (let call = 0; call < 200; call++) {
          const message = `${n}/${call}`
          const said = textOf(await client.callTool({ name: 'echo', arguments: { message } }))
          if (said !== `Echo: ${message}`) crossed++
        }
      }),
    )
    expect(crossed).toBe(0)
    expect(front.upstreams.counts().children).toBe(1)
    await Promise.all(clients.map(({ client }) => client.close()))
  })

  test('progress reaches the call it belongs to, with the token that its client gave', async () => {
    const [one, two] = await Promise.all([connectV1(front.url, {}, 'key_a'), connectV1(front.url, {}, 'key_b')])
    const seen: number[][] = [[], []]
    await Promise.all(
      [one, two].map(({ client }, n) =>
        client.callTool(
          { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 + n } },
          undefined,
          { onprogress: ({ total }) => void seen[n]?.push(total ?? 0) },
        ),
      ),
    )
    expect(seen[0]?.length).toBeGreaterThan(0)
    expect(new Set(seen[0])).toEqual(new Set([4]))
    expect(new Set(seen[1])).toEqual(new Set([5]))
    await Promise.all([one.client.close(), two.client.close()])
  })

  test('a cancelled call is cancelled for its own client only', async () => {
    const [one, two] = await Promise.all([connectV1(front.url, {}, 'key_a'), connectV1(front.url, {}, 'key_b')])
    const stop = new AbortController()
    const slow = { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 2 } }
    const first = one.client.callTool(slow, undefined, { signal: stop.signal })
    const second = two.client.callTool(slow)
    stop.abort('enough')
    await expect(first).rejects.toThrow(/enough/)
    expect(textOf(await second)).toContain('completed')
    await Promise.all([one.client.close(), two.client.close()])
  })

  test('a server that asks for sampling gets the answer of the client that called it', async () => {
    const able = await Promise.all(['key_a', 'key_b'].map((key) => connectV1(front.url, { sampling: {} }, key)))
    const said = await Promise.all(
      able.map(({ client }, n) => {
        client.setRequestHandler(CreateMessageRequestSchema, () => ({
          model: `model-${n}`,
          role: 'assistant' as const,
          content: { type: 'text' as const, text: `from ${n}` },
        }))
        return client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'x' } })
      }),
    )
    expect(said.map(textOf)).toEqual([expect.stringContaining('model-0'), expect.stringContaining('model-1')])
    await Promise.all(able.map(({ client }) => client.close()))
  })

  test('a server that asks its user by a form gets the answer', async () => {
    const { client } = await connectV1(front.url, { elicitation: {} })
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept' as const, content: { name: 'Ada' } }))
    const said = textOf(await client.callTool({ name: 'trigger-elicitation-request', arguments: {} }))
    expect(said).toContain('Ada')
    await client.close()
  })

  test('a client sees the tools that it would see directly: those that ask it something only if it can be asked', async () => {
    const plain = await connectV1(front.url)
    const asking = await connectV1(front.url, { sampling: {}, elicitation: {}, roots: {} })
    const names = async ({ client }: typeof plain) => (await client.listTools()).tools.map((tool) => tool.name)
    expect(await names(plain)).not.toContain('trigger-sampling-request')
    expect(await names(asking)).toContain('trigger-sampling-request')
    // Roots are directories of the client's machine and never reach a child on ours.
    expect(await names(asking)).not.toContain('get-roots-list')
    await Promise.all([plain.client.close(), asking.client.close()])
  })

  test('log messages between calls reach the open stream of a session that wants that level', async () => {
    const { client } = await connectV1(front.url)
    const seen: string[] = []
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void seen.push(params.level))
    await client.setLoggingLevel('debug')
    await client.callTool({ name: 'toggle-simulated-logging', arguments: {} })
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), { timeout: 15_000 })
    await client.callTool({ name: 'toggle-simulated-logging', arguments: {} })
    await client.close()
  })

  test('B17 a session of another key is unknown, to calls, streams and its end alike', async () => {
    const { client, transport } = await connectV1(front.url)
    const id = transport.sessionId ?? ''
    const call = (method: string, key: string, body?: object) =>
      fetch(front.url, {
        method,
        headers: {
          'x-key': key,
          'mcp-session-id': id,
          accept: 'application/json, text/event-stream',
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    for (const answer of [
      await call('POST', 'key_z', ping),
      await call('GET', 'key_z'),
      await call('DELETE', 'key_z'),
    ]) {
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: { code: -32001, data: { code: 'session_unknown' } } })
    }
    expect((await call('POST', 'key_a', ping)).status).toBe(200)
    expect((await call('DELETE', 'key_a')).status).toBe(204)
    expect((await call('POST', 'key_a', ping)).status).toBe(404)
    await client.close()
  })

  test('a call without a session that needs one is refused, and so is a revision that nobody knows', async () => {
    const post = (body: object, more: Record<string, string> = {}) =>
      fetch(front.url, { method: 'POST', headers: { accept: 'application/json', ...more }, body: JSON.stringify(body) })
    expect((await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(400)
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
    const modern = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } })
    expect(modern.status).toBe(400)
    expect(await modern.json()).toMatchObject({ id: 1, error: { code: -32022, data: { supported: ['2025-11-25'] } } })
    expect((await post({ nonsense: true })).status).toBe(400)
  })

  test('an older client is answered in its own revision', async () => {
    const post = async (protocolVersion: string) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: self }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'initialize', params })
      const answer = await fetch(front.url, { method: 'POST', headers: { accept: 'application/json' }, body })
      return (await answer.json()) as { result: { protocolVersion: string } }
    }
    expect(await post('2025-03-26')).toMatchObject({ id: 'a', result: { protocolVersion: '2025-03-26' } })
    expect(await post('2099-01-01')).toMatchObject({ id: 'a', result: { protocolVersion: '2025-11-25' } })
  })
})

describe('server-filesystem over stdio', () => {
  test('what a client says about its roots does not move the directories that the owner allowed', async () => {
    const front = await startFront(stdioRecord(filesystemOverStdio(import.meta.dirname)))
    const { client } = await connectV1(front.url, { roots: { listChanged: true } })
    await client.sendRootsListChanged()
    expect(textOf(await client.callTool({ name: 'list_allowed_directories', arguments: {} }))).toContain('gateway/mcp')
    const read = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/hostname' } })
    expect(read.isError).toBe(true)
    await client.close()
    await front.close()
  })
})
