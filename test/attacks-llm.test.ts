import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newKey, organization, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway } from './gateway-world.ts'
import { everything, offered, provider, withKey } from './llm/providers.ts'
import { answersIn, sendBytes } from './raw-bytes.ts'
import { type Answering, bomb, events, floods, ok, rubbish, says, unreachable } from './rubbish.ts'

/** What callers and providers may send on the routes of models. A caller hears of it, and the gateway goes on. */
let raw: Server
let world: GatewayUnderTest
let key: TestKey
let answer: Answering = (socket) => socket.end()
const sockets = new Set<Socket>()
let calls = 0
let written = 0
const count = (bytes: number) => {
  written += bytes
}
const fine = says(`${ok}Content-Length: 2\r\n\r\n{}`)

beforeAll(async () => {
  raw = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.once('data', () => {
      calls += 1
      answer(socket)
    })
  })
  await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}/v1`
  key = await newKey({ scope: everything })
  const secret = withKey('S3cr3t-va1ue-0123456789abcdef')
  const open = provider('open', url, ['m'])
  const guarded = provider('guarded', url, ['m'], secret)
  const claude = provider('claude', url, ['m'], { dialect: 'anthropic', ...secret })
  world = await startGateway(
    [organization(), open, guarded, claude, offered(open, guarded, claude), key.record],
    [key.proof],
  )
})
beforeEach(() => {
  written = 0
  calls = 0
})
afterAll(async () => {
  await world.stop()
  for (const socket of sockets) socket.destroy()
  await new Promise((done) => raw.close(done))
})

const routes = {
  '/v1/chat/completions': 'openai',
  '/v1/responses': 'openai',
  '/v1/embeddings': 'openai',
  '/anthropic/v1/messages': 'anthropic',
  '/anthropic/v1/messages/count_tokens': 'anthropic',
} as const
const bodyFor = (slug: string, more: object = {}) => ({ model: `${slug}/m`, max_tokens: 50, messages: [], ...more })

/** Status and code, or `broken` where the answer did not come to its end. */
async function heard(path: string, body: unknown, headers: string[] = []): Promise<unknown[]> {
  try {
    const told = await world.ask(path, [...bearer(key.token), ...headers], body)
    const code = /"code":"(\w+)"/.exec(told.text)?.[1]
    return [told.status, code ?? told.text]
  } catch {
    return ['broken']
  }
}

describe.each(['open', 'guarded', 'claude'])('the provider %s that', (slug) => {
  const path = slug === 'claude' ? '/anthropic/v1/messages' : '/v1/chat/completions'
  test.each(rubbish)('%s', async (title, how, expected) => {
    answer = how
    // A short answer with a length is delivered whole or not at all, so its break is a refusal.
    const isGathered = title === 'resets inside the body' || title === 'ends before its length'
    expect(await heard(path, bodyFor(slug))).toEqual(isGathered ? unreachable : expected)
    answer = fine
    expect(await heard(path, bodyFor(slug))).toEqual([200, '{}'])
  })
})

test('a bomb is not unpacked, and what could not be searched and counted does not pass', async () => {
  answer = (socket) => {
    socket.write(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`)
    socket.end(bomb)
  }
  for (const slug of ['open', 'guarded'])
    expect(await heard('/v1/chat/completions', bodyFor(slug))).toEqual(unreachable)
})

describe('of what a provider sends without an end, the gateway keeps little', () => {
  const line = Buffer.from(`data: ${'a'.repeat(64 * 1024)}`)
  const mostKept = async (path: string, body: unknown): Promise<number> => {
    const enough = 64 * 1024 * 1024
    const opened = await world.open(path, bearer(key.token), body)
    let most = 0
    let [seen, got] = [0, 0]
    const ended = opened.done.then(
      () => true,
      () => true,
    )
    const turn = () => new Promise<false>((next) => setImmediate(() => next(false)))
    while (got < enough && !(await Promise.race([ended, turn()]))) {
      for (; seen < opened.chunks.length; seen += 1) got += opened.chunks[seen]?.length ?? 0
      most = Math.max(most, written - got)
    }
    opened.hangUp()
    return most
  }
  const bound = 24 * 1024 * 1024
  test.each([
    ['of one event', true, events, line],
    ['of short events', true, events, Buffer.from('data: {"choices":[]}\n\n'.repeat(2000))],
    ['of JSON', false, `${ok}\r\n`, line],
  ] as const)('%s', async (_title, stream, head, piece) => {
    for (const slug of ['guarded', 'claude']) {
      written = 0
      answer = floods(head, piece, count)
      const path = slug === 'claude' ? '/anthropic/v1/messages' : '/v1/chat/completions'
      expect(await mostKept(path, bodyFor(slug, { stream }))).toBeLessThan(bound)
    }
  })
})

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const text = (slug: string, more: string) => `{"model":"${slug}/m","max_tokens":5${more}}`
type Bad = readonly [title: string, body: (slug: string) => string | Buffer, expected: readonly unknown[]]
const malformed = [400, 'malformed_json']
const ambiguous = [400, 'message_ambiguous']
const invalid = [400, 'invalid']
const bad: readonly Bad[] = [
  ['is empty', () => '', malformed],
  ['is cut off', (slug) => text(slug, '').slice(0, -1), malformed],
  ['has something behind it', (slug) => `${text(slug, '')}{}`, malformed],
  ['is no object', () => '[]', malformed],
  ['is a text', () => '"model"', malformed],
  ['is null', () => 'null', malformed],
  ['begins with a byte order mark', (slug) => `\ufeff${text(slug, '')}`, malformed],
  ['is UTF-16', (slug) => Buffer.from(text(slug, ''), 'utf16le'), malformed],
  [
    'holds a byte that is no UTF-8',
    (slug) => Buffer.concat([Buffer.from(`{"model":"${slug}/m","x":"`), Buffer.from([0xff]), Buffer.from('"}')]),
    malformed,
  ],
  ['has a comma too many', (slug) => text(slug, ','), malformed],
  ['has a comment', (slug) => text(slug, '/* */'), malformed],
  ['has a number that is none', (slug) => text(slug, ',"n":NaN'), malformed],
  ['names the model twice', (slug) => text(slug, ',"model":"x"'), ambiguous],
  ['names the model twice, once with an escape', (slug) => text(slug, ',"mod\\u0065l":"x"'), ambiguous],
  ['names the model in another case', (slug) => text(slug, ',"MODEL":"x"'), ambiguous],
  ['names a stream with a long s', (slug) => text(slug, ',"ſtream":true'), ambiguous],
  ['names max_tokens with the sign of Kelvin', (slug) => text(slug, ',"max_to\u212aens":9'), ambiguous],
  ['names a prototype', (slug) => text(slug, ',"__proto__":{"stream":true}'), ambiguous],
  [
    'names a member twice deep inside',
    (slug) => text(slug, ',"messages":[{"role":"user","role":"system"}]'),
    ambiguous,
  ],
  ['is nested too deeply', (slug) => text(slug, `,"x":${deep(1000)}`), ambiguous],
  ['is nested a million times', (slug) => text(slug, `,"x":${deep(1_000_000)}`), ambiguous],
  ['has no model', () => '{}', [400, 'model_missing']],
  ['has an empty model', () => '{"model":""}', [400, 'model_missing']],
  ['has a list of models', () => '{"model":["a"]}', invalid],
  ['has a model with a line end', () => '{"model":"a\\nb"}', invalid],
  ['has a model of a megabyte', () => `{"model":"${'a'.repeat(1 << 20)}"}`, invalid],
  ['asks for no answers', (slug) => text(slug, ',"n":0'), invalid],
  ['asks for a billion answers', (slug) => text(slug, ',"n":1e9'), invalid],
  ['asks for half an answer', (slug) => text(slug, ',"n":0.5'), invalid],
  ['asks for answers in words', (slug) => text(slug, ',"n":"1"'), invalid],
  ['asks for fewer tokens than none', (slug) => text(slug, ',"max_completion_tokens":-1'), invalid],
  ['asks for tokens without an end', (slug) => text(slug, ',"max_output_tokens":1e400'), invalid],
  ['streams in words', (slug) => text(slug, ',"stream":"yes"'), invalid],
  ['has options that are none', (slug) => text(slug, ',"stream_options":7'), invalid],
  ['asks to be answered later', (slug) => text(slug, ',"background":true'), invalid],
  ['lets the provider choose', (slug) => text(slug, ',"fallbacks":"default"'), invalid],
  ['names a list of models beside', (slug) => text(slug, ',"models":["x"]'), invalid],
  ['climbs out of its provider', () => '{"model":"../m"}', [403, 'provider_not_allowed']],
  ['names a prototype as provider', () => '{"model":"__proto__/m"}', [403, 'provider_not_allowed']],
  ['names what every object has', () => '{"model":"constructor"}', [403, 'model_not_allowed']],
  ['has two million values', (slug) => text(slug, `,"x":[${'0,'.repeat(2_000_000)}0]`), [413, 'too_large']],
  ['is larger than is read', () => Buffer.alloc(32 * 1024 * 1024 + 1, 0x20), [413, 'too_large']],
  ['is compressed', (slug) => gzipSync(text(slug, '')), malformed],
]

describe.each(Object.entries(routes))('at %s a body that', (path, dialect) => {
  const slug = dialect === 'openai' ? 'guarded' : 'claude'
  test.each(bad)('%s', async (_title, body, expected) => {
    answer = fine
    const told = await heard(path, body(slug))
    // An answer before the body was whole may be lost with the connection.
    if (told[0] !== 'broken' || expected[0] !== 413) expect(told).toEqual(expected)
    expect(calls).toBe(0)
  })

  test('after all of that, a call is a call', async () => {
    answer = fine
    expect(await heard(path, bodyFor(slug))).toEqual([200, '{}'])
    expect(calls).toBe(1)
  })
})

test('a body says how it is written in one way, and a length that is a lie moves no other call', async () => {
  answer = fine
  for (const header of [
    'content-encoding: gzip',
    "content-type: application/json; charset*=utf-7''utf-7",
    'content-type: application/json; charset=utf-16',
  ]) {
    const body = JSON.stringify(bodyFor('guarded'))
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key.token}\r\n${header}\r\n`
    const told = await sendBytes(
      world.base,
      `${head}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(answersIn(told)[0]?.status).toBe(415)
  }
  expect(calls).toBe(0)
})
