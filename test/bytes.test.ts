import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Product, startProduct } from './product.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from './raw-upstream.ts'

let product: Product
let upstream: RawUpstream
let key: string

beforeAll(async () => {
  upstream = await startRawUpstream()
  // While the product probes its new server it is answered like by any server that knows nothing.
  upstream.answerAll(({ response }) => response.writeHead(404).end())
  product = await startProduct({ store: 'sqlite' })
  await product.addServer({ slug: 'raw', transport: { type: 'http', url: upstream.url } })
  key = (await product.createKey('bytes', 'raw')).secret
  upstream.answerAll(handOut)
})
afterAll(async () => {
  await product?.stop()
  await upstream?.stop()
})

/** Calls of this test only: the health probe of the product goes on in the background and is not ours. */
const marked: RawCall[] = []
const waiting: ((call: RawCall) => void)[] = []
function handOut(call: RawCall): void {
  if (call.request.headers['mcp-test'] !== 'bytes') return void call.response.writeHead(404).end()
  const next = waiting.shift()
  if (next) next(call)
  else marked.push(call)
}
const arriving = (): Promise<RawCall> => {
  const call = marked.shift()
  return call ? Promise.resolve(call) : new Promise((resolve) => waiting.push(resolve))
}

type Sent = { readonly answer: Promise<IncomingMessage>; readonly hangUp: () => void }
function send(method: string, body: string | null, headers: Record<string, string> = {}): Sent {
  const request = httpRequest(`${product.gatewayUrl}/mcp-connect/raw`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'mcp-test': 'bytes',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })
  answer.catch(() => undefined)
  request.end(body ?? undefined)
  return { answer, hangUp: () => request.destroy() }
}

const chunkOf = (answer: IncomingMessage): Promise<Buffer> => new Promise((resolve) => answer.once('data', resolve))
async function wholeOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** False when nothing has flowed for half a second. */
const drains = (response: RawCall['response']): Promise<boolean> =>
  Promise.race([
    once(response, 'drain').then(() => true),
    new Promise<boolean>((stuck) => setTimeout(() => stuck(false), 500)),
  ])

const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{}}}'

describe('what the client sends', () => {
  test.each([
    ['spaces and line ends', '{ "jsonrpc" : "2.0",\r\n "id": 1, "method": "tools/call", "params": {"name":"t"} }\n'],
    ['an integer of 64 bits', '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"t"}}'],
    [
      '1.0, 1e2 and -0',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":[1.0,1e2,-0]}}}',
    ],
    [
      'escapes',
      '{"jsonrpc":"2.0","id":"\\u00e9\\/","method":"tools/call","params":{"name":"t","arguments":{"x":"\\ud83d\\ude00"}}}',
    ],
    ['text beyond ASCII', '{"jsonrpc":"2.0","id":"é😀","method":"tools/call","params":{"name":"t"}}'],
  ])('G11 arrives upstream byte by byte: %s', async (_, body) => {
    const sent = send('POST', body)
    const arrived = await arriving()
    expect(arrived.body.toString()).toBe(body)
    arrived.response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    expect((await sent.answer).statusCode).toBe(200)
  })

  test('G11 G6 keeps what belongs to the protocol and loses what belongs to the gateway', async () => {
    const sent = send('POST', call, {
      'mcp-protocol-version': '2025-11-25',
      'last-event-id': 'stream_7',
      'mcp-param-region': 'eu',
      cookie: 'a=b',
      'x-forwarded-for': '203.0.113.9',
    })
    const { request, response } = await arriving()
    expect(request.headers).toMatchObject({
      'mcp-protocol-version': '2025-11-25',
      'last-event-id': 'stream_7',
      'mcp-param-region': 'eu',
      accept: 'application/json, text/event-stream',
      'content-length': String(call.length),
    })
    expect(JSON.stringify(request.rawHeaders)).not.toContain(key)
    for (const name of ['authorization', 'x-api-key', 'cookie']) expect(request.headers[name]).toBeUndefined()
    response.end()
    await sent.answer
  })
})

describe('what the server answers', () => {
  const texts = [
    '{ "jsonrpc":"2.0",',
    ' "id":1, "result": { "n": 1.0, "big": 9007199254740993,',
    ' "e":"\\u00e9é", "n": 2 } }\n',
  ]
  test('G11 JSON arrives chunk by chunk with the very same bytes', async () => {
    const sent = send('POST', call)
    const { response } = await arriving()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(texts[0])
    const answer = await sent.answer
    const got: Buffer[] = [await chunkOf(answer)]
    for (const text of texts.slice(1)) {
      response.write(text)
      // The next chunk is not written before this one was read: a proxy that buffers would hang here.
      got.push(await chunkOf(answer))
    }
    response.end()
    expect(got.map(String)).toEqual(texts)
    expect((await wholeOf(answer)).length).toBe(0)
  })

  const events = [
    'id: s_1\r\nretry: 100\r\ndata: \r\n\r\n',
    ': a comment\n\n',
    'event: message\nid: s_2\ndata: {"jsonrpc":"2.0",\ndata: "method":"notifications/message"}\n\n',
    'data: {"jsonrpc":"2.0","id":1,"res',
    'ult":{}}\n\n',
  ]
  test.each(['POST', 'GET'])('G11 events of a %s stream arrive one by one with the very same bytes', async (method) => {
    const sent = send(method, method === 'POST' ? call : null)
    const { response } = await arriving()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.flushHeaders()
    const answer = await sent.answer
    const got: Buffer[] = []
    for (const event of events) {
      response.write(event)
      got.push(await chunkOf(answer))
    }
    response.end()
    expect(Buffer.concat(got).toString()).toBe(events.join(''))
    expect(answer.headers['content-type']).toBe('text/event-stream')
    expect((await wholeOf(answer)).length).toBe(0)
  })

  test.each([
    [200, 'application/json', '{}'],
    [202, null, ''],
    [400, 'application/json', '{"jsonrpc":"2.0","error":{"code":-32020,"message":"x"},"id":1}'],
    [404, 'application/json', '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'],
    [405, 'text/plain', 'Method not allowed.'],
    [429, 'text/plain', 'slow down'],
    [500, 'text/html', '<h1>broken</h1>'],
  ])('G11 the status %i stays what it is, with its body', async (status, type, body) => {
    const sent = send('POST', call)
    const { response } = await arriving()
    response.writeHead(status, type ? { 'content-type': type } : {}).end(body)
    const answer = await sent.answer
    expect([answer.statusCode, answer.headers['content-type'] ?? null]).toEqual([status, type])
    expect((await wholeOf(answer)).toString()).toBe(body)
    expect(answer.headers['x-request-id']).toMatch(/./)
  })

  test('G11 an answer of 3 MB arrives whole', async () => {
    const sent = send('POST', call)
    const { response } = await arriving()
    const body = Buffer.alloc(3 << 20, 'abcdefghijklmnopqrstuvwxyz0123456789')
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    const got = await wholeOf(await sent.answer)
    expect(got.equals(body)).toBe(true)
  })

  test('G11 an answer that breaks off upstream does not look complete to the client', async () => {
    const sent = send('POST', call)
    const { response } = await arriving()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"half":')
    const answer = await sent.answer
    await chunkOf(answer)
    response.destroy()
    await expect(wholeOf(answer)).rejects.toThrow()
  })
})

describe('sessions and hang-ups', () => {
  test('G11 DELETE reaches the server with its own session id, which the client never sees', async () => {
    const opened = send('POST', '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}')
    const first = await arriving()
    first.response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'raw-session' }).end('{}')
    const session = String((await opened.answer).headers['mcp-session-id'])
    expect(session).toMatch(/^[\x21-\x7e]+$/)
    expect(session).not.toContain('raw-session')

    const deleted = send('DELETE', null, { 'mcp-session-id': session })
    const second = await arriving()
    expect([second.request.method, second.request.headers['mcp-session-id']]).toEqual(['DELETE', 'raw-session'])
    second.response.writeHead(204).end()
    expect((await deleted.answer).statusCode).toBe(204)
  })

  test.each(['before the answer', 'in the middle of a stream'])(
    'G11 a client that hangs up %s is noticed upstream',
    async (when) => {
      const sent = send('POST', call)
      const { response, hungUp } = await arriving()
      if (when === 'in the middle of a stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
        await chunkOf(await sent.answer)
      }
      sent.hangUp()
      await hungUp
    },
  )

  test('a slow reader slows the server down instead of filling the gateway', async () => {
    const sent = send('POST', call)
    const { response } = await arriving()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    const answer = await sent.answer
    answer.pause()
    const piece = Buffer.alloc(1 << 20, 'x')
    let written = 0
    // Sockets and the gateway together hold a few MB; one that takes all it gets would let every piece through.
    while (written < 64 && (response.write(piece) || (await drains(response)))) written += 1
    expect(written).toBeLessThan(64)
    response.end()
    answer.resume()
    expect((await wholeOf(answer)).length).toBe((written + 1) << 20)
  })
})
