import { describe, expect, test } from 'vitest'
import { cliRig, effect, inForce, sentenceOf } from '../../test/cli-rig.ts'

const provider = {
  id: 'prv_AAAAAAAAAAAAAAAA',
  slug: 'openai',
  name: 'OpenAI',
  project: 'prj_1',
  dialect: 'openai',
  baseUrl: 'https://llm.example.com/v1',
  credential: { id: 'crd_1' },
  models: [{ id: 'small', aliases: ['s'], price: { inputPerMillion: '1', outputPerMillion: '2' } }, { id: 'large' }],
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 2,
}
const refs = { prj_1: { slug: 'default', name: 'Default' } }
const secret = 'sk-upstream-secret'
const rig = () =>
  cliRig(
    {
      'POST /providers': { provider, refs },
      'GET /providers': { items: [provider], nextCursor: null, refs },
      'GET /providers/:id': () => ({ body: { provider, refs }, etag: '"prv-2"' }),
      'PATCH /providers/:id': { provider, refs, effect },
      'DELETE /providers/:id': { provider, refs, effect },
    },
    { stdin: async () => `${secret}\n` },
  )
const add = ['providers', 'add', 'openai', '--url', 'https://llm.example.com/v1', '--dialect', 'openai']

test('G6 a provider is added with a credential from a file, stdin or a variable, and it is shown nowhere', async () => {
  const { ostiary, changes } = rig()
  const more = ['--name', 'OpenAI', '--project', 'default', '--models', 'small, large', '--catalogs', 'none']
  const ran = await ostiary(...add, ...more, '--credential-file', '-')
  expect(changes()[0]?.body).toEqual({
    slug: 'openai',
    name: 'OpenAI',
    project: 'default',
    dialect: 'openai',
    baseUrl: 'https://llm.example.com/v1',
    credential: { value: secret },
    models: [{ id: 'small' }, { id: 'large' }],
    catalogs: [],
  })
  expect(ran.out).toMatch(/^project +default$/m)
  expect(ran.out).toMatch(/^models +small \(s\), large$/m)
  expect(`${ran.out}${ran.err}`).not.toContain(secret)
})

test('providers are listed, shown and removed', async () => {
  const { ostiary } = rig()
  expect((await ostiary('providers', 'list')).out).toMatch(/^openai +openai +2 +https:\/\/llm\.example\.com\/v1$/m)
  expect((await ostiary('providers', 'get', 'openai')).out).toMatch(/^credential +set$/m)
  expect(await ostiary('providers', 'remove', 'openai')).toEqual({
    code: 0,
    out: 'openai is removed\n',
    err: inForce('in effect'),
  })
})

describe('a change of a provider', () => {
  test.each([
    [['--name', 'O', '--slug', 'o'], { name: 'O', slug: 'o' }, null],
    [
      ['--url', 'https://b.example', '--credential-file', '-'],
      { baseUrl: 'https://b.example', credential: { value: secret } },
      null,
    ],
    [['--no-credential'], { credential: null }, null],
    [['--models', 'none'], { models: [] }, '"prv-2"'],
  ])('%j sends that alone', async (flags, body, ifMatch) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('providers', 'update', 'openai', ...flags)).code).toBe(0)
    expect(changes()).toMatchObject([{ method: 'PATCH', path: '/providers/openai', ifMatch }])
    expect(changes()[0]?.body).toEqual(body)
  })

  test('leaves aliases and price to the models that stay', async () => {
    const { ostiary, changes } = rig()
    await ostiary('providers', 'update', 'openai', '--models', 'small,new')
    expect(changes()[0]?.body).toEqual({ models: [provider.models[0], { id: 'new' }] })
  })
})

test('a preset needs neither address nor dialect', async () => {
  const { ostiary, changes } = rig()
  const ways = ['--auth', 'api-key', '--retries', '0', '--answer-timeout', '30']
  expect((await ostiary('providers', 'add', 'openai', '--preset', 'openai', ...ways)).code).toBe(0)
  expect(changes()[0]?.body).toMatchObject({
    slug: 'openai',
    preset: 'openai',
    auth: 'api-key',
    retries: 0,
    timeouts: { answerSeconds: 30 },
  })
})

describe('a model of a provider', () => {
  const set = async (...flags: string[]) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('providers', 'set-model', 'openai', ...flags)).code).toBe(0)
    const [change] = changes()
    return (change?.body as { models: object[] } | undefined)?.models ?? []
  }

  test('gets a price and keeps what else is known of it', async () => {
    const price = ['--input', '3', '--output', '4', '--cached-input', '1']
    expect(await set('small', ...price, '--thinks', 'no', '--max-output', '99')).toEqual([
      {
        id: 'small',
        aliases: ['s'],
        price: { inputPerMillion: '3', outputPerMillion: '4', cachedInputPerMillion: '1' },
        reasoning: false,
        maxOutputTokens: 99,
      },
      { id: 'large' },
    ])
    expect(await set('small', '--no-price', '--aliases', 'none')).toEqual([
      { id: 'small', aliases: [] },
      { id: 'large' },
    ])
  })

  test('is added where it was not there, and a later price stands beside the one before', async () => {
    expect(await set('new', '--fallbacks', 'azure/new')).toMatchObject([
      {},
      {},
      { id: 'new', fallbacks: ['azure/new'] },
    ])
    const from = '2027-01-01T00:00:00Z'
    const [small] = await set('small', '--input', '3', '--output', '4', '--from', from)
    expect(small).toMatchObject({
      prices: [
        { inputPerMillion: '1', outputPerMillion: '2' },
        { from, inputPerMillion: '3', outputPerMillion: '4' },
      ],
    })
    expect(small).not.toHaveProperty('price')
  })
})

test('models are shown with their prices, and a look says how the provider answers', async () => {
  const price = { inputPerMillion: '1', outputPerMillion: '2', source: 'organization', from: null }
  const unknown = { id: 'large', price: null, contextTokens: null, reasoning: null }
  const { ostiary } = cliRig({
    'GET /providers/:id/models': { items: [{ id: 'small', price, contextTokens: 10, reasoning: false }, unknown] },
    'POST /providers/:id/test': {
      provider,
      results: [{ from: 'control', state: 'refused', status: 401, lastError: 'no', models: null, missing: [] }],
    },
  })
  const { out } = await ostiary('providers', 'models', 'openai')
  expect(out).toMatch(/^small +1 +2 +always +organization +10 +no$/m)
  expect(out).toMatch(/^large +- +- +- +unknown +- +unknown$/m)
  const looked = await ostiary('providers', 'test', 'openai', '--wait', '2')
  expect(looked).toMatchObject({ code: 1, out: expect.stringMatching(/^control +refused +- +no$/m) })
})

test.each([
  [['providers', 'add', 'a', '--dialect', 'openai'], 'Give --preset, or --url and --dialect.'],
  [[...add, '--retries', '6'], '--retries must be a whole number from 0 to 5.'],
  [[...add, '--retries', 'x'], '--retries must be a whole number from 0 to 5.'],
  [[...add, '--auth', 'basic'], '--auth must be one of bearer, x-api-key, api-key, not "basic".'],
  [[...add, '--answer-timeout', '0'], '--answer-timeout must be a whole number of seconds from 1 to 3600.'],
  [['providers', 'test', 'a', '--wait', '40'], '--wait must be a number of seconds from 0 to 30, not "40".'],
  [['providers', 'set-model', 'a', 'm'], 'Nothing to change was given; --help names what can be.'],
  [['providers', 'set-model', 'a', 'm', '--input', '1'], '--input and --output go together.'],
  [['providers', 'set-model', 'a', 'm', '--per-call', '1'], 'A price needs --input and --output.'],
  [
    ['providers', 'set-model', 'a', 'm', '--input', 'x', '--output', '1'],
    '--input must be an amount in USD such as 2.50.',
  ],
  [
    ['providers', 'set-model', 'a', 'm', '--input', '1', '--output', '1', '--from', 'soon'],
    '--from must be a time in UTC like 2027-01-31T00:00:00Z.',
  ],
  [
    ['providers', 'set-model', 'a', 'm', '--no-price', '--input', '1', '--output', '1'],
    '--no-price takes the price away; it does not go with a new one.',
  ],
  [
    ['providers', 'set-model', 'a', 'm', '--fallbacks', 'm'],
    '--fallbacks must be up to 5 of provider/model by comma, or none.',
  ],
  [
    ['providers', 'add', 'a', '--url', 'ftp://me:hunter2@x', '--dialect', 'openai'],
    '--url must be an address that begins with http:// or https://.',
  ],
  [
    ['providers', 'add', 'a', '--url', 'https://x', '--dialect', 'other'],
    '--dialect must be openai or anthropic, not "other".',
  ],
  [[...add, '--models', ','], '--models must be ids of models by comma, or none.'],
  [[...add, '--catalogs', ''], '--catalogs must be slugs or ids by comma, or none.'],
  [
    [...add, '--credential-file', 'a', '--credential-env', 'B'],
    '--credential-file and --credential-env are both given; keep one.',
  ],
  [[...add, '--credential-env', 'NOT_SET'], 'The credential is empty or cannot be read (NOT_SET).'],
  [['providers', 'update', 'a'], 'Nothing to change was given; --help names what can be.'],
  [
    ['providers', 'update', 'a', '--no-credential', '--credential-file', '-'],
    '--no-credential takes it away; it does not go with a new one.',
  ],
])('2 and one sentence without a call: %j', async (args, sentence) => {
  const { ostiary, sent } = rig()
  expect(sentenceOf(await ostiary(...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})

test('a server joins the catalogs that were named, or none', async () => {
  const server = { id: 'srv_1', slug: 'x', state: 'ready', transport: { type: 'http', url: 'https://x/' } }
  const { ostiary, sent } = cliRig({ 'POST /servers': { server } })
  await ostiary('servers', 'add', 'x', '--url', 'https://x/', '--catalogs', 'research, ops')
  await ostiary('servers', 'add', 'x', '--url', 'https://x/', '--catalogs', 'none')
  expect(sent.map(({ body }) => body)).toMatchObject([{ catalogs: ['research', 'ops'] }, { catalogs: [] }])
  const wrong = await ostiary('servers', 'add', 'x', '--url', 'https://x/', '--catalogs', '')
  expect(sentenceOf(wrong)).toEqual([2, '', '--catalogs must be slugs or ids by comma, or none.'])
})
