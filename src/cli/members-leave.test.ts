import { expect, test } from 'vitest'
import { cliRig, effect, inForce, problem } from '../../test/cli-rig.ts'

const ada = {
  id: 'mem_AAAAAAAAAAAAAAAA',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'member',
  operator: false,
  status: 'deactivated',
  createdAt: '2026-11-20T00:00:00.000Z',
}
const bob = { ...ada, id: 'mem_BBBBBBBBBBBBBBBB', email: 'bob@example.com', name: 'Bob', status: 'active' }
const people = { items: [ada, bob], nextCursor: null, total: 2, refs: {} }
const claim = { url: 'http://control.test/claim#once', expiresAt: '2026-11-27T00:00:00.000Z' }
const wiki = 'srv_AAAAAAAAAAAAAAAA'
const key = (id: string, more: object = {}) => ({
  ...{ id, name: 'nightly\u001b[2J', app: null, lost: { servers: [wiki], providers: [] }, claim },
  before: { servers: [wiki], providers: [] },
  after: { servers: [], providers: [] },
  ...more,
})
const moved = (more: object = {}) => ({
  ...{
    member: { id: ada.id, name: 'Ada', state: 'deactivated' },
    to: { type: 'team', id: 'team_1', name: 'Builders' },
  },
  ...{ dryRun: false, apps: [], keys: [key('key_1')], left: { keys: 0, apps: 0 }, effect },
  refs: { [wiki]: { slug: 'wiki', name: 'Wiki' } },
  ...more,
})

test('M15 somebody is deactivated and activated by address, and what bites where is said', async () => {
  const { ostiary, changes } = cliRig({
    'GET /members': people,
    'POST /members/:id/deactivate': { member: ada, suspendedKeys: ['key_1', 'key_2'], effect },
    'POST /members/:id/activate': { member: { ...ada, status: 'active' }, resumedKeys: ['key_1'], effect },
  })
  const ran = await ostiary('members', 'deactivate', 'ada@example.com', '--reason', 'left us', '--wait', '0')
  expect(changes().at(-1)).toMatchObject({
    path: `/members/${ada.id}/deactivate`,
    body: { reason: 'left us', waitMs: 0 },
  })
  expect(ran.out).toMatch(/^status +deactivated$/m)
  expect(ran.out).toMatch(/^keys suspended +2$/m)
  expect(ran.err).toContain('ostiary members transfer')
  expect(ran.err.endsWith(inForce('refused'))).toBe(true)
  const back = await ostiary('members', 'activate', ada.id)
  expect(back.out).toMatch(/^keys resumed +1$/m)
  expect(JSON.parse((await ostiary('members', 'activate', ada.id, '--json')).out).resumedKeys).toEqual(['key_1'])
})

test('M15 what somebody owns is shown, with who might take it over', async () => {
  const leaving = {
    member: { id: ada.id, name: 'Ada', state: 'deactivated' },
    keys: { total: 2, items: [{ id: 'key_1', name: 'nightly\u001b[2J', status: 'inactive', app: null }] },
    apps: { total: 0, items: [] },
    heirs: { teams: [{ id: 'team_1', slug: 'builders', name: 'Builders' }], members: [{ id: bob.id, name: 'Bob' }] },
  }
  const { ostiary } = cliRig({ 'GET /members': people, 'GET /members/:id/leaving': leaving })
  const { out } = await ostiary('members', 'leaving', 'ada@example.com')
  expect(out).toMatch(/^keys +2$/m)
  expect(out).toMatch(/^heirs +builders \(Builders\), mem_B+ \(Bob\)$/m)
  expect(out).toMatch(/^key_1 +key +nightly/m)
  expect(out).not.toContain('\u001b')
})

test('M15 a transfer asks until nothing waits, and shows every link with what its key loses', async () => {
  let calls = 0
  const { ostiary, sent } = cliRig({
    'GET /members': people,
    'POST /members/:id/transfer': () => {
      calls += 1
      return { status: 200, body: moved({ keys: [key(`key_${calls}`)], left: { keys: 2 - calls, apps: 0 } }) }
    },
  })
  const ran = await ostiary('members', 'transfer', ada.id, '--to', 'builders', '--reason', 'left us')
  const asked = sent.filter(({ method }) => method === 'POST')
  expect(asked).toHaveLength(2)
  expect(asked[0]?.body).toEqual({ to: { type: 'team', id: 'builders' }, reason: 'left us' })
  expect(ran.out).toContain('2 keys and 0 apps went to the team team_1 (Builders)')
  for (const id of ['key_1', 'key_2'])
    expect(ran.out).toMatch(new RegExp(`^${id} +nightly.* +wiki +${claim.url}$`, 'm'))
  expect(ran.err).toContain('Give each link to the heir')
  calls = 0
  const { keys } = JSON.parse((await ostiary('members', 'transfer', ada.id, '--to', bob.email, '--json')).out)
  expect(keys).toHaveLength(2)
  expect(sent.filter(({ method }) => method === 'POST').at(-1)?.body).toEqual({ to: { type: 'member', id: bob.id } })
})

test('a dry run is one call and says what would follow', async () => {
  const { ostiary, sent } = cliRig({
    'POST /members/:id/transfer': moved({
      dryRun: true,
      effect: null,
      keys: [key('key_1', { claim: null })],
      left: { keys: 4, apps: 0 },
    }),
  })
  const ran = await ostiary('members', 'transfer', ada.id, '--to', 'builders', '--keys', 'key_1, key_2', '--dry-run')
  expect(sent).toHaveLength(1)
  expect(sent[0]?.body).toMatchObject({ dryRun: true, keys: ['key_1', 'key_2'] })
  expect(ran.out).toContain('would go to')
  expect(ran.err).toContain('4 more would follow.')
})

test('links of calls that were done are shown when a later one fails', async () => {
  let calls = 0
  const { ostiary } = cliRig({
    'POST /members/:id/transfer': () => {
      calls += 1
      return calls === 1 ? { status: 200, body: moved({ left: { keys: 1, apps: 0 } }) } : problem(409, 'in_use')
    },
  })
  const ran = await ostiary('members', 'transfer', ada.id, '--to', 'builders')
  expect(ran.code).toBe(5)
  expect(ran.err).toContain(claim.url)
})

test.each([
  [['members', 'transfer', ada.id], 'Say who inherits with --to'],
  [['members', 'transfer', ada.id, '--to', 'a b'], '--to must be a team'],
  [['members', 'transfer', ada.id, '--to', 'builders', '--keys', ','], '--keys is empty'],
  [['members', 'list', '--status', 'gone'], '--status must be invited, active, deactivated'],
  [['members', 'deactivate', ada.id, '--wait', '31'], '--wait must be'],
])('2 and one sentence without a call: %j', async (args, sentence) => {
  const { ostiary, sent } = cliRig({})
  const ran = await ostiary(...args)
  expect([ran.code, sent]).toEqual([2, []])
  expect(ran.err).toContain(sentence)
})
