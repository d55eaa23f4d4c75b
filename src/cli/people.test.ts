import { describe, expect, test } from 'vitest'
import { cliRig, effect, inForce, problem, sentenceOf } from '../../test/cli-rig.ts'

const ada = {
  id: 'mem_AAAAAAAAAAAAAAAA',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'admin',
  operator: false,
  status: 'active',
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 3,
}
const bob = { ...ada, id: 'mem_BBBBBBBBBBBBBBBB', email: 'bob@example.com', name: 'Bob\u001b[2J', role: 'member' }
const people = { items: [ada, bob], nextCursor: null, total: 2, refs: {} }
const team = {
  id: 'team_AAAAAAAAAAAAAAAA',
  slug: 'platform',
  name: 'Platform',
  members: [ada.id],
  createdAt: ada.createdAt,
  revision: 1,
}
const refs = { [ada.id]: { slug: null, name: 'Ada' }, [bob.id]: { slug: null, name: 'Bob' } }

describe('organizations', () => {
  const organization = {
    id: 'org_AAAAAAAAAAAAAAAA',
    slug: 'acme',
    name: 'Acme',
    default: false,
    maxStalenessSeconds: 60,
    createdAt: ada.createdAt,
  }
  const setupUrl = 'http://control.test/setup#once'
  const rig = () =>
    cliRig({
      'POST /organizations': { organization, setupUrl },
      'GET /organizations': { items: [organization], nextCursor: null },
      'GET /organizations/:id': { organization },
      'PATCH /organizations/:id': { organization, effect },
    })

  test('are founded with an owner, whose setup link is printed once', async () => {
    const { ostiary, sent } = rig()
    const args = ['organizations', 'create', 'acme', '--name', 'Acme', '--owner-email', 'Ada@Example.com']
    const ran = await ostiary(...args, '--owner-name', 'Ada')
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/organizations',
      body: { slug: 'acme', name: 'Acme', owner: { email: 'ada@example.com', name: 'Ada' } },
    })
    expect(ran.out.split(setupUrl)).toHaveLength(2)
    expect(ran.err).toBe('Keep the setup link now: it is shown this once.\n')
    expect(await ostiary(...args, '-q')).toEqual({ code: 0, out: `${setupUrl}\n`, err: '' })
    expect(JSON.parse((await ostiary(...args, '--json')).out)).toEqual({ organization, setupUrl })
    expect((await ostiary('organizations', 'get', 'acme')).out).not.toContain(setupUrl)
  })

  test('are listed, shown and changed', async () => {
    const { ostiary, sent } = rig()
    expect((await ostiary('organizations', 'list')).out).toMatch(/^acme +org_A+ +Acme +no$/m)
    expect((await ostiary('organizations', 'get', 'acme')).out).toMatch(/^max staleness +60 s$/m)
    const ran = await ostiary('organizations', 'update', 'acme', '--max-staleness', '5', '--wait', '2')
    expect(sent.at(-2)).toMatchObject({
      method: 'PATCH',
      path: '/organizations/acme?waitMs=2000',
      body: { maxStalenessSeconds: 5 },
    })
    expect(ran.err).toBe(inForce('in effect'))
  })
})

test('policies are shown and set', async () => {
  const policies = { id: 'org_A', mixedEnvironments: 'refused', revision: 1 }
  const { ostiary, changes } = cliRig({ 'GET /policies': { policies }, 'PATCH /policies': { policies, effect } })
  expect((await ostiary('policies', 'get')).out).toBe('mixed environments  refused\n')
  expect((await ostiary('policies', 'set', '--mixed-environments', 'with-reason')).code).toBe(0)
  expect(changes()[0]?.path).toContain('dryRun=true')
  expect(changes().at(-1)).toMatchObject({ path: '/policies', body: { mixedEnvironments: 'with-reason' } })
  expect(sentenceOf(await ostiary('policies', 'set', '--mixed-environments', 'yes'))).toEqual([
    2,
    '',
    '--mixed-environments must be refused or with-reason.',
  ])
})

describe('members', () => {
  const rig = () =>
    cliRig({
      'POST /members': { member: ada },
      'GET /members': people,
      'GET /members/:id': { member: ada },
      'PATCH /members/:id': { member: ada, effect },
      'DELETE /members/:id': { member: ada, effect },
    })

  test('are added, with the invitation where there is one', async () => {
    const invitation = { url: 'http://control.test/join#x', expiresAt: '2026-11-21T00:00:00.000Z' }
    const { ostiary, sent } = cliRig({ 'POST /members': { member: ada, invitation } })
    const ran = await ostiary('members', 'add', 'ada@example.com', '--name', 'Ada', '--role', 'admin')
    expect(sent[0]?.body).toEqual({ email: 'ada@example.com', name: 'Ada', role: 'admin' })
    expect(ran.out).toMatch(/^invitation +http:\/\/control\.test\/join#x \(until 2026-11-21T00:00:00\.000Z\)$/m)
    expect((await ostiary('members', 'add', 'ada@example.com', '-q')).out).toBe(`${ada.id}\n`)
  })

  test('are listed by name and role; their names do not steer the terminal', async () => {
    const { ostiary, sent } = rig()
    const { out } = await ostiary('members', 'list', '--search', 'a', '--role', 'admin')
    expect(sent[0]?.path).toBe('/members?role=admin&search=a')
    expect(out).toMatch(/^mem_A+ +ada@example\.com +Ada +admin +no +active$/m)
    expect(out).not.toContain('\u001b')
  })

  test('are named by e-mail address as well as by id, however it is spelt', async () => {
    const { ostiary, sent } = rig()
    expect((await ostiary('members', 'get', 'ADA@example.com')).out).toMatch(/^role +admin$/m)
    expect(sent.map(({ path }) => path)).toEqual(['/members?search=ada%40example.com', `/members/${ada.id}`])
    await ostiary('members', 'update', 'bob@example.com', '--role', 'auditor', '--operator', 'no')
    expect(sent.find(({ method }) => method === 'PATCH')).toMatchObject({
      path: `/members/${bob.id}`,
      body: { role: 'auditor', operator: false },
    })
    const unknown = await ostiary('members', 'get', 'eve@example.com')
    expect(unknown).toMatchObject({
      code: 4,
      err: 'ostiary: No member here has the address eve@example.com. (not_found)\n',
    })
  })

  test('B31 removing one says what becomes of the keys, and where they are refused already', async () => {
    const { ostiary, changes } = rig()
    const ran = await ostiary('members', 'remove', 'ada@example.com', '--wait', '0')
    expect(changes()).toMatchObject([{ method: 'DELETE', path: `/members/${ada.id}?waitMs=0` }])
    expect(ran.out).toBe(`${ada.id} (Ada) is removed\n`)
    expect(ran.err).toMatch(/^Keys and management tokens of this person are refused from now on; keys of teams/)
    expect(ran.err.endsWith(inForce('refused'))).toBe(true)
    expect(await ostiary('members', 'remove', ada.id, '-q')).toEqual({ code: 0, out: `${ada.id}\n`, err: '' })
  })

  test('the last owner stays', async () => {
    const { ostiary } = cliRig({ 'DELETE /members/:id': () => problem(409, 'last_owner') })
    expect((await ostiary('members', 'remove', ada.id)).code).toBe(5)
    expect(JSON.parse((await ostiary('members', 'remove', ada.id, '--json')).err)).toMatchObject({ code: 'last_owner' })
  })

  test('a token is made for a member by e-mail address', async () => {
    const managementToken = {
      ...{ id: 'mgt_1', name: 'ci', preview: 'osta_1', scopes: ['*'], member: ada.id, createdAt: ada.createdAt },
      ...{ expiresAt: null, revokedAt: null },
    }
    const { ostiary, changes } = cliRig({
      'GET /members': people,
      'POST /management-tokens': { managementToken, secret: 's' },
    })
    const args = ['tokens', 'create', 'ci', '--scopes', '*', '--member', 'ada@example.com', '--organization', 'acme']
    expect((await ostiary(...args)).code).toBe(0)
    expect(changes()[0]?.body).toEqual({ name: 'ci', scopes: ['*'], member: ada.id, organization: 'acme' })
  })
})

describe('teams', () => {
  const rig = (before = team) =>
    cliRig({
      'GET /members': people,
      'POST /teams': { team, refs },
      'GET /teams': { items: [team], nextCursor: null, refs },
      'GET /teams/:id': () => ({ body: { team: before, refs }, etag: '"team-1"' }),
      'PATCH /teams/:id': { team, refs, effect },
      'DELETE /teams/:id': { team, refs, effect },
    })

  test('are created with people by address or id, listed, shown and deleted', async () => {
    const { ostiary, changes } = rig()
    const made = await ostiary('teams', 'create', 'platform', '--members', `ada@example.com, ${bob.id}`)
    expect(changes()[0]?.body).toEqual({ slug: 'platform', members: [ada.id, bob.id] })
    expect(made.out).toMatch(/^members +Ada$/m)
    expect((await ostiary('teams', 'list')).out).toMatch(/^platform +team_A+ +Platform +1$/m)
    expect((await ostiary('teams', 'get', 'platform')).out).toMatch(/^slug +platform$/m)
    expect((await ostiary('teams', 'delete', 'platform')).out).toBe('platform is deleted\n')
  })

  test('are replaced as a whole without being read', async () => {
    const { ostiary, sent } = rig()
    await ostiary('teams', 'update', 'platform', '--members', 'none', '--name', 'P')
    expect(sent.filter(({ path }) => path.startsWith('/teams'))).toMatchObject([
      { method: 'PATCH', path: '/teams/platform', body: { name: 'P', members: [] }, ifMatch: null },
    ])
  })

  test('gain and lose members against the state that was read', async () => {
    const { ostiary, changes } = rig()
    const args = ['teams', 'update', 'platform', '--add', 'bob@example.com', '--remove', ada.id]
    expect((await ostiary(...args)).err).toBe(inForce('in effect'))
    expect(changes()).toMatchObject([
      { method: 'PATCH', path: '/teams/platform', body: { members: [bob.id] }, ifMatch: '"team-1"' },
    ])
  })

  test('G7 a change of somebody else in between is read again, not overwritten', async () => {
    let reads = 0
    const { ostiary, changes } = cliRig({
      'GET /teams/:id': () => {
        reads++
        return { body: { team: { ...team, members: reads === 1 ? [] : [ada.id] }, refs }, etag: `"team-${reads}"` }
      },
      'PATCH /teams/:id': ({ ifMatch }) =>
        ifMatch === '"team-1"' ? problem(412, 'stale') : { body: { team, refs, effect } },
    })
    expect((await ostiary('teams', 'update', 'platform', '--add', bob.id)).code).toBe(0)
    expect(changes().map(({ body }) => body)).toEqual([{ members: [bob.id] }, { members: [ada.id, bob.id] }])
  })

  test('who names the state himself hears that it is another by now', async () => {
    const { ostiary, changes } = cliRig({
      'GET /teams/:id': () => ({ body: { team, refs }, etag: '"team-2"' }),
      'PATCH /teams/:id': () => problem(412, 'stale'),
    })
    expect((await ostiary('teams', 'update', 'platform', '--add', bob.id, '--if-match', '"team-1"')).code).toBe(5)
    expect(changes()).toMatchObject([{ ifMatch: '"team-1"' }])
  })

  test('who is not in it cannot be taken out: a slip is no silent success', async () => {
    const { ostiary, changes } = rig()
    const ran = await ostiary('teams', 'update', 'platform', '--remove', bob.id)
    expect([ran.code, changes()]).toEqual([4, []])
  })
})

test.each([
  [['organizations', 'create', 'acme'], "Required option '--owner-email <address>' not specified."],
  [['organizations', 'create', 'acme', '--owner-email', 'x'], '--owner-email must be an e-mail address.'],
  [
    ['organizations', 'create', 'A B', '--owner-email', 'a@example.com'],
    'The <slug> must be small letters, digits and single hyphens, 31 at most.',
  ],
  [
    ['organizations', 'update', 'acme', '--max-staleness', '1'],
    '--max-staleness must be a whole number of seconds from 5 to 86400.',
  ],
  [['organizations', 'update', 'acme'], 'Nothing to change was given; --help names what can be.'],
  [['members', 'add', 'ada'], 'The <email> must be an e-mail address.'],
  [
    ['members', 'add', 'ada@example.com', '--role', 'king'],
    '--role must be one of owner, admin, member, auditor, not "king".',
  ],
  [['members', 'list', '--role', 'x'], '--role must be one of owner, admin, member, auditor, not "x".'],
  [['members', 'update', ada.id], 'Nothing to change was given; --help names what can be.'],
  [['members', 'update', ada.id, '--operator', 'maybe'], '--operator must be yes or no, not "maybe".'],
  [['members', 'get', 'a b@x'], '"a b@x" is no e-mail address.'],
  [['members', 'remove', ada.id, '--wait', '31'], '--wait must be a number of seconds from 0 to 30, not "31".'],
  [
    ['teams', 'create', 'a', '--members', 'ada'],
    '--members must be e-mail addresses or ids (mem_…) of members by comma, or none.',
  ],
  [
    ['teams', 'update', 'a', '--members', ''],
    '--members must be e-mail addresses or ids (mem_…) of members by comma, or none.',
  ],
  [
    ['teams', 'update', 'a', '--members', ada.id, '--add', bob.id],
    '--members says the whole list, so --add does not go with it.',
  ],
  [['teams', 'update', 'a', '--name', ''], '--name must be 1 to 120 visible characters.'],
  [['teams', 'update', 'a'], 'Nothing to change was given; --help names what can be.'],
  [
    ['tokens', 'create', 'x', '--scopes', '*', '--member', 'ada'],
    '--member must be the e-mail address or the id (mem_…) of a member, not "ada".',
  ],
])('2 and one sentence without a call: %j', async (args, sentence) => {
  const { ostiary, sent } = cliRig({})
  expect(sentenceOf(await ostiary(...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})
