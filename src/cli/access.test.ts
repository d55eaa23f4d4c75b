import { describe, expect, test } from 'vitest'
import { cliRig, sentenceOf } from '../../test/cli-rig.ts'

const refs = { srv_1: { slug: 'github', name: 'GitHub' }, prv_1: { slug: 'openai', name: 'OpenAI' } }

describe('explain', () => {
  const yes = {
    allowed: true,
    code: null,
    rule: null,
    revision: null,
    reason: null,
    duties: [],
    trace: [{ check: 'state', passed: true, code: null, rule: null, revision: null }],
  }
  const no = {
    ...yes,
    allowed: false,
    code: 'tool_not_allowed',
    rule: 'key.mcp.tools',
    reason: 'The key ci may not call delete.\u001b[2J',
    trace: [
      ...yes.trace,
      { check: 'tools', passed: false, code: 'tool_not_allowed', rule: 'key.mcp.tools', revision: 3 },
    ],
  }

  test('a yes ends with 0', async () => {
    const { ostiary, sent } = cliRig({ 'POST /access/explain': yes })
    const ran = await ostiary('explain', '--key', 'key_1', '--server', 'github', '--tool', 'search')
    expect(sent[0]?.body).toEqual({ key: 'key_1', call: { kind: 'mcp', server: 'github', tool: 'search' } })
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toMatch(/^allowed +yes\n\nCHECK +CODE +RULE\nstate +✓ +- +-$/m)
    expect((await ostiary('explain', '--key', 'key_1', '--server', 'github', '-q')).out).toBe('yes\n')
  })

  test('a no ends with 3, and names code, rule, reason and every check', async () => {
    const { ostiary, sent } = cliRig({ 'POST /access/explain': no })
    const call = ['--model', 'small', '--provider', 'openai']
    const when = ['--address', '10.0.0.1', '--gateway', 'edge', '--at', '2027-01-31T00:00:00Z']
    const ran = await ostiary('explain', '--key', 'key_1', ...call, ...when)
    expect(sent[0]?.body).toEqual({
      key: 'key_1',
      call: { kind: 'llm', provider: 'openai', model: 'small' },
      address: '10.0.0.1',
      gateway: 'edge',
      at: '2027-01-31T00:00:00Z',
    })
    expect(ran.code).toBe(3)
    expect(ran.out).toMatch(
      /^code +tool_not_allowed\nrule +key\.mcp\.tools\nreason +The key ci may not call delete\. \[2J$/m,
    )
    expect(ran.out).toMatch(/^tools +✗ +tool_not_allowed +key\.mcp\.tools$/m)
    expect(await ostiary('explain', '--key', 'k', '--server', 'x', '-q')).toEqual({ code: 3, out: 'no\n', err: '' })
    const json = await ostiary('explain', '--key', 'k', '--server', 'x', '--json')
    expect([json.code, JSON.parse(json.out)]).toEqual([3, no])
  })

  test.each([
    [['--server', 'x'], 'Give --key, or --child: who would make the call.'],
    [['--key', 'k'], 'Give either --server (with --tool) or --model (with --provider): the call that it is about.'],
    [
      ['--key', 'k', '--server', 'a', '--model', 'b'],
      'Give either --server (with --tool) or --model (with --provider): the call that it is about.',
    ],
    [['--key', 'k', '--model', 'a', '--tool', 'b'], '--tool and --method belong to a --server; a --model has none.'],
    [['--key', 'k', '--server', 'a', '--provider', 'b'], '--provider belongs to a --model.'],
    [
      ['--key', 'k', '--server', ''],
      '--server, --tool, --method, --model and --provider are names of 1 to 128 characters.',
    ],
    [
      ['--key', 'k', '--server', 'a', '--at', 'now'],
      '--at must be a time in UTC like 2027-01-31T00:00:00Z, not "now".',
    ],
  ])('2 and one sentence without a call: %j', async (args, sentence) => {
    const { ostiary, sent } = cliRig({})
    expect(sentenceOf(await ostiary('explain', ...args))).toEqual([2, '', sentence])
    expect(sent).toEqual([])
  })
})

test('what a key may call now is listed by server with its tools', async () => {
  const access = {
    items: [
      { server: 'srv_1', state: 'ready', tools: { mode: 'all' }, toolNames: ['search', 'read'] },
      { server: 'srv_2', state: 'starting', tools: { mode: 'only', items: ['echo'] }, toolNames: null },
    ],
    providers: [{ provider: 'prv_1', models: ['small'] }],
    nothing: null,
    refs,
  }
  const { ostiary, sent } = cliRig({ 'GET /keys/:id/access': access })
  const ran = await ostiary('keys', 'access', 'key_1')
  expect(sent[0]?.path).toBe('/keys/key_1/access')
  expect(ran.out).toMatch(/^github +ready +search, read$/m)
  expect(ran.out).toMatch(/^srv_2 +starting +only echo$/m)
  expect(ran.out).toMatch(/^openai +small$/m)
  expect((await ostiary('keys', 'access', 'key_1', '-q')).out).toBe('srv_1\nsrv_2\n')
  expect(JSON.parse((await ostiary('keys', 'access', 'key_1', '--json')).out)).toEqual(access)
})

test('a key that may call nothing says why', async () => {
  const nothing = { code: 'key_inactive', rule: 'key.owner', reason: 'Nobody stands behind the key ci any more.' }
  const { ostiary } = cliRig({ 'GET /keys/:id/access': { items: [], providers: [], nothing, refs: {} } })
  expect(await ostiary('keys', 'access', 'key_1')).toEqual({
    code: 0,
    out: 'SERVER  STATE  TOOLS\n',
    err: 'Nobody stands behind the key ci any more.\n',
  })
  expect((await ostiary('keys', 'access', 'key_1', '-q')).out).toBe('')
})

test('the catalog shows what whoever asks may use, and whom to ask', async () => {
  const mine = {
    items: [
      {
        ...{ id: 'srv_1', slug: 'github', name: 'GitHub', project: 'prj_1', state: 'ready', catalogs: ['cat_1'] },
        ...{ tools: [{ name: 'search' }], owner: { id: 'mem_1', name: 'Ada' } },
      },
      {
        ...{ id: 'srv_2', slug: 'files', name: 'files', project: 'prj_1', state: 'starting', catalogs: ['cat_1'] },
        ...{ tools: null, owner: null },
      },
    ],
    providers: [
      {
        id: 'prv_1',
        slug: 'openai',
        name: 'OpenAI',
        project: 'prj_1',
        models: [{ id: 'small' }],
        owner: null,
        catalogs: [],
      },
    ],
    nextCursor: 'c2',
    total: 9,
    refs: {},
  }
  const { ostiary, sent } = cliRig({ 'GET /me/catalog': mine })
  const ran = await ostiary('catalog', '--limit', '2')
  expect(sent[0]?.path).toBe('/me/catalog?limit=2')
  expect(ran.out).toMatch(/^github +ready +Ada +search$/m)
  expect(ran.out).toMatch(/^files +starting +- +-$/m)
  expect(ran.out).toMatch(/^openai +small$/m)
  expect(ran.err).toBe('More: --cursor c2\n')
  expect((await ostiary('catalog', '-q')).out).toBe('srv_1\nsrv_2\nprv_1\n')
  expect(JSON.parse((await ostiary('catalog', '--json')).out)).toEqual(mine)
})
