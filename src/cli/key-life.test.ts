import { describe, expect, test } from 'vitest'
import { type Answers, cliRig, effect, inForce, problem, sentenceOf } from '../../test/cli-rig.ts'

const key = {
  id: 'key_AAAAAAAAAAAAAAAA',
  name: 'ci',
  preview: 'ostk_AAAAAAAAAAAAAAAA',
  status: 'active',
  mcp: { enabled: true, servers: { mode: 'all' }, tools: {} },
  expiresAt: null,
  createdAt: '2026-11-20T00:00:00.000Z',
  requests: 12,
  share: 3.5,
  lastUsedAt: '2026-11-20T01:00:00.000Z',
}
const refs = {}
const secret = `ostk_${'A'.repeat(16)}_${'s'.repeat(49)}`
const link = 'http://control.test/claim#abc'
const laggard = {
  version: 1,
  client: 'cursor 1.2',
  address: '10.0.0.7',
  lastSeenAt: '2026-11-20T00:59:00.000Z',
  requests: 4,
}
const ada = 'mem_AAAAAAAAAAAAAAAA'
const rig = (more: Answers = {}, terminal: Parameters<typeof cliRig>[1] = {}) =>
  cliRig(
    {
      'GET /members': { items: [{ id: ada, email: 'ada@example.com' }] },
      'GET /key-templates': {
        items: [{ id: 'ci', name: 'CI', description: 'Jobs', key: { expiresIn: '90d', tags: ['ci'] } }],
      },
      'POST /keys': { key, secret, refs },
      'POST /keys/:id/suspend': { key: { ...key, status: 'inactive' }, refs, effect },
      'POST /keys/:id/resume': { key, refs, effect },
      'POST /keys/:id/rotate': {
        key,
        secret,
        refs,
        previous: { version: 1, validUntil: '2026-11-21T00:00:00.000Z' },
        clients: [laggard],
        effect,
      },
      'GET /keys/:id/rotation': {
        rotation: { id: 'rot_1', mode: 'grace', state: 'draining' },
        versions: [
          {
            version: 1,
            createdAt: key.createdAt,
            lastUsedAt: laggard.lastSeenAt,
            validUntil: '2026-11-21T00:00:00.000Z',
            clients: [laggard],
          },
          { version: 2, createdAt: key.createdAt, lastUsedAt: null, validUntil: null, clients: [] },
        ],
      },
      'POST /keys/:id/rotation/finish': { key, refs, effect },
      'POST /keys/:id/rotation/undo': { key, refs, effect },
      'GET /keys/:id/clients': { items: [laggard] },
      'POST /keys/:id/duplicate': { key: { ...key, name: 'Copy of ci' }, secret, refs },
      'POST /keys/:id/replacement': { key, secret, refs },
      'POST /keys/:id/claim': { key, claim: { url: link, expiresAt: '2026-11-27T00:00:00.000Z' }, refs },
      'POST /claims': { key, secret, refs },
      ...more,
    },
    terminal,
  )
const once = 'Keep the secret now: it is shown this once.\n'

describe('a new key', () => {
  test('D61 for somebody else is a link, not a secret', async () => {
    const claim = { url: link, expiresAt: '2026-11-27T00:00:00.000Z' }
    const { ostiary, changes } = rig({ 'POST /keys': { key, claim, refs } })
    const ran = await ostiary('keys', 'create', 'ci', '--owner', 'ada@example.com', '--servers', 'all')
    expect(changes()[0]?.body).toMatchObject({ owner: { type: 'member', id: ada } })
    expect(ran.out).toMatch(/^link +http:\/\/control\.test\/claim#abc$/m)
    expect(ran.err).toBe('Give the link to the owner: it shows the secret once, to nobody else.\n')
  })

  test('begins with a template, and what is said beside it counts more', async () => {
    const { ostiary, changes } = rig()
    await ostiary('keys', 'create', 'ci', '--template', 'ci', '--servers', 'all')
    expect(changes()[0]?.body).toMatchObject({ name: 'ci', expiresIn: '90d', tags: ['ci'] })
    await ostiary('keys', 'create', 'ci', '--template', 'ci', '--tags', 'nightly, build')
    expect(changes()[1]?.body).toMatchObject({ tags: ['nightly', 'build'] })
    const unknown = await ostiary('keys', 'create', 'ci', '--template', 'cl')
    expect([unknown.code, unknown.err]).toEqual([4, 'ostiary: There is no template "cl": ci. (not_found)\n'])
    expect((await ostiary('keys', 'templates', '-q')).out).toBe('ci\n')
  })

  test('D28 D29 may be a token that ends by itself, and C13 one for clients that take an address', async () => {
    const token = { access_token: 'oste_a.b.c', token_type: 'Bearer', expires_in: 60, child: { id: 'chd_1' } }
    const url = `http://gateway.test/mcp/${secret}`
    const { ostiary, changes } = rig({
      'POST /keys': ({ body }) =>
        JSON.stringify(body).includes('ephemeral')
          ? { status: 201, body: { key, refs, ...token } }
          : { status: 201, body: { key, secret, url, refs } },
    })
    expect((await ostiary('keys', 'create', 'ci', '--ephemeral', '60', '-q')).out).toBe('oste_a.b.c\n')
    await ostiary('keys', 'create', 'ci', '--ephemeral')
    expect(changes().map(({ body }) => body)).toMatchObject([{ ephemeral: { ttlSeconds: 60 } }, { ephemeral: {} }])
    const ran = await ostiary('keys', 'create', 'ci', '--url', '--pin-network', 'yes', '-q')
    expect([ran.out, changes()[2]?.body]).toMatchObject([`${url}\n`, { kind: 'url', pinNetwork: true }])
  })

  test.each([
    [['--metadata', '{'], '--metadata must be a JSON object, like {"team":"payments"}.'],
    [['--metadata', '[]'], '--metadata must be a JSON object, like {"team":"payments"}.'],
    [['--tags', 'a b'], '--tags must be up to 32 tags by comma, each of letters, digits and . _ : / -, or none.'],
    [['--rotate-every', '0'], '--rotate-every must be a whole number of days from 1 to 365, or never.'],
    [['--deliver-to', 'whk_1'], '--deliver-to needs --rotate-every: after how many days.'],
    [['--ephemeral', '0'], '--ephemeral must be a whole number of seconds from 1 to 86400.'],
    [['--pin-network', 'maybe'], '--pin-network must be yes or no, not "maybe".'],
  ])('with %j is refused before anything is sent', async (args, sentence) => {
    const { ostiary, changes } = rig()
    expect(sentenceOf(await ostiary('keys', 'create', 'ci', ...args))).toEqual([2, '', sentence])
    expect(changes()).toEqual([])
  })
})

test('D55 D56 a key is switched off and on, also by the words of the dashboard', async () => {
  const { ostiary, changes } = rig()
  const off = await ostiary('keys', 'suspend', key.id, '--reason', 'holiday')
  expect(off).toEqual({
    code: 0,
    out: `${key.id} (ci) is inactive\n`,
    err: `${inForce('refused')}ostiary keys resume takes it back.\n`,
  })
  expect(changes()[0]).toMatchObject({ path: `/keys/${key.id}/suspend`, body: { reason: 'holiday' } })
  await ostiary('keys', 'deactivate', key.id)
  await ostiary('keys', 'activate', key.id)
  await ostiary('keys', 'resume', key.id)
  expect(changes().map(({ path }) => path.split('/').at(-1))).toEqual(['suspend', 'suspend', 'resume', 'resume'])
  const revoked = rig({ 'POST /keys/:id/resume': () => problem(409, 'key_is_revoked') })
  expect((await revoked.ostiary('keys', 'activate', key.id)).code).toBe(5)
})

describe('a rotation', () => {
  test('A23 A24 prints the new secret once and names who has to get it', async () => {
    const { ostiary, changes } = rig()
    const ran = await ostiary('keys', 'rotate', key.id, '--mode', 'grace', '--grace', '3600')
    expect(changes()[0]).toMatchObject({ path: `/keys/${key.id}/rotate`, body: { mode: 'grace', graceSeconds: 3600 } })
    expect(ran.out.split(secret)).toHaveLength(2)
    expect(ran.out).toMatch(/^still to update +cursor 1\.2 from 10\.0\.0\.7, last seen 2026-11-20T00:59:00\.000Z$/m)
    expect(ran.err).toBe(once + inForce('in effect'))
    await ostiary('keys', 'renew', key.id)
    expect(changes()[1]).toMatchObject({ path: `/keys/${key.id}/rotate`, body: {} })
  })

  test('M2 shows who still uses which secret, is finished, and taken back', async () => {
    const { ostiary, changes } = rig()
    const meter = await ostiary('keys', 'rotation', key.id)
    expect(meter.out).toMatch(/^rot_1: grace, draining$/m)
    expect(meter.out).toMatch(/^1 +until \S+ +cursor 1\.2 +10\.0\.0\.7 +\S+ +4$/m)
    expect(meter.out).toMatch(/^2 +current +nobody yet +-/m)
    await ostiary('keys', 'finish-rotation', key.id)
    await ostiary('keys', 'undo-rotation', key.id)
    expect(changes().map(({ path }) => path)).toEqual(
      ['finish', 'undo'].map((verb) => `/keys/${key.id}/rotation/${verb}`),
    )
    expect((await ostiary('keys', 'clients', key.id)).out).toMatch(/^1 +cursor 1\.2 /m)
  })

  test.each([
    [['--mode', 'slow'], '--mode must be one of immediate, grace, on-first-use, not "slow".'],
    [
      ['--grace', '5'],
      '--grace needs --mode grace or on-first-use: an immediate rotation leaves the old secret no time.',
    ],
    [['--mode', 'grace', '--deadline', '5'], '--deadline needs --mode on-first-use.'],
  ])('with %j is refused', async (args, sentence) => {
    expect(sentenceOf(await rig().ostiary('keys', 'rotate', key.id, ...args))).toEqual([2, '', sentence])
  })
})

test('a key is copied, and a revoked one replaced', async () => {
  const { ostiary, changes } = rig()
  const ran = await ostiary('keys', 'duplicate', key.id, '--name', 'ci two')
  expect([ran.err, changes()[0]]).toMatchObject([once, { path: `/keys/${key.id}/duplicate`, body: { name: 'ci two' } }])
  await ostiary('keys', 'replace', key.id)
  expect(changes()[1]).toMatchObject({ path: `/keys/${key.id}/replacement`, body: {} })
})

describe('a link to a key', () => {
  test('D61 is made anew by who manages the key, and opened once by its owner', async () => {
    const { ostiary, changes } = rig()
    expect((await ostiary('keys', 'offer', key.id, '-q')).out).toBe(`${link}\n`)
    expect(await ostiary('keys', 'claim', link, '-q')).toEqual({ code: 0, out: `${secret}\n`, err: '' })
    expect(changes()[1]).toMatchObject({ path: '/claims', body: { code: 'abc' } })
  })

  test('of another place gets no token', async () => {
    const { ostiary, sent } = rig()
    const ran = await ostiary('keys', 'claim', 'http://evil.test/claim#abc')
    expect([ran.code, sent]).toEqual([2, []])
    expect((await ostiary('keys', 'claim', 'http://control.test/claim')).code).toBe(2)
  })
})

test('a compromised key is ended with one call, or only looked at', async () => {
  const evidence = {
    since: '2026-10-21T00:00:00.000Z',
    clients: [laggard],
    calls: [{ server: 'srv_1', tool: 'search', requests: 3, lastSeenAt: laggard.lastSeenAt }],
    children: [{ id: 'chd_1' }],
  }
  const { ostiary, changes } = rig({
    'POST /keys/:id/compromise': ({ body }) => {
      const dryRun = JSON.stringify(body).includes('dryRun')
      const replacement = dryRun ? null : { key: { ...key, id: 'key_2' }, claim: { url: link, expiresAt: 'x' } }
      return { status: 200, body: { key, refs, dryRun, replacement, evidence, effect: dryRun ? null : effect } }
    },
  })
  const looked = await ostiary('keys', 'compromise', key.id, '--dry-run')
  expect(looked.err).toBe('Nothing was changed: this is what would be cut.\n')
  const ran = await ostiary('keys', 'compromise', key.id, '--reason', 'laptop stolen')
  expect(changes().map(({ body }) => body)).toEqual([{ dryRun: true }, { reason: 'laptop stolen' }])
  expect(ran.out).toMatch(/^link +http:\/\/control\.test\/claim#abc$/m)
  expect(ran.out).toMatch(/^cursor 1\.2 +10\.0\.0\.7 /m)
  expect(ran.out).toMatch(/^srv_1 +search +3 /m)
  expect(ran.err).toBe(inForce('refused'))
})
