import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { newKey, nextRevision, organization, type TestKey } from '../../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway, type Told } from '../../../test/gateway-world.ts'
import { createTill, everything, model, offered, type Paid, provider, withKey } from '../../../test/llm/providers.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from '../../../test/raw-upstream.ts'
import { refuse } from '../../problems.ts'
import { defaultTimeouts } from '../../servers/schema.ts'
import type { Bill, Payment } from './payment.ts'

const secret = 'sk-provider-0123456789abcdef'
let openai: RawUpstream
let other: RawUpstream
let claude: RawUpstream
let world: GatewayUnderTest
let key: TestKey
const keys: Record<string, TestKey> = {}
let extra: (bill: Bill) => Partial<Payment> & { refuse?: ReturnType<typeof refuse> } = () => ({})
const till = createTill((bill) => extra(bill))

const base = (upstream: RawUpstream) => upstream.url.replace(/\/mcp$/, '/v1')
const chat = (model = 'gpt', more: object = {}) => ({ model, messages: [{ role: 'user', content: 'hi' }], ...more })
const errorOf = (told: Told) => {
  const body = JSON.parse(told.text)
  return [told.status, body.error.code]
}
const post = (body: unknown, path = '/v1/chat/completions', headers = bearer(key.token)) =>
  world.ask(path, headers, body)
const lastPaid = (): Paid => till.paid.at(-1) as Paid
const json = { 'content-type': 'application/json' }
const recorded = (upstream: RawUpstream, status = 200, body = '{"ok":1}', headers: Record<string, string> = {}) => {
  const calls: RawCall[] = []
  upstream.answerAll((call) => {
    calls.push(call)
    call.response.writeHead(status, { ...json, ...headers }).end(body)
  })
  return calls
}

const records = () => {
  const first = provider(
    'first',
    base(openai),
    [
      model('gpt', { aliases: ['best'] }),
      model('shared'),
      model('falls', { fallbacks: ['secret/hidden', 'second/shared', 'second/gpt-2'] }),
      model('org/with-slash'),
    ],
    withKey(secret),
  )
  const second = provider('second', base(other), ['shared', 'gpt-2', model('tries')], {
    retries: 2,
    auth: 'api-key',
    ...withKey(secret),
  })
  const anthropic = provider('claude', base(claude), ['sonnet'], {
    dialect: 'anthropic',
    auth: 'x-api-key',
    ...withKey(secret),
  })
  const hidden = provider('secret', base(other), ['hidden', 'shared'])
  const dead = provider('dead', 'http://127.0.0.1:1/v1', [model('gone', { fallbacks: ['second/gpt-2'] }), 'alone'], {
    retries: 1,
  })
  const slow = provider('slow', base(openai), ['slow'], { timeouts: { ...defaultTimeouts, answerSeconds: 1 } })
  const open = [first, second, anthropic, dead, slow]
  return [...open, hidden, offered(...open)]
}

beforeAll(async () => {
  openai = await startRawUpstream()
  other = await startRawUpstream()
  claude = await startRawUpstream()
  key = await newKey({ scope: everything })
  keys['off'] = await newKey()
  keys['some'] = await newKey({
    scope: { llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'only', items: ['gpt', 'falls'] } } },
  })
  keys['cut'] = await newKey({ scope: everything })
  const all = [key, ...Object.values(keys)]
  world = await startGateway(
    [organization(), ...records(), ...all.map(({ record }) => record)],
    all.map(({ proof }) => proof),
    { pay: till.pay, headersMs: 20_000 },
  )
})
afterAll(async () => {
  await world.stop()
  for (const upstream of [openai, other, claude]) await upstream.stop()
})
beforeEach(() => {
  extra = () => ({})
  till.paid.length = 0
  for (const upstream of [openai, other, claude]) upstream.answerAll(null)
})

describe('what goes to the provider', () => {
  test('D58 G6 the body as it came, to its path, with its credential and nothing of the caller’s', async () => {
    const calls = recorded(openai)
    const text = '{"model": "gpt",\n "messages": [], "seed": 123456789012345678901234567890}'
    const headers = [
      ...bearer(key.token),
      'cookie',
      'a=b',
      'openai-organization',
      'org-x',
      'openai-beta',
      'x',
      'x-anything',
      '1',
    ]
    const told = await post(text, '/v1/chat/completions?api-key=1', headers)
    expect([told.status, told.text]).toEqual([200, '{"ok":1}'])
    const [{ request, body } = {} as RawCall] = calls
    expect(body.toString()).toBe(text)
    expect(request.url).toBe('/v1/chat/completions')
    expect(request.headers.authorization).toBe(`Bearer ${secret}`)
    expect(request.headers['openai-beta']).toBe('x')
    for (const name of ['cookie', 'openai-organization', 'x-anything', 'x-api-key'])
      expect(request.headers[name]).toBeUndefined()
    expect(JSON.stringify(request.rawHeaders)).not.toContain(key.token)
    expect(told.headers['ostiary-provider']).toBe('first/gpt')
  })

  test('each provider gets its credential in the header that it reads', async () => {
    const [azure, anthropic] = [recorded(other), recorded(claude)]
    await post(chat('gpt-2'))
    await post({ model: 'sonnet', max_tokens: 9, messages: [] }, '/anthropic/v1/messages?beta=true&x=1', [
      'x-api-key',
      key.token,
    ])
    expect(azure[0]?.request.headers['api-key']).toBe(secret)
    expect(azure[0]?.request.headers.authorization).toBeUndefined()
    expect(anthropic[0]?.request.headers['x-api-key']).toBe(secret)
    expect(anthropic[0]?.request.url).toBe('/v1/messages?beta=true')
  })

  test('an idempotency key is the caller’s own: nobody opens with it what another was answered', async () => {
    const calls = recorded(openai)
    const ask = (of: TestKey | undefined) =>
      post(chat(), undefined, [...bearer(of?.token ?? ''), 'idempotency-key', 'order-1'])
    for (const of of [key, key, keys['some']]) await ask(of)
    const [first, again, others] = calls.map(({ request }) => request.headers['idempotency-key'])
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(again).toBe(first)
    expect(others).not.toBe(first)
  })

  test('D31 an alias and a provider’s name lead to the model’s own name, and no other byte changes', async () => {
    const calls = recorded(openai)
    for (const name of ['best', 'first/best', 'first/gpt']) {
      const told = await post(`{"messages":[], "model" : "${name}" , "x":1e400}`)
      expect(told.status).toBe(200)
    }
    await post(chat('org/with-slash'))
    expect(calls.map(({ body }) => body.toString()).slice(0, 3)).toEqual(
      Array(3).fill('{"messages":[], "model" : "gpt" , "x":1e400}'),
    )
    expect(JSON.parse(String(calls[3]?.body)).model).toBe('org/with-slash')
  })

  test('what the payment needs is said to the provider, and to the caller', async () => {
    extra = () => ({
      maxTokens: 99,
      asksForUsage: true,
      headers: () => ['ostiary-max-tokens', '99', 'ratelimit', '"x";r=1;t=2'],
    })
    const calls = recorded(openai)
    const told = await post(chat('gpt', { stream: true }))
    expect(JSON.parse(String(calls[0]?.body))).toEqual({
      ...chat('gpt', { stream: true }),
      max_tokens: 99,
      stream_options: { include_usage: true },
    })
    expect([told.headers['ostiary-max-tokens'], told.headers['ratelimit']]).toEqual(['99', '"x";r=1;t=2'])
    await post({ model: 'gpt', input: 'x' }, '/v1/responses')
    expect(JSON.parse(String(calls[1]?.body))).toEqual({ model: 'gpt', input: 'x', max_output_tokens: 99 })
    await post({ model: 'gpt', input: 'x' }, '/v1/embeddings')
    expect(JSON.parse(String(calls[2]?.body))).toEqual({ model: 'gpt', input: 'x' })
    expect(calls.map(({ request }) => request.url)).toEqual(['/v1/chat/completions', '/v1/responses', '/v1/embeddings'])
  })

  test('a body of megabytes is read in a thread and passed on to the byte', async () => {
    const calls = recorded(openai)
    const body = Buffer.from(JSON.stringify(chat('best', { pad: 'é'.repeat(3_000_000) })))
    expect((await post(body)).status).toBe(200)
    expect(String(calls[0]?.body) === String(body).replace('"best"', '"gpt"')).toBe(true)
  })
})

describe('what comes back', () => {
  test('D58 events of a stream come one by one as they are made, and back-pressure is none of them', async () => {
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat('gpt', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' })
    upstream.response.write('data: {"a":1}\n\n')
    const opened = await asked
    await vi.waitFor(() => expect(Buffer.concat(opened.chunks).toString()).toBe('data: {"a":1}\n\n'))
    upstream.response.end('data: [DONE]\n\n')
    const told = await opened.done
    expect(told.text).toBe('data: {"a":1}\n\ndata: [DONE]\n\n')
    expect(told.headers['content-type']).toBe('text/event-stream')
    expect(lastPaid().finished).toEqual({ status: 200, code: null, isGone: false })
  })

  test('G6 a provider that repeats its credential does not tell it', async () => {
    recorded(openai, 400, `{"error":{"message":"bad key ${secret}"}}`)
    const told = await post(chat())
    expect([told.status, told.text]).toEqual([400, '{"error":{"message":"bad key [redacted]"}}'])
  })

  test('an error of the provider passes in its own words, with its Retry-After and without its account', async () => {
    const body = '{"error":{"message":"slow down","type":"tokens","param":null,"code":"rate_limit_exceeded"}}'
    recorded(openai, 429, body, {
      'retry-after': '7',
      'x-ratelimit-remaining-tokens': '1',
      'openai-organization': 'org-y',
      'set-cookie': 'a=b',
    })
    const told = await post(chat())
    expect([told.status, told.text, told.headers['retry-after']]).toEqual([429, body, '7'])
    for (const name of ['x-ratelimit-remaining-tokens', 'openai-organization', 'set-cookie'])
      expect(told.headers[name]).toBeUndefined()
    expect(lastPaid().finished).toEqual({ status: 429, code: null, isGone: false })
  })

  test('a provider that refuses our credential is no 401 to the caller', async () => {
    recorded(openai, 401, '{"error":{"message":"Incorrect API key provided: sk-pro***def"}}')
    const told = await post(chat())
    expect(errorOf(told)).toEqual([502, 'provider_credential_refused'])
    expect(told.headers['x-should-retry']).toBe('false')
    expect(told.text).not.toContain('sk-pro')
    expect(lastPaid().finished).toMatchObject({ status: 502, code: 'provider_credential_refused' })
  })

  test('one that cannot be reached, and one that does not answer in time', async () => {
    expect(errorOf(await post(chat('alone')))).toEqual([502, 'upstream_unreachable'])
    expect(lastPaid().finished).toMatchObject({ status: 502, code: 'upstream_unreachable' })
    const told = await post(chat('slow'))
    await openai.next()
    expect(errorOf(told)).toEqual([504, 'upstream_timeout'])
    expect(told.text).not.toContain('MCP')
  })

  test('a redirect is not followed', async () => {
    recorded(openai, 302, '', { location: base(other) })
    const calls = recorded(other)
    expect(errorOf(await post(chat()))).toEqual([502, 'upstream_unreachable'])
    expect(calls).toEqual([])
  })

  test('a stream that breaks off ends with an error of the dialect, and never looks whole', async () => {
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat('gpt', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n')
    const opened = await asked
    await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
    upstream.response.destroy()
    const { text } = await opened.done
    const [, last = ''] = text.split('\n\n')
    expect(JSON.parse(last.slice(6)).error).toMatchObject({ code: 'upstream_unreachable', type: 'server_error' })
    expect(lastPaid().finished).toMatchObject({ status: 200, code: 'upstream_unreachable', isGone: false })
  })

  test('a short JSON answer is delivered whole or not at all: where it breaks off, the refusal says so', async () => {
    const asked = post(chat())
    const upstream = await openai.next()
    upstream.response.writeHead(200, { ...json, 'content-length': '100' }).write('{"a":')
    upstream.response.destroy()
    const told = await asked
    expect(errorOf(told)).toEqual([502, 'upstream_unreachable'])
    expect(lastPaid().finished).toMatchObject({ code: 'upstream_unreachable' })
  })

  test('a JSON answer that breaks off is cut', async () => {
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat())
    const upstream = await openai.next()
    upstream.response.writeHead(200, { ...json, 'content-length': '100000' }).write('{"a":')
    const opened = await asked
    await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
    upstream.response.destroy()
    await expect(opened.done).rejects.toThrow()
    expect(lastPaid().finished).toMatchObject({ code: 'upstream_unreachable' })
  })
})

describe('who pays and until when', () => {
  test('a payment that is refused is the answer, and nothing goes out', async () => {
    const calls = recorded(openai)
    extra = () => ({ refuse: refuse('budget_exceeded', { detail: 'Spent.' }) })
    const told = await post(chat())
    expect(errorOf(told)).toEqual([429, 'budget_exceeded'])
    expect(JSON.parse(told.text).error.type).toBe('insufficient_quota')
    expect([told.headers['x-should-retry'], told.headers['retry-after']]).toEqual(['false', undefined])
    expect(calls).toEqual([])
  })

  test('GHSA-724j-f2pf-phf7 who hangs up has been written down, and the provider hears of it', async () => {
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat('gpt', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n')
    const opened = await asked
    await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
    opened.hangUp()
    await upstream.hungUp
    await vi.waitFor(() => expect(lastPaid().finished).toEqual({ status: 499, code: null, isGone: true }))
    expect(lastPaid().events).toEqual(['meter', 'finish'])
  })

  test('GHSA-724j-f2pf-phf7 an answer that only its end prices is read to the end, although nobody listens', async () => {
    const asked: true[] = []
    extra = () => ({
      get readsToTheEnd() {
        asked.push(true)
        return true
      },
    })
    const opening = world.open('/v1/chat/completions', bearer(key.token), chat())
    const upstream = await openai.next()
    upstream.response.writeHead(200, json).write('{"a":')
    const opened = await opening
    opened.hangUp()
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0))
    upstream.response.end('1}')
    await vi.waitFor(() => expect(lastPaid().finished).toEqual({ status: 499, code: null, isGone: true }))
    expect(upstream.response.writableFinished).toBe(true)
  })

  test('a stream that is paid for no further ends with the meter’s last event, and the provider is left', async () => {
    let bytes = 0
    extra = () => ({
      meter: () => ({
        push: (chunk) => {
          bytes += chunk.length
          return chunk
        },
        goesOn: () => (bytes > 20 ? Promise.resolve(false) : true),
        ending: () => ({ problem: refuse('budget_exceeded').problem, event: 'data: {"error":"over"}\n\n' }),
        end: () => Buffer.alloc(0),
      }),
    })
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat('gpt', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n')
    const opened = await asked
    upstream.response.write('data: {"a":2}\n\n')
    const told = await opened.done
    expect(told.text).toBe('data: {"a":1}\n\ndata: {"a":2}\n\ndata: {"error":"over"}\n\n')
    await upstream.hungUp
    expect(lastPaid().finished).toMatchObject({ status: 200, code: 'budget_exceeded', isGone: false })
  })

  test('a meter’s promise holds the answer, and lets it go on', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    extra = () => ({
      meter: () => ({
        push: (chunk) => chunk,
        goesOn: () => promise,
        ending: () => ({ problem: refuse('internal').problem, event: '' }),
        end: () => Buffer.from('!'),
      }),
    })
    const asked = post(chat())
    const upstream = await openai.next()
    upstream.response.writeHead(200, json).write('{"a":1')
    upstream.response.end('}')
    resolve(true)
    expect((await asked).text).toBe('{"a":1}!')
  })

  test('G2 a key that is revoked ends its stream with an error of the dialect', async () => {
    const { record, token } = keys['cut'] as TestKey
    const asked = world.open('/v1/chat/completions', bearer(token), chat('gpt', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n')
    const opened = await asked
    await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
    await world.control.put({ ...record, revision: nextRevision(), state: 'revoked' })
    const { text } = await opened.done
    expect(text).toContain('"code":"key_revoked"')
    await upstream.hungUp
    await vi.waitFor(() => expect(lastPaid().finished).toMatchObject({ code: 'key_revoked', isGone: false }))
  })
})

test('G2 a provider that is another one now, or gone, keeps no stream; what is called next goes to the new one', async () => {
  const moving = provider('moving', base(openai), ['moves'], withKey('sk-the-old-one'))
  const more = [...records().slice(0, 5), moving] as ReturnType<typeof provider>[]
  await world.control.put(moving, offered(...more))
  const stream = async () => {
    const asked = world.open('/v1/chat/completions', bearer(key.token), chat('moves', { stream: true }))
    const upstream = await openai.next()
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n')
    return { opened: await asked, upstream }
  }
  const first = await stream()
  await world.control.put({ ...moving, revision: nextRevision(), ...withKey('sk-the-old-one'), auth: 'api-key' })
  expect((await first.opened.done).text).toContain('"code":"upstream_unreachable"')
  await first.upstream.hungUp
  const second = await stream()
  expect(second.upstream.request.headers['api-key']).toBe('sk-the-old-one')
  await world.control.put({
    kind: 'gone',
    of: 'provider',
    organization: moving.organization,
    id: moving.id,
    revision: nextRevision(),
  })
  expect((await second.opened.done).text).toContain('"code":"provider_not_allowed"')
  expect(errorOf(await post(chat('moves')))).toEqual([403, 'model_not_allowed'])
})

describe('where it goes instead', () => {
  test('D31 a fallback is one that the key may call: the next in order takes the call, and pays anew', async () => {
    recorded(openai, 500)
    const calls = recorded(other)
    const told = await post(chat('falls'))
    expect([told.status, told.headers['ostiary-provider']]).toEqual([200, 'second/shared'])
    expect(calls.map(({ body }) => JSON.parse(String(body)).model)).toEqual(['shared'])
    expect(till.paid.map(({ events }) => events)).toEqual([['undo'], ['meter', 'finish']])
    expect(till.paid.map(({ bill }) => bill.model.id)).toEqual(['falls', 'shared'])
  })

  test('D31 a key that may call no fallback hears what the provider said', async () => {
    recorded(openai, 500, '{"error":{"message":"down"}}')
    const calls = recorded(other)
    const told = await post(chat('falls'), undefined, bearer(keys['some']?.token ?? ''))
    expect([told.status, told.text]).toEqual([500, '{"error":{"message":"down"}}'])
    expect(calls).toEqual([])
  })

  test('no connection, and 429, lead to a fallback; 400 does not', async () => {
    const calls = recorded(other)
    expect((await post(chat('gone'))).headers['ostiary-provider']).toBe('second/gpt-2')
    recorded(openai, 429)
    expect((await post(chat('falls'))).status).toBe(200)
    recorded(openai, 400)
    expect((await post(chat('falls'))).status).toBe(400)
    expect(calls.length).toBe(2)
  })

  test('503 is asked again as often as the provider’s record says, with one payment; 500 is not', async () => {
    const statuses = [503, 529, 200]
    const calls: number[] = []
    other.answerAll(({ response }) => {
      calls.push(1)
      response.writeHead(statuses[calls.length - 1] ?? 500, json).end('{"done":1}')
    })
    expect((await post(chat('tries'))).status).toBe(200)
    expect(calls.length).toBe(3)
    expect(till.paid.length).toBe(1)
    expect((await post(chat('tries'))).status).toBe(500)
    expect(calls.length).toBe(4)
  })
})

describe('what is refused', () => {
  test('D59 each deny has its own code, in the dialect of the path', async () => {
    const off = bearer(keys['off']?.token ?? '')
    expect(errorOf(await post(chat(), undefined, off))).toEqual([403, 'llm_disabled'])
    expect(errorOf(await post(chat('shared')))).toEqual([400, 'model_ambiguous'])
    expect(errorOf(await post(chat('sonnet')))).toEqual([400, 'dialect_mismatch'])
    expect(errorOf(await post(chat('none')))).toEqual([403, 'model_not_allowed'])
    expect(errorOf(await post(chat('first/none')))).toEqual([403, 'model_not_allowed'])
    expect(errorOf(await post(chat('none/gpt')))).toEqual([403, 'provider_not_allowed'])
    expect(errorOf(await post({ messages: [] }))).toEqual([400, 'model_missing'])
    expect(errorOf(await post(chat(), undefined, []))).toEqual([401, 'key_missing'])
    const claude = await post(chat('gpt'), '/anthropic/v1/messages')
    expect(JSON.parse(claude.text)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'dialect_mismatch' },
    })
    expect(claude.headers['request-id']).toBe(claude.headers['x-request-id'])
    expect(till.paid).toEqual([])
  })

  test('D31 what is not for the key answers exactly like what is not there', async () => {
    const plain = async (body: unknown) => {
      const told = await post(body)
      return told.text.replace(/req_\w+/, '')
    }
    expect(await plain(chat('hidden'))).toBe(await plain(chat('nowhere')))
    expect(await plain(chat('secret/hidden'))).toBe(await plain(chat('nobody/hidden')))
    const some = bearer(keys['some']?.token ?? '')
    const [alias, nothing] = [await post(chat('shared'), undefined, some), await post(chat('nothing'), undefined, some)]
    expect(alias.text.replace(/req_\w+/, '')).toBe(nothing.text.replace(/req_\w+/, ''))
    // By its alias it may call what it may call.
    recorded(openai)
    expect((await post(chat('best'), undefined, some)).status).toBe(200)
  })

  test('D31 a model that a tool asks for is decided on like the one that is called', async () => {
    const tools = (model: string) => ({ tools: [{ type: 'advisor_20260301', name: 'advisor', model }] })
    const calls = recorded(openai)
    const some = bearer(keys['some']?.token ?? '')
    expect(errorOf(await post(chat('gpt', tools('shared')), undefined, some))).toEqual([403, 'model_not_allowed'])
    expect(errorOf(await post(chat('gpt', tools('nothing')), undefined, some))).toEqual([403, 'model_not_allowed'])
    expect(errorOf(await post(chat('gpt', { fallbacks: 'default' })))).toEqual([400, 'invalid'])
    expect(calls).toEqual([])
    expect((await post(chat('gpt', tools('shared')))).status).toBe(200)
  })

  test('other methods, unknown paths and bodies that nobody reads', async () => {
    const wrong = await world.ask('/v1/chat/completions', bearer(key.token), undefined, 'GET')
    expect([...errorOf(wrong), wrong.headers['allow']]).toEqual([405, 'method_not_allowed', 'POST, OPTIONS'])
    expect(errorOf(await post({}, '/v1/models'))).toEqual([405, 'method_not_allowed'])
    expect(errorOf(await post({}, '/v1/files'))).toEqual([404, 'not_found'])
    expect(JSON.parse((await post({}, '/anthropic/v1/files')).text).type).toBe('error')
    expect(errorOf(await post(chat(), undefined, [...bearer(key.token), 'content-encoding', 'gzip']))).toEqual([
      415,
      'unsupported_media_type',
    ])
    const absurd = await post(chat('gpt', { n: 1e9 }))
    expect([...errorOf(absurd), JSON.parse(absurd.text).error.param]).toEqual([400, 'invalid', 'n'])
    const large = await post(Buffer.alloc(33 * 1024 * 1024, 0x20)).catch(() => null)
    expect(large === null ? [413, 'too_large'] : errorOf(large)).toEqual([413, 'too_large'])
  })

  test('the log says which model was called, and nothing of what was said', async () => {
    recorded(openai)
    await post(chat('best', { user: 'nobody-reads-this' }))
    const { call } = lastPaid().bill
    expect(call.facts).toMatchObject({
      provider: 'first',
      model: 'gpt',
      method: '/v1/chat/completions',
      project: 'prj_0000000000000001',
    })
    expect(world.lines.join('')).not.toContain('nobody-reads-this')
  })
})

describe('which models there are', () => {
  const list = async (path: string, token = key.token) =>
    (await world.ask(path, bearer(token), undefined, 'GET')) as Told
  test('D31 the list shows what may be called, by the shortest name that leads to it', async () => {
    const told = JSON.parse((await list('/v1/models')).text)
    expect(told.data.map(({ id }: { id: string }) => id)).toEqual([
      'gpt',
      'first/shared',
      'falls',
      'org/with-slash',
      'second/shared',
      'gpt-2',
      'tries',
      'gone',
      'alone',
      'slow',
    ])
    const few = JSON.parse((await list('/v1/models', keys['some']?.token)).text)
    expect(few.data.map(({ id }: { id: string }) => id)).toEqual(['gpt', 'falls'])
    expect(JSON.parse((await list('/anthropic/v1/models')).text)).toMatchObject({
      data: [{ type: 'model', id: 'sonnet' }],
      has_more: false,
    })
    expect(errorOf(await list('/v1/models', keys['off']?.token))).toEqual([403, 'llm_disabled'])
  })

  test('one of them is found by every name, and one that is not for the key is not', async () => {
    expect(JSON.parse((await list('/v1/models/best')).text)).toMatchObject({
      id: 'best',
      object: 'model',
      owned_by: 'first',
    })
    expect(JSON.parse((await list('/v1/models/first%2Fgpt')).text).id).toBe('first/gpt')
    expect(errorOf(await list('/v1/models/hidden'))).toEqual([403, 'model_not_allowed'])
  })

  test('count_tokens goes to the provider and is paid for like a call', async () => {
    const calls = recorded(claude, 200, '{"input_tokens":3}')
    const told = await post({ model: 'sonnet', messages: [] }, '/anthropic/v1/messages/count_tokens')
    expect([told.text, calls[0]?.request.url]).toEqual(['{"input_tokens":3}', '/v1/messages/count_tokens'])
    expect(lastPaid().bill.request.route).toBe('count-tokens')
  })
})
