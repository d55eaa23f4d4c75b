import { describe, expect, test } from 'vitest'
import { cliRig, effect, sentenceOf } from '../../test/cli-rig.ts'

const ada = 'mem_AAAAAAAAAAAAAAAA'
const catalog = {
  id: 'cat_AAAAAAAAAAAAAAAA',
  slug: 'research',
  name: 'Research',
  servers: ['srv_1'],
  providers: ['prv_1'],
  audience: { everyone: false, teams: ['team_1'], members: [ada] },
  joinedByNew: false,
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 4,
}
const refs = {
  srv_1: { slug: 'github', name: 'GitHub' },
  prv_1: { slug: 'openai', name: 'OpenAI' },
  team_1: { slug: 'platform', name: 'Platform' },
  [ada]: { slug: null, name: 'Ada' },
}
const rig = () =>
  cliRig({
    'GET /members': { items: [{ id: ada, email: 'ada@example.com' }] },
    'POST /catalogs': { catalog, refs },
    'GET /catalogs': { items: [catalog], nextCursor: null, refs },
    'GET /catalogs/:id': () => ({ body: { catalog, refs }, etag: '"cat-4"' }),
    'PATCH /catalogs/:id': { catalog, refs, effect },
    'DELETE /catalogs/:id': { catalog, refs, effect },
  })

test('catalogs are created with servers, providers and who may use them, listed, shown and deleted', async () => {
  const { ostiary, changes } = rig()
  const holds = ['--servers', 'github, files', '--providers', 'none']
  const reaches = ['--everyone', '--teams', 'platform', '--members', 'ada@example.com']
  await ostiary('catalogs', 'create', 'research', '--name', 'Research', ...holds, ...reaches)
  expect(changes()[0]?.body).toEqual({
    slug: 'research',
    name: 'Research',
    servers: ['github', 'files'],
    providers: [],
    audience: { everyone: true, teams: ['platform'], members: [ada] },
  })
  await ostiary('catalogs', 'create', 'empty')
  expect(changes()[1]?.body).toEqual({ slug: 'empty' })
  expect((await ostiary('catalogs', 'list')).out).toMatch(/^research +cat_A+ +1 +1 +teams platform; members Ada$/m)
  const shown = await ostiary('catalogs', 'get', 'research')
  expect(shown.out).toMatch(/^servers +github$/m)
  expect(shown.out).toMatch(/^new ones join +no$/m)
  expect((await ostiary('catalogs', 'delete', 'research')).out).toBe('research is deleted\n')
})

test('a catalog that reaches nobody says so', async () => {
  const audience = { everyone: false, teams: [], members: [] }
  const { ostiary } = cliRig({ 'GET /catalogs/:id': { catalog: { ...catalog, audience } } })
  expect((await ostiary('catalogs', 'get', 'research')).out).toMatch(/^audience +nobody$/m)
})

describe('a change of a catalog', () => {
  const audience = catalog.audience
  test.each([
    [['--servers', 'files', '--name', 'R'], { name: 'R', servers: ['files'] }, null],
    [['--add-server', 'files,github'], { servers: ['srv_1', 'files'] }, '"cat-4"'],
    [['--remove-server', 'github'], { servers: [] }, '"cat-4"'],
    [['--add-provider', 'x', '--remove-provider', 'prv_1'], { providers: ['x'] }, '"cat-4"'],
    [['--everyone', 'yes'], { audience: { ...audience, everyone: true } }, '"cat-4"'],
    [['--add-team', 'ops'], { audience: { ...audience, teams: ['team_1', 'ops'] } }, '"cat-4"'],
    [['--remove-team', 'platform'], { audience: { ...audience, teams: [] } }, '"cat-4"'],
    [['--remove-member', 'ada@example.com'], { audience: { ...audience, members: [] } }, '"cat-4"'],
    [['--members', 'none', '--teams', 'ops'], { audience: { ...audience, teams: ['ops'], members: [] } }, '"cat-4"'],
  ])('%j sends that alone, and the rest of its field as it was', async (flags, body, ifMatch) => {
    const { ostiary, changes } = rig()
    expect((await ostiary('catalogs', 'update', 'research', ...flags)).code).toBe(0)
    expect(changes()).toMatchObject([{ method: 'PATCH', path: '/catalogs/research', ifMatch }])
    expect(changes()[0]?.body).toEqual(body)
  })

  test('what is not in it cannot be taken out', async () => {
    const { ostiary, changes } = rig()
    const ran = await ostiary('catalogs', 'update', 'research', '--remove-server', 'githup')
    expect(ran).toMatchObject({
      code: 4,
      err: 'ostiary: "githup" is not in it, so it cannot be taken out. (not_found)\n',
    })
    expect(changes()).toEqual([])
  })
})

test.each([
  [['create', 'a', '--servers', ''], '--servers must be slugs or ids by comma, or none.'],
  [['create', 'a', '--teams', 'a b'], '--teams must be slugs or ids by comma, or none.'],
  [['create', '-a-'], "Unknown option '-a-'."],
  [['update', 'a', '--everyone', 'true'], '--everyone must be yes or no, not "true".'],
  [['update', 'a', '--add-team', ' '], '--add-team must be slugs or ids by comma, or none.'],
  [
    ['update', 'a', '--servers', 'x', '--remove-server', 'y'],
    '--servers says the whole list, so --remove-server does not go with it.',
  ],
  [['update', 'a'], 'Nothing to change was given; --help names what can be.'],
])('2 and one sentence without a call: catalogs %j', async (args, sentence) => {
  const { ostiary, sent } = rig()
  expect(sentenceOf(await ostiary('catalogs', ...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})
