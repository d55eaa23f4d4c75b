import { describe, expect, test } from 'vitest'
import { cliRig, effect, inForce, sentenceOf } from '../../test/cli-rig.ts'

const ada = 'mem_AAAAAAAAAAAAAAAA'
const app = {
  id: 'app_AAAAAAAAAAAAAAAA',
  slug: 'triage',
  name: 'Triage',
  project: 'prj_1',
  owner: { type: 'team', id: 'team_1', name: 'Platform' },
  tools: { srv_1: { mode: 'only', items: ['search'] }, srv_2: { mode: 'all' } },
  toolsDefault: { mode: 'none' },
  key: 'key_1',
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 2,
}
const refs = { srv_1: { slug: 'github' }, srv_2: { slug: 'files' }, prj_1: { slug: 'shop' } }
const secret = `ostk_${'A'.repeat(16)}_${'s'.repeat(49)}`
const rig = () =>
  cliRig({
    'GET /members': { items: [{ id: ada, email: 'ada@example.com' }] },
    'POST /apps': { app, key: { id: 'key_1' }, secret, refs },
    'GET /apps': { items: [app], nextCursor: null, refs },
    'GET /apps/:id': () => ({ body: { app, refs }, etag: '"app-2"' }),
    'PATCH /apps/:id': { app, refs, effect },
    'DELETE /apps/:id': { app, refs, effect },
    'POST /apps/:id/regenerate-key': { app, key: { id: 'key_1' }, secret, refs, effect },
    'POST /apps/:id/clone': { app, key: { id: 'key_1' }, secret, refs },
  })

test('C15 an app is created with its key, whose secret is printed once', async () => {
  const { ostiary, changes } = rig()
  const args = ['apps', 'create', 'Triage', '--slug', 'triage', '--project', 'shop', '--expires', '90d']
  const tools = ['--tools', 'github=search, read', '--tools', 'files=all', '--tools-default', 'none']
  const ran = await ostiary(...args, '--team', 'platform', ...tools)
  expect(changes()[0]?.body).toEqual({
    name: 'Triage',
    slug: 'triage',
    project: 'shop',
    expiresIn: '90d',
    owner: { type: 'team', id: 'platform' },
    tools: { github: { mode: 'only', items: ['search', 'read'] }, files: { mode: 'all' } },
    toolsDefault: { mode: 'none' },
  })
  expect(ran.out.split(secret)).toHaveLength(2)
  expect(ran.out).toMatch(/^tools +github: only search; files: all$/m)
  expect(ran.err).toBe('Keep the secret now: it is shown this once.\n')
  expect(await ostiary(...args, '-q')).toEqual({ code: 0, out: `${secret}\n`, err: '' })
  await ostiary('apps', 'create', 'Hers', '--owner', 'Ada@example.com')
  expect(changes().at(-1)?.body).toEqual({ name: 'Hers', owner: { type: 'member', id: ada } })
})

test('apps are listed by owner and project, shown without a secret, and deleted with their key', async () => {
  const { ostiary, sent } = rig()
  expect((await ostiary('apps', 'list', '--mine')).out).toMatch(/^triage +app_A+ +Triage +shop +Platform +key_1$/m)
  await ostiary('apps', 'list', '--project', 'shop', '--owner', 'ada@example.com')
  expect(sent.filter(({ path }) => path.startsWith('/apps')).map(({ path }) => path)).toEqual([
    '/apps?owner=me',
    `/apps?project=shop&owner=${ada}`,
  ])
  expect((await ostiary('apps', 'get', 'triage')).out).toMatch(/^owner +team Platform$/m)
  const gone = await ostiary('apps', 'delete', 'triage')
  expect(gone).toEqual({
    code: 0,
    out: 'triage is deleted\n',
    err: `Its key is refused from now on:\n${inForce('refused')}`,
  })
})

test('C15 a regenerated key has a new secret, once, and the old one is refused', async () => {
  const { ostiary, changes } = rig()
  const ran = await ostiary('apps', 'regenerate-key', 'triage', '--wait', '0.5')
  expect(changes()).toMatchObject([{ path: '/apps/triage/regenerate-key', body: { waitMs: 500 } }])
  expect(ran.out.split(secret)).toHaveLength(2)
  expect(ran.err).toBe(`Keep the secret now: it is shown this once.\nThe secret before it:\n${inForce('refused')}`)
  expect((await ostiary('apps', 'regenerate-key', 'triage', '-q')).out).toBe(`${secret}\n`)
})

test('an app is cloned under another name, with a key of its own', async () => {
  const { ostiary, changes } = rig()
  const ran = await ostiary('apps', 'clone', 'triage', 'Triage 2', '--slug', 'triage-2')
  expect(changes()).toMatchObject([{ path: '/apps/triage/clone', body: { name: 'Triage 2', slug: 'triage-2' } }])
  expect(ran.out.split(secret)).toHaveLength(2)
})

describe('a change of an app', () => {
  test.each([
    [['--name', 'T', '--tools-default', 'all'], { name: 'T', toolsDefault: { mode: 'all' } }, null],
    [['--team', 'ops'], { owner: { type: 'team', id: 'ops' } }, null],
    [['--owner', 'ada@example.com'], { owner: { type: 'member', id: ada } }, null],
    [
      ['--tools', 'github=none', '--tools', 'mail=send'],
      { tools: { srv_1: { mode: 'none' }, srv_2: { mode: 'all' }, mail: { mode: 'only', items: ['send'] } } },
      '"app-2"',
    ],
  ])('%j sends that alone; an entry for one server never changes another', async (flags, body, ifMatch) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('apps', 'update', 'triage', ...flags)).code).toBe(0)
    expect(changes()).toMatchObject([{ method: 'PATCH', path: '/apps/triage', ifMatch }])
    expect(changes()[0]?.body).toEqual(body)
  })
})

test.each([
  [['create', ''], 'The <name> must be 1 to 120 visible characters.'],
  [['create', 'x', '--expires', '2d'], '--expires must be never, 30d, 60d, 90d, 180d, 1y, not "2d".'],
  [
    ['create', 'x', '--team', 'a', '--owner', 'ada@example.com'],
    '--team and --owner are given; there is one owner: keep one.',
  ],
  [['create', 'x', '--team', 'a b'], '--team must be a slug or an id, not "a b".'],
  [['create', 'x', '--owner', 'ada'], '--owner must be the e-mail address or the id (mem_…) of a member, not "ada".'],
  [
    ['create', 'x', '--tools', 'github'],
    '--tools must be <server>=all, none or names of tools by comma, not "github".',
  ],
  [
    ['create', 'x', '--tools', 'github='],
    '--tools must be <server>=all, none or names of tools by comma, not "github=".',
  ],
  [['create', 'x', '--tools', 'a=b', '--tools', 'a=c'], '--tools names a twice; put its tools into one list.'],
  [['create', 'x', '--tools-default', 'some'], '--tools-default must be all or none, not "some".'],
  [['update', 'x'], 'Nothing to change was given; --help names what can be.'],
  [['list', '--mine', '--owner', 'x'], '--mine and --owner are both given; keep one.'],
  [['clone', 'x', ''], 'The <name> must be 1 to 120 visible characters.'],
])('2 and one sentence without a call: apps %j', async (args, sentence) => {
  const { ostiary, sent } = rig()
  expect(sentenceOf(await ostiary('apps', ...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})
