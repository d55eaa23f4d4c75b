import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  httpServer,
  memberId,
  newKey,
  nextRevision,
  organization,
  organizationId,
  projectId,
  scopeOf,
  type TestKey,
  withCredential,
} from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../test/gateway-world.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import type { UnsealedRecord } from '../fleet/unsealed/schema.ts'
import type { Choice } from '../keys/schema.ts'

const secret = 'cnry-5f0d2a77c1-secret'
const path = '/mcp-connect/plain'
const names = ['read', 'write', 'delete', 'café', 'cafe\u0301', '__proto__', 'constructor']
const listOf = (tools: readonly string[], more: object = {}) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 5,
    result: { tools: tools.map((name) => ({ name, inputSchema: {} })), ...more },
  })
const list = { jsonrpc: '2.0', id: 5, method: 'tools/list' }
const call = (name: string, id: unknown = 7, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, ...params },
})
const modern = {
  _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} },
}
const json = { 'content-type': 'application/json' }
const sse = { 'content-type': 'text/event-stream' }
const event = (text: string, id = '1') => `id: ${id}\nevent: message\ndata: ${text}\n\n`

let upstream: RawUpstream
let world: GatewayUnderTest
/** May read only, on every server. */
let reader: TestKey
let free: TestKey
let apps: TestKey[]
/** Each with any choice for this server, and any other for the rest. */
let mixed: TestKey[]

const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.constantFrom<Choice>({ mode: 'all' }, { mode: 'none' }),
  fc.record({ mode: fc.constantFrom('only', 'except'), items: fc.subarray(names) }),
  fc.record({ mode: fc.constantFrom('only', 'except'), items: fc.subarray(names) }),
)

beforeAll(async () => {
  upstream = await startRawUpstream()
  reader = await newKey({ scope: { mcp: { toolsDefault: { mode: 'only', items: ['read'] } } } })
  free = await newKey()
  apps = await Promise.all(
    ['app_0000000000000001', 'app_0000000000000002'].map((id) => newKey({ owner: { type: 'app', id, name: id } })),
  )
  mixed = await Promise.all(
    fc.sample(fc.tuple(choices, choices), 20).map(([here, toolsDefault]) => {
      const tools = { [httpServer('plain', '').id]: here }
      return newKey({ scope: { mcp: { tools, toolsDefault } } })
    }),
  )
  const records = apps.map(({ record }, at) => appOf(record.owner.id, record.id, at === 0 ? 'read' : 'write'))
  const servers = [httpServer('plain', upstream.url), httpServer('guarded', upstream.url, withCredential(secret))]
  const keys = [reader, free, ...apps, ...mixed]
  world = await startGateway(
    [organization(), ...servers, ...records, ...keys.map(({ record }) => record), member],
    keys.map(({ proof }) => proof),
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const member: UnsealedRecord = {
  kind: 'member',
  organization: organizationId,
  id: memberId,
  revision: nextRevision(),
  name: 'Ada',
}
const appOf = (id: string, key: string, tool: string): UnsealedRecord => ({
  kind: 'app',
  organization: organizationId,
  id,
  revision: nextRevision(),
  name: id,
  project: projectId,
  owner: { type: 'member', id: memberId },
  key,
  tools: { [httpServer('plain', '').id]: { mode: 'only', items: [tool] } },
  toolsDefault: { mode: 'none' },
})

const answerWith = (status: number, headers: Record<string, string>, body: string | Buffer) =>
  upstream.answerAll(({ response }) => void response.writeHead(status, headers).end(body))
const next = () => {
  upstream.answerAll(null)
  return upstream.next()
}
const toolsIn = (text: string): string[] =>
  JSON.parse(text.slice(text.indexOf('{'))).result.tools.map((tool: { name: string }) => tool.name)
/** Sends a call and hands out both ends, once the upstream has its own. */
const arrive = async (
  key: TestKey,
  body: unknown,
  method = 'POST',
): Promise<[RawCall, ReturnType<typeof world.open>]> => {
  const arriving = next()
  const opening = world.open(path, bearer(key.token), body, method)
  opening.catch(() => undefined)
  return [await arriving, opening]
}

describe('a tool that is not ticked', () => {
  test.each(['write', 'unknown', 'READ', 'read ', 're\u0000ad', ''])(
    'D40 C22 is refused alike if it exists and if not, and nothing reaches the server: %j',
    async (name) => {
      let calls = 0
      upstream.answerAll(({ response }) => {
        calls += 1
        response.writeHead(200, json).end('{}')
      })
      for (const [id, params] of [
        [7, {}],
        ['seven', modern],
      ] as const) {
        const told = await world.ask(path, bearer(reader.token), call(name, id, params))
        expect([told.status, told.headers['content-type']]).toEqual([200, 'application/json'])
        expect(told.json()).toMatchObject({ jsonrpc: '2.0', id, error: { code: -32602 } })
        expect(told.json().error.data).toMatchObject({ code: 'tool_not_allowed', rule: 'tool' })
        expect(told.text).not.toContain('key.mcp')
      }
      expect(calls).toBe(0)
    },
  )

  test('D40 is refused too when no name is given, and as a notification', async () => {
    answerWith(200, json, '{}')
    const nameless = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} }
    expect(refused(await world.ask(path, bearer(reader.token), nameless))).toEqual([200, 'tool_not_allowed'])
    const { id: _, ...notification } = call('write')
    const told = await world.ask(path, bearer(reader.token), notification)
    expect([...refused(told), told.json().id]).toEqual([200, 'tool_not_allowed', null])
  })

  test('D40 an admitted tool is called, its answer comes byte by byte', async () => {
    const body = '{ "id":7, "result":{"n":1.0,"tools":"?"} }'
    answerWith(200, json, body)
    expect((await world.ask(path, bearer(reader.token), call('read'))).text).toBe(body)
  })
})

describe('the list', () => {
  test('D40 names admitted tools only, with everything else that it held and its own length', async () => {
    answerWith(200, json, listOf(names, { nextCursor: 'c2' }))
    const told = await world.ask(path, bearer(reader.token), list)
    expect(told.text).toBe(listOf(['read'], { nextCursor: 'c2' }))
    expect(told.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(told.text.length),
    })
  })

  test('D40 is filtered in an event stream, whose other events come byte by byte and at once', async () => {
    const [{ response }, opening] = await arrive(reader, list)
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-7' }).write('id: 0\r\ndata: \r\n\r\n')
    const opened = await opening
    await vi.waitFor(() => expect(Buffer.concat(opened.chunks).toString()).toBe('id: 0\r\ndata: \r\n\r\n'))
    const text = event(listOf(names))
    response.write(text.slice(0, 40))
    response.end(text.slice(40))
    const told = await opened.done
    expect(told.text).toBe(`id: 0\r\ndata: \r\n\r\n${event(listOf(['read']))}`)
    expect(told.headers['content-type']).toBe('text/event-stream')
  })

  test('R7 D40 is filtered on the stream with which a client resumes', async () => {
    const [{ response, request }, opening] = await arrive(reader, '', 'GET')
    expect(request.method).toBe('GET')
    response.writeHead(200, sse).end(event('{"method":"notifications/message"}') + event(listOf(names)))
    expect((await (await opening).done).text).toBe(
      event('{"method":"notifications/message"}') + event(listOf(['read'])),
    )
  })

  test('R7 D40 is filtered on a stream to which it does not belong', async () => {
    answerWith(200, sse, event(listOf(names)))
    expect((await world.ask(path, bearer(reader.token), call('read'))).text).toBe(event(listOf(['read'])))
  })

  test('G11 passes with the very same bytes for a key that may call every tool', async () => {
    const body = ` { "id":5,"result":{"tools":[{"name":"a","name":"b"}],"x":1.0} }\r\n`
    answerWith(200, { ...json, 'content-length': String(body.length) }, body)
    const told = await world.ask(path, bearer(free.token), list)
    expect([told.text, told.headers['content-length']]).toEqual([body, String(body.length)])
    answerWith(200, sse, `data: ${body.trim()}`)
    expect((await world.ask(path, bearer(free.token), list)).text).toBe(`data: ${body.trim()}`)
    answerWith(200, json, 'no JSON at all')
    expect((await world.ask(path, bearer(free.token), list)).text).toBe('no JSON at all')
  })

  test('C02 C22 two keys of two apps see different tools at the same address, and each is refused those of the other', async () => {
    for (const [at, [own, other]] of [
      ['read', 'write'],
      ['write', 'read'],
    ].entries()) {
      const token = apps[at]?.token ?? ''
      answerWith(200, json, listOf(names))
      expect(toolsIn((await world.ask(path, bearer(token), list)).text)).toEqual([own])
      expect(refused(await world.ask(path, bearer(token), call(other ?? '')))).toEqual([200, 'tool_not_allowed'])
      expect(toolsIn((await world.ask(path, bearer(token), call(own ?? ''))).text)).toEqual(names)
      // Its tools say nothing about another server: the default of an app is none.
      expect(refused(await world.ask('/mcp-connect/guarded', bearer(token), list))).toEqual([403, 'server_not_allowed'])
    }
  })

  test('G6 is filtered without the injected secret, even where the server had hidden it in escapes', async () => {
    const hidden = `{"id":5,"result":{"tools":[{"name":"read","description":"\\u0063${secret.slice(1)} ${secret}"},{"name":"write"}]}}`
    for (const [headers, body] of [
      [json, hidden],
      [sse, event(hidden)],
    ] as const) {
      answerWith(200, headers, body)
      const { text } = await world.ask('/mcp-connect/guarded', bearer(reader.token), list)
      expect(text).toContain('{"tools":[{"name":"read","description":"[redacted] [redacted]"}]}')
      expect(text).not.toContain(secret)
    }
  })
})

describe('an answer to tools/list in which tools cannot be looked for', () => {
  test.each([
    ['is no JSON', json, '{"id":5,"result":{"tools":[{"name":"write"}]}'],
    ['is no JSON and says so', { 'content-type': 'text/plain' }, 'write'],
    [
      'is in another character set',
      { 'content-type': 'application/json; charset=utf-16' },
      Buffer.from(listOf(names), 'utf16le'),
    ],
    ['is larger than a list may be', json, `{"tools":"${'x'.repeat(4 << 20)}"}`],
    ['is compressed', { ...json, 'content-encoding': 'gzip' }, gzipSync(listOf(names))],
    ['is a compressed stream', { ...sse, 'content-encoding': 'gzip' }, gzipSync(event(listOf(names)))],
    ['has no type and is a stream', {}, event(listOf(names))],
  ])('D40 is refused when it %s', async (_, headers, body) => {
    answerWith(200, headers, body)
    const told = await world.ask(path, bearer(reader.token), list)
    expect([...refused(told), told.json().id]).toEqual([502, 'upstream_unreachable', 5])
    expect(told.text).not.toContain('write')
  })

  test('D40 ends where an event is too large, without having passed any of it', async () => {
    const [{ response }, opening] = await arrive(reader, list)
    response.writeHead(200, sse).write(event('{"method":"x"}'))
    const opened = await opening
    response.on('error', () => undefined)
    for (let n = 0; n < 18; n += 1) response.write(`data: ${'x'.repeat(1 << 20)}\n`)
    await expect(opened.done).rejects.toThrow()
    expect(Buffer.concat(opened.chunks).toString()).toBe(event('{"method":"x"}'))
  })

  test('R7 ends the call in a stream as well: with an error of its id, or with the stream where no id is sure', async () => {
    answerWith(200, sse, event('{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"write","max":NaN}]}}'))
    const told = await world.ask(path, bearer(reader.token), list)
    expect(JSON.parse(told.text.slice(told.text.indexOf('{')))).toMatchObject({ id: 5, error: { code: -32011 } })
    const [{ response }, opening] = await arrive(reader, list)
    response.on('error', () => undefined)
    response.writeHead(200, sse).write(event('{"result":{"tools":[{"name":"write","max":NaN}]}}'))
    const opened = await opening
    await expect(opened.done).rejects.toThrow()
    expect(Buffer.concat(opened.chunks).toString()).not.toContain('write')
  })

  test('D40 is refused when the server breaks off in the middle', async () => {
    const [{ response }, opening] = await arrive(reader, list)
    response
      .writeHead(200, { ...json, 'content-length': '500' })
      .write(listOf(names).slice(0, 90), () => response.destroy())
    expect(refused(await (await opening).done)).toEqual([502, 'upstream_unreachable'])
  })

  test.each([
    [404, json, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}', true],
    [200, json, '{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"no tools"}}', true],
    [404, { 'content-type': 'text/plain' }, 'Session not found', false],
    [500, { 'content-type': 'text/html' }, '<b>tools</b>', false],
    [202, {}, '', true],
    [204, {}, '', true],
  ])('G11 a status stays what it is, with a body that can be read: %i %j', async (status, headers, body, isKept) => {
    answerWith(status, headers, body)
    const told = await world.ask(path, bearer(reader.token), list)
    expect([told.status, told.text]).toEqual([status, isKept ? body : ''])
  })
})

describe('rights that shrink while a list is on its way', () => {
  /** Until the gateway decides by them. */
  const give = async (tools: Choice, isRead: boolean) => {
    answerWith(200, json, '{}')
    world.control.put({ ...free.record, revision: nextRevision(), scope: scopeOf({ mcp: { toolsDefault: tools } }) })
    await vi.waitFor(async () => {
      expect((await world.ask(path, bearer(free.token), call('read'))).text === '{}').toBe(isRead)
    })
  }
  beforeEach(() => give({ mode: 'all' }, true))

  test('D40 before the answer begins, they are those that filter it', async () => {
    const [{ response }, opening] = await arrive(free, list)
    await give({ mode: 'only', items: ['write'] }, false)
    response.writeHead(200, json).end(listOf(names))
    expect(toolsIn((await (await opening).done).text)).toEqual(['write'])
  })

  test('D40 while a body is held, they are those of its last byte', async () => {
    await give({ mode: 'except', items: ['write'] }, true)
    const [{ response }, opening] = await arrive(free, list)
    await new Promise((written) => response.writeHead(200, json).write(listOf(names).slice(0, 60), written))
    await give({ mode: 'only', items: ['write'] }, false)
    response.end(listOf(names).slice(60))
    expect(toolsIn((await (await opening).done).text)).toEqual(['write'])
  })

  test('D40 in the middle of a body that passes untouched, it is broken off', async () => {
    const [{ response }, opening] = await arrive(free, list)
    response.writeHead(200, json).write(listOf(names).slice(0, 60))
    const opened = await opening
    await give({ mode: 'except', items: ['read'] }, false)
    await expect(opened.done).rejects.toThrow()
  })

  test('D40 on a GET stream that passes untouched, it ends, and the next one is filtered', async () => {
    const [{ response }, opening] = await arrive(free, '', 'GET')
    response.writeHead(200, sse).write(event('{}'))
    const opened = await opening
    await give({ mode: 'only', items: ['write'] }, false)
    const news = 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'
    expect((await opened.done).text).toBe(event('{}') + news)
    const [again, reopening] = await arrive(free, '', 'GET')
    again.response.writeHead(200, sse).end(event(listOf(names)))
    expect((await (await reopening).done).text).toBe(event(listOf(['write'])))
  })

  test('G11 a running call of a tool that stays admitted is not touched', async () => {
    const [{ response }, opening] = await arrive(free, call('write'))
    response.writeHead(200, sse).write(event('{"method":"notifications/progress"}'))
    const opened = await opening
    await give({ mode: 'only', items: ['write'] }, false)
    response.end(event('{"id":7,"result":{}}'))
    expect((await opened.done).text).toContain('"result":{}')
  })
})

test('R7 D40 over the wire and for any choice, what the list leaves out is refused and what it shows is called', async () => {
  let partly = 0
  for (const { token } of mixed) {
    answerWith(200, json, listOf(names))
    const shown = toolsIn((await world.ask(path, bearer(token), list)).text)
    answerWith(200, sse, event(listOf(names)))
    expect(toolsIn((await world.ask(path, bearer(token), list)).text)).toEqual(shown)
    answerWith(200, json, '{"id":7,"result":{"called":true}}')
    const called: string[] = []
    for (const name of names) {
      const told = await world.ask(path, bearer(token), call(name))
      if (told.text.includes('"called":true')) called.push(name)
      else expect(refused(told)).toEqual([200, 'tool_not_allowed'])
    }
    expect(shown).toEqual(called)
    partly += shown.length > 0 && shown.length < names.length ? 1 : 0
  }
  expect(partly).toBeGreaterThan(3)
})
