import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey } from './fake-control.ts'
import { type GatewayUnderTest, startGateway } from './gateway-world.ts'
import { answersIn, sendBytes } from './raw-bytes.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** Bytes as no HTTP client would send them: every row says what the caller hears and how many calls reach the server. */
let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let reached: { headers: string[]; body: string }[] = []

beforeAll(async () => {
  upstream = await startRawUpstream()
  key = await newKey()
  world = await startGateway([organization(), httpServer('echo', upstream.url), key.record], [key.proof], {
    gatewayOrigins: ['https://app.example.com'],
  })
  upstream.answerAll(({ request, body, response }) => {
    reached.push({ headers: request.rawHeaders, body: body.toString() })
    response.end('{}')
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const lengthLine = `Content-Length: ${ping.length}`
const chunked = `${ping.length.toString(16)}\r\n${ping}\r\n0\r\n\r\n`
const host = () => new URL(world.base).host
const auth = () => `Authorization: Bearer ${key.token}`
const json = 'Content-Type: application/json'

type Request = { line?: string; head?: (string | null)[]; body?: string }
/** A well-formed call with the given lines in place of or beside the usual ones. */
const bytesOf = ({ line = 'POST /mcp-connect/echo HTTP/1.1', head = [], body = ping }: Request): string => {
  const named = new Set(head.flatMap((text) => /^(host|authorization|content-type):/i.exec(text ?? '')?.[1] ?? []))
  const has = (name: string) => [...named].some((one) => one.toLowerCase() === name)
  const usual = [
    ...(has('host') ? [] : [`Host: ${host()}`]),
    ...(has('authorization') ? [] : [auth()]),
    ...(has('content-type') ? [] : [json]),
  ]
  return `${[line, ...usual, ...head.filter((text) => text !== null && text !== 'Host:-')].join('\r\n')}\r\n\r\n${body}`
}

const outcome = async (bytes: string): Promise<unknown[]> => {
  reached = []
  const answers = answersIn(await sendBytes(world.base, bytes, 120))
  return [...answers.map(({ status, code }) => code ?? status), reached.length]
}

type Row = readonly [title: string, request: Request | (() => Request), expected: unknown[]]
const stolen = (): string => `GET /mcp-connect/echo HTTP/1.1\r\nHost: ${host()}\r\n${auth()}\r\n\r\n`

const framing: Row[] = [
  ['two equal lengths', { head: [lengthLine, lengthLine] }, [400, 0]],
  ['two lengths that differ', { head: [lengthLine, 'Content-Length: 5'] }, [400, 0]],
  ['a list of lengths', { head: [`${lengthLine}, ${ping.length}`] }, [400, 0]],
  ['a signed length', { head: [`Content-Length: +${ping.length}`] }, [400, 0]],
  ['a hexadecimal length', { head: ['Content-Length: 0x28'] }, [400, 0]],
  ['a negative length', { head: ['Content-Length: -1'] }, [400, 0]],
  ['a space before the colon', { head: [`Content-Length : ${ping.length}`] }, [400, 0]],
  ['length, then chunked', { head: [lengthLine, 'Transfer-Encoding: chunked'], body: chunked }, [400, 0]],
  ['chunked, then length', { head: ['Transfer-Encoding: chunked', lengthLine], body: chunked }, [400, 0]],
  ['an unknown coding', () => ({ head: ['Transfer-Encoding: xchunked'], body: stolen() }), [400, 0]],
  ['the coding identity', () => ({ head: ['Transfer-Encoding: identity'], body: stolen() }), [400, 0]],
  [
    'chunked that is not the last coding',
    () => ({ head: ['Transfer-Encoding: chunked, x'], body: stolen() }),
    [400, 0],
  ],
  ['two codings', { head: ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], body: chunked }, [400, 0]],
  ['a vertical tab before chunked', { head: ['Transfer-Encoding: \x0bchunked'], body: chunked }, [400, 0]],
  ['a folded coding', { head: ['Transfer-Encoding:\r\n chunked'], body: chunked }, [400, 0]],
  ['a coding with an underscore', { head: ['Transfer_Encoding: chunked', lengthLine] }, [200, 1]],
  ['bare line feeds between chunks', { head: ['Transfer-Encoding: chunked'], body: `28\n${ping}\n0\n\n` }, [400, 0]],
  [
    'a bare line feed in a chunk extension',
    { head: ['Transfer-Encoding: chunked'], body: `28;a=\n${ping}\r\n0\r\n\r\n` },
    [400, 0],
  ],
  [
    'a GET that carries a request as its body',
    () => ({ line: 'GET /mcp-connect/echo HTTP/1.1', head: [`Content-Length: ${stolen().length}`], body: stolen() }),
    [200, 1],
  ],
  ['a bare line feed between headers', { head: ['X: a\nMcp-Name: b', lengthLine] }, [400, 0]],
  ['a bare carriage return in a header', { head: ['Mcp-X: a\rMcp-Y: b', lengthLine] }, [400, 0]],
  ['a NUL in a header', { head: ['Mcp-X: a\0b', lengthLine] }, [400, 0]],
  ['a control character in a header', { head: ['Mcp-X: a\x01b', lengthLine] }, [400, 0]],
  ['a folded key', () => ({ head: [`Authorization: Bearer\r\n ${key.token}`, lengthLine] }), [400, 0]],
  ['a thousand headers', { head: [...Array<string>(2100).fill('a:'), 'Host: evil.example', lengthLine] }, [431, 0]],
]

const identity: Row[] = [
  [
    'two Host headers',
    () => ({ head: [`Host: ${host()}`, 'Host: evil.example', lengthLine] }),
    ['host_not_allowed', 0],
  ],
  ['two equal Authorization headers', () => ({ head: [auth(), auth(), lengthLine] }), ['credential_ambiguous', 0]],
  [
    'two x-api-key headers',
    () => ({ head: ['Authorization: Basic x', `x-api-key: ${key.token}`, `X-Api-Key: ${key.token}`, lengthLine] }),
    ['credential_ambiguous', 0],
  ],
  [
    'a key in x_api_key',
    () => ({ head: ['Authorization: Basic x', `x_api_key: ${key.token}`, lengthLine] }),
    ['key_missing', 0],
  ],
  [
    'two keys in one Authorization header',
    () => ({ head: [`${auth()}, Bearer ${key.token}`, lengthLine] }),
    ['key_invalid', 0],
  ],
  [
    'a key in the query',
    () => ({ line: `POST /mcp-connect/echo?x=${key.token} HTTP/1.1`, head: [lengthLine] }),
    ['key_in_query', 0],
  ],
  [
    'an escaped key in the query',
    () => ({ line: `POST /mcp-connect/echo?%6fstk_${key.token.slice(5)} HTTP/1.1`, head: [lengthLine] }),
    ['key_in_query', 0],
  ],
]

const at = (target: string): Request => ({ line: `POST ${target} HTTP/1.1`, head: [lengthLine] })
const paths: Row[] = [
  ['absolute form, foreign', at('http://evil.example/mcp-connect/echo'), ['not_found', 0]],
  ['a doubled slash', at('//mcp-connect/echo'), ['not_found', 0]],
  ['dots before', at('/x/../mcp-connect/echo'), ['not_found', 0]],
  ['dots inside', at('/mcp-connect/../echo'), ['not_found', 0]],
  ['an escaped letter', at('/mcp-connect/%65cho'), ['server_not_allowed', 0]],
  ['an escaped slash', at('/mcp-connect%2fecho'), ['not_found', 0]],
  ['escaped dots', at('/mcp-connect/..%2fecho'), ['server_not_allowed', 0]],
  ['upper case', at('/mcp-connect/ECHO'), ['server_not_allowed', 0]],
  ['a semicolon', at('/mcp-connect/echo;x=1'), ['server_not_allowed', 0]],
  ['an escaped NUL', at('/mcp-connect/echo%00'), ['server_not_allowed', 0]],
  ['a raw NUL', at('/mcp-connect/echo\0'), [400, 0]],
  ['a fragment', at('/mcp-connect/echo#x'), ['server_not_allowed', 0]],
  ['a backslash', at('/mcp-connect\\echo'), ['not_found', 0]],
  ['a slash at the end', at('/mcp-connect/echo/'), ['not_found', 0]],
  ['a space', at('/mcp-connect/echo x'), [400, 0]],
  ['__proto__', at('/mcp-connect/__proto__'), ['server_not_allowed', 0]],
  ['constructor', at('/mcp-connect/constructor'), ['server_not_allowed', 0]],
  ['a very long segment', at(`/mcp-connect/${'a'.repeat(15_000)}`), ['server_not_allowed', 0]],
  ['a segment over all limits', at(`/mcp-connect/${'a'.repeat(17_000)}`), [431, 0]],
]

const atHost = (text: string): Request => ({ head: [`Host: ${text}`, lengthLine] })
const hosts: Row[] = [
  ['evil.example', atHost('evil.example'), ['host_not_allowed', 0]],
  ['empty', atHost(''), ['host_not_allowed', 0]],
  ['upper case', atHost('LOCALHOST:1'), [200, 1]],
  ['a dot at the end', atHost('localhost.'), [200, 1]],
  ['two dots at the end', atHost('localhost..'), ['host_not_allowed', 0]],
  ['an IPv6 literal', atHost('[::1]:99'), [200, 1]],
  ['a user before it', atHost('localhost@evil.example'), ['host_not_allowed', 0]],
  ['a list', atHost('localhost, evil.example'), ['host_not_allowed', 0]],
  ['a number', atHost('2130706433'), ['host_not_allowed', 0]],
  ['a prefix', atHost('localhost.evil.example'), ['host_not_allowed', 0]],
  [
    'X-Forwarded-Host',
    () => ({ head: ['Host: evil.example', `X-Forwarded-Host: ${host()}`, lengthLine] }),
    ['host_not_allowed', 0],
  ],
  [
    'Forwarded',
    () => ({ head: ['Host: evil.example', `Forwarded: host="${host()}"`, lengthLine] }),
    ['host_not_allowed', 0],
  ],
]

const from = (text: string): Request => ({ head: [`Origin: ${text}`, lengthLine] })
const origins: Row[] = [
  ['configured', from('https://app.example.com'), [200, 1]],
  ['null', from('null'), ['origin_not_allowed', 0]],
  ['empty', from(''), ['origin_not_allowed', 0]],
  ['another port', from('https://app.example.com:444'), ['origin_not_allowed', 0]],
  ['a dot at the end', from('https://app.example.com.'), ['origin_not_allowed', 0]],
  ['another scheme', from('http://app.example.com'), ['origin_not_allowed', 0]],
  ['a longer name', from('https://app.example.com.evil.example'), ['origin_not_allowed', 0]],
  ['a path', from('https://app.example.com/'), ['origin_not_allowed', 0]],
  ['a user', from('https://app.example.com@evil.example'), ['origin_not_allowed', 0]],
  [
    'two of them',
    { head: ['Origin: https://app.example.com', 'Origin: https://evil.example', lengthLine] },
    ['origin_not_allowed', 0],
  ],
]

const groups: [string, Row[]][] = [
  ['CVE-2025-64484 no bytes make two readings of where a call ends:', framing],
  ['the caller is one, or nobody:', identity],
  ['a path is matched as it is written:', paths],
  ['CVE-2025-66414 CVE-2025-64443 Host:', hosts],
  ['Origin:', origins],
]
describe.each(groups)('%s', (_, rows) => {
  test.each(rows)('%s', async (_title, request, expected) => {
    expect(await outcome(bytesOf(typeof request === 'function' ? request() : request))).toEqual(expected)
  })
})

test('G6 headers of the caller reach the server only by name: no cookie, no proxy header, no trailer, nothing from Connection', async () => {
  const odd = [
    'Connection: authorization, mcp-session-id, content-length, keep-alive',
    'Cookie: a=b',
    'Forwarded: for=192.0.2.1',
    'X-Forwarded-For: 192.0.2.1',
    'Proxy-Authorization: Basic x',
    `Referer: https://x/${key.token}`,
    'TE: trailers',
    'Trailer: x-api-key',
    'Mcp_Name: x',
    'X-Custom: z',
    'Transfer-Encoding: chunked',
  ]
  const body = `${ping.length.toString(16)}\r\n${ping}\r\n0\r\nx-api-key: zzz\r\nMcp-Late: x\r\n\r\n`
  expect(await outcome(bytesOf({ head: odd, body }))).toEqual([200, 1])
  const names = reached[0]?.headers.filter((_name, place) => place % 2 === 0)
  expect(names).toEqual(['host', 'connection', 'accept-encoding', 'via', 'content-type', 'content-length'])
  expect(JSON.stringify(reached)).not.toContain(key.token)
})
