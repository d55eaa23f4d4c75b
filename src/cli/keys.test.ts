import { describe, expect, test } from 'vitest'
import { type Answers, cliRig, effect, inForce, problem, sentenceOf } from '../../test/cli-rig.ts'

const [github, files] = ['srv_AAAAAAAAAAAAAAAA', 'srv_BBBBBBBBBBBBBBBB']
const key = {
  id: 'key_AAAAAAAAAAAAAAAA',
  name: 'ci',
  preview: 'ostk_AAAAAAAAAAAAAAAA',
  status: 'active',
  owner: { type: 'team', id: 'team_1', name: 'Platform' },
  projects: ['prj_1'],
  mixedEnvironments: null,
  mcp: {
    enabled: true,
    servers: { mode: 'only', items: [github, files] },
    tools: { [github]: { mode: 'only', items: ['search'] }, [files]: { mode: 'none' } },
    toolsDefault: { mode: 'all' },
  },
  llm: { enabled: true, providers: { mode: 'only', items: ['prv_1'] }, models: { mode: 'only', items: ['small'] } },
  gateways: { mode: 'all' },
  addresses: { mode: 'any' },
  expiresAt: null,
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 3,
}
const refs = {
  [github]: { slug: 'github', name: 'GitHub' },
  [files]: { slug: 'files', name: 'files' },
  prj_1: { slug: 'shop', name: 'Shop' },
  prv_1: { slug: 'openai', name: 'OpenAI' },
}
const secret = `ostk_${'A'.repeat(16)}_${'s'.repeat(49)}`
const server = (id: string, slug: string) => ({
  server: { id, slug, state: 'ready', transport: { type: 'http', url: 'https://x/' } },
})
const rig = (more: Answers = {}) =>
  cliRig({
    ...more,
    'POST /keys': { key, secret, refs },
    'GET /keys': { items: [key], nextCursor: null, refs },
    'GET /keys/:id': () => ({ body: { key, refs }, etag: '"key-3"' }),
    'PATCH /keys/:id': { key, refs, effect },
    'DELETE /keys/:id': { key: { ...key, status: 'revoked' }, refs, effect },
    'GET /servers/github': server(github, 'github'),
    'GET /servers/files': server(files, 'files'),
    'GET /servers/mail': server('srv_CCCCCCCCCCCCCCCC', 'mail'),
    // Again, so that it comes first and counts.
    ...more,
  })

describe('a new key', () => {
  const [all, none] = [{ mode: 'all' }, { mode: 'none' }]
  test.each([
    [['--projects', 'shop, ops'], { projects: ['shop', 'ops'] }],
    [['--projects', 'none'], { projects: [] }],
    [['--team', 'platform'], { owner: { type: 'team', id: 'platform' } }],
    [['--app', 'triage'], { owner: { type: 'app', id: 'triage' } }],
    [['--except-servers', 'mail'], { mcp: { servers: { mode: 'except', items: ['mail'] } } }],
    [
      ['--servers', 'all', '--tools', 'github=search,read', '--tools', 'files=none', '--tools-default', 'none'],
      {
        mcp: {
          servers: all,
          tools: { github: { mode: 'only', items: ['search', 'read'] }, files: none },
          toolsDefault: none,
        },
      },
    ],
    [['--providers', 'openai'], { llm: { providers: { mode: 'only', items: ['openai'] } } }],
    [
      ['--providers', 'all', '--models', 'small'],
      { llm: { providers: all, models: { mode: 'only', items: ['small'] } } },
    ],
    [['--gateways', 'edge'], { gateways: { mode: 'only', items: ['edge'] } }],
    [['--addresses', 'any'], { addresses: { mode: 'any' } }],
    [['--mixed-environments-reason', 'a migration'], { mixedEnvironments: 'a migration' }],
    [['--all-servers-reason', 'it watches them'], { allServersReason: 'it watches them' }],
  ])('A02 B15 %j is granted that and nothing else', async (flags, body) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('keys', 'create', 'ci', ...flags)).code).toBe(0)
    expect(changes()[0]?.body).toEqual({ name: 'ci', ...body })
  })

  test('is shown with all of its rights, by name', async () => {
    const { ostiary } = rig()
    const { out } = await ostiary('keys', 'get', key.id)
    for (const line of [
      /^owner +team Platform$/m,
      /^projects +shop$/m,
      /^servers +only github,files$/m,
      /^tools +github: only search; files: none$/m,
      /^providers +only openai$/m,
      /^models +only small$/m,
    ])
      expect(out).toMatch(line)
  })
})

describe('a change of a key', () => {
  const { mcp, llm } = key
  test.each([
    [['--name', 'other', '--expires', '90d'], { name: 'other', expiresIn: '90d' }],
    [['--projects', 'none'], { projects: [] }],
    [['--mixed-environments-reason', 'none'], { mixedEnvironments: null }],
    [['--all-servers-reason', 'none'], { allServersReason: null }],
    [['--addresses', '10.0.0.0/8'], { addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } }],
  ])('A26 %j is sent alone, without reading the key', async (flags, body) => {
    const { ostiary, sent } = rig()
    const ran = await ostiary('keys', 'update', key.id, ...flags)
    expect(ran).toMatchObject({ code: 0, err: inForce('in effect') })
    expect(sent[0]).toMatchObject({ method: 'PATCH', path: `/keys/${key.id}`, body, ifMatch: null })
    expect(sent[0]?.body).toEqual(body)
  })

  test.each([
    [
      ['--tools', 'files=read'],
      { mcp: { ...mcp, tools: { ...mcp.tools, [files]: { mode: 'only', items: ['read'] } } } },
    ],
    [['--tools-default', 'none'], { mcp: { ...mcp, toolsDefault: { mode: 'none' } } }],
    [['--models', 'all'], { llm: { ...llm, models: { mode: 'all' } } }],
    [['--providers', 'none'], { llm: { ...llm, providers: { mode: 'none' } } }],
    [['--servers', 'all'], { mcp: { ...mcp, servers: { mode: 'all' } } }],
    [
      ['--except-servers', 'files'],
      {
        mcp: {
          ...mcp,
          servers: { mode: 'except', items: ['files'] },
          tools: { [github]: mcp.tools[github] },
        },
      },
    ],
    [
      ['--servers', 'github,mail'],
      {
        mcp: {
          ...mcp,
          servers: { mode: 'only', items: [github, 'srv_CCCCCCCCCCCCCCCC'] },
          tools: { [github]: mcp.tools[github] },
        },
      },
    ],
    [['--servers', 'none'], { mcp: { ...mcp, servers: { mode: 'none' }, tools: {} } }],
  ])('%j leaves the rest of its field as it was, against the state that was read', async (flags, body) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('keys', 'update', key.id, ...flags)).code).toBe(0)
    expect(changes()).toMatchObject([{ method: 'PATCH', ifMatch: '"key-3"' }])
    expect(changes()[0]?.body).toEqual(body)
  })

  test('G8 a server that is named by a former slug keeps its list of tools', async () => {
    const { ostiary, changes } = rig({ 'GET /servers/old-github': server(github, 'github') })
    await ostiary('keys', 'update', key.id, '--servers', 'old-github')
    expect(changes()[0]?.body).toEqual({
      mcp: { ...mcp, servers: { mode: 'only', items: [github] }, tools: { [github]: mcp.tools[github] } },
    })
  })

  test('who may not read servers names those of his catalog, and no other word is guessed', async () => {
    const pages: Answers = {
      'GET /servers/:id': () => problem(403, 'not_permitted'),
      'GET /me/catalog': ({ path }) => ({
        body: path.includes('cursor')
          ? { items: [{ id: files, slug: 'files' }], nextCursor: null }
          : { items: [{ id: github, slug: 'github' }], nextCursor: 'c' },
      }),
    }
    const { ostiary, changes } = rig(pages)
    await ostiary('keys', 'update', key.id, '--servers', 'files')
    expect(changes()[0]?.body).toMatchObject({ mcp: { servers: { mode: 'only', items: [files] } } })
    const unknown = await ostiary('keys', 'update', key.id, '--servers', 'old-github')
    expect(sentenceOf(unknown)).toEqual([
      2,
      '',
      '--servers: "old-github" is not in your catalog under this name; ostiary catalog shows the names.',
    ])
    expect(changes()).toHaveLength(1)
  })

  test('what was switched off has to be switched on by naming what it may call', async () => {
    const off = {
      ...key,
      mcp: { enabled: false, servers: { mode: 'none' }, tools: {}, toolsDefault: { mode: 'all' } },
      llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'none' } },
    }
    const { ostiary, changes } = rig({ 'GET /keys/:id': { key: off, refs } })
    expect(sentenceOf(await ostiary('keys', 'update', key.id, '--tools-default', 'all'))[2]).toMatch(/^--tools and/)
    expect(sentenceOf(await ostiary('keys', 'update', key.id, '--models', 'all'))[2]).toMatch(/^--models needs/)
    await ostiary('keys', 'update', key.id, '--providers', 'openai', '--servers', 'github')
    expect(changes().map(({ body }) => body)).toEqual([
      {
        mcp: { servers: { mode: 'only', items: ['github'] } },
        llm: { providers: { mode: 'only', items: ['openai'] } },
      },
    ])
  })

  test('is refused when the key is another by now than the ETag says', async () => {
    const { ostiary, changes } = rig({ 'PATCH /keys/:id': () => problem(412, 'stale') })
    const ran = await ostiary('keys', 'update', key.id, '--name', 'x', '--if-match', '"key-2"')
    expect([ran.code, changes()[0]?.ifMatch]).toEqual([5, '"key-2"'])
  })
})

test('keys are listed by owner, project and status', async () => {
  const { ostiary, sent } = rig({ 'GET /members': { items: [{ id: 'mem_1', email: 'ada@example.com' }] } })
  await ostiary('keys', 'list', '--mine', '--project', 'shop', '--status', 'active')
  await ostiary('keys', 'list', '--owner', 'ada@example.com')
  expect(sent.map(({ path }) => path)).toEqual([
    '/keys?status=active&project=shop&owner=me',
    '/members?search=ada%40example.com',
    '/keys?owner=mem_1',
  ])
})

test('a key is deleted, and refused at once', async () => {
  const { ostiary, changes } = rig()
  const ran = await ostiary('keys', 'delete', key.id)
  expect(changes()).toMatchObject([{ method: 'DELETE', path: `/keys/${key.id}` }])
  expect(ran).toEqual({ code: 0, out: `${key.id} (ci) is deleted\n`, err: inForce('refused') })
})

const needsServers = '--tools and --tools-default need --servers: the MCP servers that the key may call.'
test.each([
  [['create', 'x', '--projects', ''], '--projects must be slugs or ids by comma, or none.'],
  [
    ['create', 'x', '--servers', 'a', '--except-servers', 'b'],
    '--servers and --except-servers are both given; keep one.',
  ],
  [
    ['create', 'x', '--except-servers', ' '],
    '--except-servers must be a list of slugs by comma; --servers all excepts none.',
  ],
  [['create', 'x', '--tools', 'a=b'], needsServers],
  [['create', 'x', '--tools-default', 'all'], needsServers],
  [
    ['create', 'x', '--servers', 'all', '--tools', '=b'],
    '--tools must be <server>=all, none or names of tools by comma, not "=b".',
  ],
  [['create', 'x', '--models', 'a'], '--models needs --providers: the LLM providers that the key may call.'],
  [['create', 'x', '--providers', ''], '--providers must be all, none, or a list of slugs by comma (all|none|list).'],
  [
    ['create', 'x', '--providers', 'a', '--models', ''],
    '--models must be all, none, or a list of models by comma (all|none|list).',
  ],
  [['create', 'x', '--gateways', ','], '--gateways must be all, none, or a list of names by comma (all|none|list).'],
  [['create', 'x', '--team', 'a', '--app', 'b'], '--team and --app are given; there is one owner: keep one.'],
  [['create', 'x', '--all-servers-reason', ''], '--all-servers-reason must be 1 to 2000 visible characters.'],
  [
    ['create', 'x', '--mixed-environments-reason', ''],
    '--mixed-environments-reason must be 1 to 2000 visible characters.',
  ],
  [['update', 'key_1'], 'Nothing to change was given; --help names what can be.'],
  [['update', 'key_1', '--name', ''], '--name must be 1 to 120 visible characters.'],
  [['list', '--project', ''], '--project must be the slug or id of a project.'],
])('2 and one sentence without a call: keys %j', async (args, sentence) => {
  const { ostiary, sent } = rig()
  expect(sentenceOf(await ostiary('keys', ...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})
