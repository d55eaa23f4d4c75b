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

test.each([
  [['providers', 'add', 'a', '--dialect', 'openai'], "Required option '--url <url>' not specified."],
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
