import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey, withCredential } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway, toolCall } from './gateway-world.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** The server as the attacker: every byte of its answer is its own. */
const secret = 'S3cr3t+va/lue&0123456789abcdef'
let bytes = ''
let raw: Server
let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let other: TestKey

beforeAll(async () => {
  raw = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')))
  })
  await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done))
  const { port } = raw.address() as AddressInfo
  upstream = await startRawUpstream()
  key = await newKey()
  other = await newKey()
  world = await startGateway(
    [
      organization(),
      httpServer('raw', `http://127.0.0.1:${port}/mcp`, withCredential(secret)),
      httpServer('one', upstream.url),
      httpServer('two', upstream.url),
      key.record,
      other.record,
    ],
    [key.proof, other.proof],
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
  await new Promise((done) => raw.close(done))
})

const ok = 'HTTP/1.1 200 OK\r\n'
const two = 'Content-Length: 2\r\n\r\n{}'

describe('an answer that could be read in two ways is no answer', () => {
  test.each([
    ['a status line only', 'hello'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nx'],
    ['status 099', `HTTP/1.1 099 X\r\n${two}`],
    ['a control character in a header', `${ok}Mcp-X: a\x01b\r\n${two}`],
    ['a NUL in a header', `${ok}Mcp-X: a\0b\r\n${two}`],
    ['a bare carriage return in a header', `${ok}Mcp-X: a\rSet-Cookie: x=1\r\n${two}`],
    ['a bare line feed in a header', `${ok}Mcp-X: a\nSet-Cookie: x=1\n${two}`],
    ['a folded header', `${ok}Mcp-X: a\r\n b\r\n${two}`],
    ['two lengths', `${ok}Content-Length: 5\r\n${two}`],
    ['length and chunked', `${ok}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['a coding of the hop that was not asked for', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['compression that was not asked for', `${ok}Content-Encoding: gzip\r\n${two}`],
    [
      'a redirect to the metadata service',
      'HTTP/1.1 302 F\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'a redirect that keeps the method',
      'HTTP/1.1 307 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s', async (_title, answer) => {
    bytes = answer
    const told = await world.ask('/mcp-connect/raw', bearer(key.token))
    expect([told.status, told.json().error.data['code']]).toEqual([502, 'upstream_unreachable'])
    expect(told.headers['location']).toBeUndefined()
    expect(told.headers['set-cookie']).toBeUndefined()
  })
})

test('a second answer behind the first is nobody’s', async () => {
  bytes = `${ok}${two}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`
  expect((await world.ask('/mcp-connect/raw', bearer(key.token))).text).toBe('{}')
  bytes = `${ok}${two}`
  expect((await world.ask('/mcp-connect/raw', bearer(key.token))).text).toBe('{}')
})

test('headers with which a server speaks to a browser or in our name do not pass', async () => {
  const own = ['Refresh: 0;url=http://evil', 'Location: http://evil', 'Set-Cookie: a=b', 'Alt-Svc: h3=":443"']
  const more = [
    'WWW-Authenticate: Bearer resource_metadata="http://evil"',
    'Access-Control-Allow-Origin: *',
    'X-Request-Id: mine',
  ]
  bytes = `${ok}${[...own, ...more].join('\r\n')}\r\n${two}`
  const { headers } = await world.ask('/mcp-connect/raw', bearer(key.token))
  for (const name of [
    'refresh',
    'location',
    'set-cookie',
    'alt-svc',
    'www-authenticate',
    'access-control-allow-origin',
  ])
    expect(headers[name], name).toBeUndefined()
  expect(headers['x-request-id']).toMatch(/^req_/)
})

test('G6 the injected secret comes back in no status text, header, trailer or hint', async () => {
  const answers = [
    `HTTP/1.1 200 ${secret}\r\n${two}`,
    `${ok}Mcp-X: ${secret}\r\nETag: "${Buffer.from(`user:${secret}`).toString('base64')}"\r\n${two}`,
    `${ok}Transfer-Encoding: chunked\r\nTrailer: Mcp-T\r\n\r\n2\r\n{}\r\n0\r\nMcp-T: ${secret}\r\n\r\n`,
    `HTTP/1.1 103 Early Hints\r\nMcp-X: ${secret}\r\n\r\n${ok}${two}`,
    `HTTP/1.1 302 ${secret}\r\nLocation: http://x/${encodeURIComponent(secret)}\r\nContent-Length: 0\r\n\r\n`,
  ]
  for (const answer of answers) {
    bytes = answer
    const { headers, text } = await world.ask('/mcp-connect/raw', bearer(key.token))
    const all = JSON.stringify(headers) + text
    expect(all).not.toContain(secret)
    expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(4, 20))
  }
})

describe('CVE-2025-6515 CVE-2026-33946 a session is worth something to its own key at its own server only', () => {
  const openSession = async (): Promise<string> => {
    upstream.answerAll(({ response }) => response.writeHead(200, { 'mcp-session-id': 'up-1' }).end('{}'))
    return String((await world.ask('/mcp-connect/one', bearer(key.token))).headers['mcp-session-id'])
  }
  const reaches = async (slug: string, { token }: TestKey, sessionId: string, method = 'POST') => {
    const got: unknown[] = []
    upstream.answerAll(({ request, response }) => {
      got.push(request.headers['mcp-session-id'])
      response.end('{}')
    })
    const told = await world.ask(
      `/mcp-connect/${slug}`,
      [...bearer(token), 'mcp-session-id', sessionId],
      toolCall,
      method,
    )
    return [told.status, ...got]
  }
  test.each(['POST', 'GET', 'DELETE'])('by %s', async (method) => {
    const id = await openSession()
    expect(await reaches('one', key, id, method)).toEqual([200, 'up-1'])
    expect(await reaches('one', other, id, method)).toEqual([404])
    expect(await reaches('two', key, id, method)).toEqual([404])
  })
  test('cut, altered, moved to another gateway, doubled, oversize or raw it is none', async () => {
    const id = await openSession()
    const [gateway = '', sealed = ''] = id.split('.')
    const forged = [
      `${id.slice(0, -4)}${id.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`,
      id.slice(0, -4),
      `gwy_0000000000000002.${sealed}`,
      `${gateway}.`,
      `${gateway}.${'A'.repeat(12_000)}`,
      `${id}, ${id}`,
      'up-1',
    ]
    for (const wrong of forged) expect(await reaches('one', key, wrong), wrong.slice(0, 60)).toEqual([404])
  })
})
