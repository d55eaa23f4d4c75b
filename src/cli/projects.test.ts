import { describe, expect, test } from 'vitest'
import { cliRig, effect, inForce, problem, sentenceOf } from '../../test/cli-rig.ts'

const project = {
  id: 'prj_AAAAAAAAAAAAAAAA',
  slug: 'shop',
  name: 'Shop',
  tier: 'development',
  default: false,
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 1,
}
const uses = { servers: ['srv_1', 'srv_2'], providers: [], apps: [], keys: ['key_1'], total: 140 }
const refs = {
  srv_1: { slug: 'github', name: 'GitHub' },
  srv_2: { slug: 'files', name: 'files' },
  key_1: { slug: null, name: 'ci' },
}

test('projects are created, listed and deleted', async () => {
  const { ostiary, sent } = cliRig({
    'POST /projects': { project },
    'GET /projects': { items: [project], nextCursor: null, refs: {} },
    'DELETE /projects/:id': { project, effect },
  })
  const made = await ostiary('projects', 'create', 'shop', '--name', 'Shop', '--tier', 'staging')
  expect(sent[0]?.body).toEqual({ slug: 'shop', name: 'Shop', tier: 'staging' })
  expect(made.out).toMatch(/^tier +development$/m)
  expect((await ostiary('projects', 'list')).out).toMatch(/^shop +prj_A+ +Shop +development +no$/m)
  const gone = await ostiary('projects', 'delete', 'shop')
  expect(gone).toEqual({ code: 0, out: 'shop is deleted\n', err: inForce('in effect') })
})

test('a project that something uses stays, and control says what', async () => {
  const errors = [{ pointer: '/id', detail: 'server srv_1 (GitHub)' }]
  const { ostiary } = cliRig({ 'DELETE /projects/:id': () => problem(409, 'in_use', { errors }) })
  const ran = await ostiary('projects', 'delete', 'shop')
  expect([ran.code, ran.err]).toEqual([5, expect.stringContaining('server srv_1 (GitHub)')])
})

test('a project is shown with what uses it, by name', async () => {
  const { ostiary } = cliRig({ 'GET /projects/:id': { project }, 'GET /projects/:id/uses': { uses, refs } })
  const { out } = await ostiary('projects', 'get', 'shop')
  expect(out).toMatch(/^servers +github, files$/m)
  expect(out).toMatch(/^providers +none$/m)
  expect(out).toMatch(/^keys +ci$/m)
  expect(out).toMatch(/^in all +140$/m)
  expect(JSON.parse((await ostiary('projects', 'get', 'shop', '--json')).out)).toEqual({ project, uses, refs })
  expect((await ostiary('projects', 'get', 'shop', '-q')).out).toBe(`${project.id}\n`)
})

test('who may not read what uses a project sees the project alone', async () => {
  const { ostiary } = cliRig({
    'GET /projects/:id': { project },
    'GET /projects/:id/uses': () => problem(403, 'not_permitted'),
  })
  const { code, out } = await ostiary('projects', 'get', 'shop')
  expect([code, out]).toEqual([0, expect.not.stringContaining('servers')])
})

describe('another tier', () => {
  const listed = problem(409, 'confirmation_needed', {
    detail: 'Moving shop from development to production touches 1 server. Send "confirm": true to do it.',
    errors: [{ pointer: '/tier', detail: 'server srv_1 (Git\u001b[2JHub)' }],
  })
  const rig = (ask: ((question: string) => Promise<string>) | null) =>
    cliRig(
      {
        'PATCH /projects/:id': ({ body }) =>
          typeof body === 'object' && body !== null && 'confirm' in body ? { body: { project, effect } } : listed,
      },
      { ask },
    )
  const args = ['projects', 'update', 'shop', '--tier', 'production'] as const

  test('happens after somebody has read what it touches and said yes', async () => {
    const questions: string[] = []
    const { ostiary, changes } = rig(async (question) => {
      questions.push(question)
      return 'y'
    })
    const ran = await ostiary(...args)
    expect(questions).toEqual(['Do it? [y/N] '])
    expect(ran.code).toBe(0)
    expect(ran.err).toBe(
      `Moving shop from development to production touches 1 server.\n  server srv_1 (Git [2JHub)\n${inForce('in effect')}`,
    )
    expect(changes().map(({ body }) => body)).toEqual([{ tier: 'production' }, { tier: 'production', confirm: true }])
  })

  test.each(['', 'n', 'no', 'yesterday'])('does not happen after "%s"', async (answer) => {
    const { ostiary, changes } = rig(async () => answer)
    const ran = await ostiary(...args)
    expect([ran.code, ran.out]).toEqual([5, ''])
    expect(ran.err.endsWith('ostiary: Nothing was changed. (confirmation_needed)\n')).toBe(true)
    expect(changes()).toHaveLength(1)
  })

  test('is refused where nobody can be asked, with the list and the way out', async () => {
    const { ostiary, changes } = rig(null)
    const ran = await ostiary(...args)
    expect(ran).toEqual({
      code: 5,
      out: '',
      err:
        'ostiary: Moving shop from development to production touches 1 server. Give --yes to do it. (confirmation_needed)\n' +
        '  /tier: server srv_1 (Git [2JHub)\n  request req_1\n',
    })
    expect(changes()).toHaveLength(1)
  })

  test('with --json is the refusal as control wrote it, and nobody is asked', async () => {
    const { ostiary } = rig(async () => 'y')
    const ran = await ostiary(...args, '--json')
    expect([ran.code, JSON.parse(ran.err)]).toEqual([5, listed.body])
  })

  test('with --yes is confirmed at once', async () => {
    const { ostiary, changes } = rig(null)
    expect((await ostiary(...args, '--yes', '--default', '--if-match', '"prj-1"')).code).toBe(0)
    expect(changes()).toMatchObject([
      { body: { tier: 'production', default: true, confirm: true }, ifMatch: '"prj-1"' },
    ])
  })
})

const wrongTier = '--tier must be one of development, staging, production, not "prod".'
test.each([
  [['projects', 'create', 'a', '--tier', 'prod'], wrongTier],
  [['projects', 'create', 'A'], 'The <slug> must be small letters, digits and single hyphens, 31 at most.'],
  [['projects', 'update', 'a', '--tier', 'prod'], wrongTier],
  [
    ['projects', 'update', 'a', '--slug', 'a__b'],
    '--slug must be small letters, digits and single hyphens, 31 at most.',
  ],
  [['projects', 'update', 'a', '--yes'], 'Nothing to change was given; --help names what can be.'],
  [['projects', 'get', '..'], 'The <id> is empty.'],
])('2 and one sentence without a call: %j', async (args, sentence) => {
  const { ostiary, sent } = cliRig({})
  expect(sentenceOf(await ostiary(...args))).toEqual([2, '', sentence])
  expect(sent).toEqual([])
})
