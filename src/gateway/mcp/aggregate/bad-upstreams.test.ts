import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  connect,
  type Era,
  listening,
  type Rig,
  refuseModern,
  startFixture,
  startRig,
  type Upstream,
} from '../../../../test/aggregate-rig.ts'

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void
const serving = (handle: Handle): Promise<Upstream> =>
  listening(
    createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => handle(request, response, Buffer.concat(chunks).toString()))
    }),
  )
const gone: Upstream = { url: 'http://127.0.0.1:1/mcp', stop: async () => {}, server: createServer() }

let rig: Rig
let forgetful: Upstream
let sessions = 0
let isForgetting = false

/** A server of the older era that forgets its sessions when it is told to. */
const forgets: Handle = (request, response, body) => {
  const message = request.method === 'POST' ? JSON.parse(body) : {}
  const json = (value: object, headers = {}) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...value }))
  }
  if (request.method === 'GET') return response.writeHead(405).end()
  if (message.method === 'initialize') {
    sessions += 1
    const result = {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'f', version: '1' },
    }
    return json({ result }, { 'mcp-session-id': `s${sessions}` })
  }
  if (request.headers['mcp-session-id'] !== `s${sessions}` || isForgetting) {
    isForgetting = false
    response.writeHead(request.headers['mcp-session-id'] === undefined ? 400 : 404).end()
    return
  }
  if (message.id === undefined) return response.writeHead(202).end()
  const odd = [
    { name: 'Datei lesen.v2', inputSchema: { type: 'object' }, later: { kept: [1] } },
    { name: 'y'.repeat(90), inputSchema: { type: 'object' } },
    { name: 'unfit' },
    null,
  ]
  if (message.method === 'tools/list') return json({ result: { tools: odd } })
  return json({
    result: { content: [{ type: 'text', text: message.params.name, later: 'kept' }], later: { kept: true } },
  })
}

beforeAll(async () => {
  forgetful = await serving(forgets)
  rig = await startRig({
    alive: await startFixture(),
    dead: gone,
    forgetful,
    hangs: await serving(() => {}),
    rubbish: await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('<html>')
    }),
    breaks: await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: message\ndata: {"jsonrpc":')
      setImmediate(() => response.destroy())
    }),
  })
})
afterAll(() => rig.stop())

const anyList = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string() })),
  _meta: z.looseObject({}).optional(),
})
const eras: readonly Era[] = ['legacy', 'modern']

describe.each(eras)('R9 for a client of the %s era', (era) => {
  test('dead, hanging and babbling servers leave the list partial, and say so', async () => {
    await using client = await connect(rig, rig.key, era)
    const list = await client.request({ method: 'tools/list' }, anyList)
    const names = list.tools.map(({ name }) => name)
    expect(names).toContain('alive__test_simple_text')
    expect(names.filter((name) => name.startsWith('forgetful__'))).toEqual([
      expect.stringMatching(/^forgetful__Datei_lesen_v2_[0-9a-z]{8}$/),
      expect.stringMatching(/^forgetful__y{44}_[0-9a-z]{8}$/),
    ])
    expect(list._meta?.['ostiary/unavailable']).toEqual([
      { server: 'breaks', code: 'upstream_unreachable' },
      { server: 'dead', code: 'upstream_unreachable' },
      { server: 'hangs', code: 'upstream_timeout' },
      { server: 'rubbish', code: 'upstream_unreachable' },
    ])
    expect(list.tools.find(({ name }) => name.includes('Datei'))).toMatchObject({ later: { kept: [1] } })
    if (era === 'modern') expect(list).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
  }, 20_000)

  test('a call to a dead one says that it did not answer, and others go on', async () => {
    await using client = await connect(rig, rig.key, era)
    const dead = client.callTool({ name: 'dead__x', arguments: {} })
    await expect(dead).rejects.toMatchObject({ code: -32011, data: { code: 'upstream_unreachable' } })
    const line = rig.world.lines.findLast((one) => one.includes('tools/call'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      server: 'dead',
      code: 'upstream_unreachable',
      upstreamError: 'ECONNREFUSED',
    })
    const breaks = client.callTool({ name: 'breaks__x', arguments: {} })
    await expect(breaks).rejects.toMatchObject({ data: { code: 'upstream_unreachable' } })
    await expect(client.callTool({ name: 'alive__test_simple_text', arguments: {} })).resolves.toBeDefined()
  })

  test('a session that the server has lost is opened anew, and the call comes through once', async () => {
    await using client = await connect(rig, rig.key, era)
    const call = () =>
      client.request({ method: 'tools/call', params: { name: 'forgetful__plain', arguments: {} } }, z.looseObject({}))
    expect(await call()).toMatchObject({ later: { kept: true }, content: [{ text: 'plain' }] })
    const before = sessions
    isForgetting = true
    expect(await call()).toMatchObject({ content: [{ text: 'plain' }] })
    expect(sessions).toBe(before + 1)
  })

  test('long and odd names lead back to the tools that they stand for', async () => {
    await using client = await connect(rig, rig.key, era)
    const names = (await client.listTools()).tools
      .map(({ name }) => name)
      .filter((name) => name.startsWith('forgetful'))
    const texts: string[] = []
    for (const name of names) texts.push(JSON.stringify((await client.callTool({ name, arguments: {} })).content))
    expect(texts).toEqual([expect.stringContaining('Datei lesen.v2'), expect.stringContaining('y'.repeat(90))])
  }, 20_000)
})

test('R9 a server that speaks an older era than yesterday is called in that one', async () => {
  const flips = await startFixture()
  const own = await startRig({ flips })
  try {
    await using client = await connect(own, own.key, 'modern')
    const call = () => client.callTool({ name: 'flips__test_simple_text', arguments: {} })
    await call()
    refuseModern(flips.server)
    await expect(call()).resolves.toMatchObject({ content: [{ type: 'text' }] })
  } finally {
    await own.stop()
  }
})
