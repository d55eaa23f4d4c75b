import { expect, test } from 'vitest'
import { cliRig, effect } from '../../test/cli-rig.ts'

const accessRequest = {
  id: 'arq_AAAAAAAAAAAAAAAA',
  state: 'open',
  member: { id: 'mem_1', name: 'Ada' },
  target: { type: 'key', id: 'key_1', name: 'ci' },
  kind: 'tool',
  subject: { id: 'srv_1', name: 'wiki' },
  tool: 'search',
  reason: 'the report',
  createdAt: '2026-11-20T00:00:00.000Z',
  decidedAt: null,
  decidedBy: null,
  decisionReason: null,
  until: null,
  endedAt: null,
  revision: 1,
}
const approved = {
  ...accessRequest,
  state: 'approved',
  decidedAt: '2026-11-20T01:00:00.000Z',
  decidedBy: { id: 'mem_2', name: 'Adam' },
  until: '2026-11-21T00:00:00.000Z',
}

test('requests for access are made, listed and shown', async () => {
  const { ostiary, sent } = cliRig({
    'POST /access-requests': { accessRequest, refs: {} },
    'GET /access-requests': { items: [accessRequest], nextCursor: null, refs: {} },
    'GET /access-requests/:id': { accessRequest, refs: {} },
    'GET /members': { items: [{ id: 'mem_1', email: 'ada@example.com' }], nextCursor: null },
  })
  const make = (...args: string[]) => ostiary('access-requests', 'create', '--reason', 'the report', ...args)
  const made = await make('--key', 'key_1', '--tool', 'wiki/search')
  expect(sent[0]?.body).toEqual({ key: 'key_1', tool: 'wiki/search', reason: 'the report' })
  expect(made.out).toMatch(/^asks for +tool wiki\/search$/m)
  await make('--usd', '5', '--budget', 'bud_1')
  expect(sent[1]?.body).toEqual({ budget: { id: 'bud_1', usd: '5' }, reason: 'the report' })
  const list = await ostiary('access-requests', 'list', '--state', 'open')
  expect(sent[2]?.path).toBe('/access-requests?state=open')
  expect(list.out).toMatch(/^arq_A+ +open +tool wiki\/search +key ci \(key_1\) +Ada/m)
  await ostiary('access-requests', 'list', '--mine')
  await ostiary('access-requests', 'list', '--member', 'ada@example.com')
  expect(sent.slice(3).map(({ path }) => path)).toEqual([
    '/access-requests?member=me',
    '/members?search=ada%40example.com',
    '/access-requests?member=mem_1',
  ])
  expect((await ostiary('access-requests', 'show', accessRequest.id)).out).toMatch(/^decided +not yet$/m)
  expect(JSON.parse((await ostiary('access-requests', 'get', accessRequest.id, '--json')).out)).toEqual({
    accessRequest,
    refs: {},
  })
})

test('they are approved until an end or for a length, refused, withdrawn and ended', async () => {
  const answer = { accessRequest: approved, refs: {}, effect }
  const { ostiary, changes } = cliRig(
    {
      'POST /access-requests/:id/approve': answer,
      'POST /access-requests/:id/refuse': { accessRequest, refs: {} },
      'POST /access-requests/:id/withdraw': { accessRequest, refs: {} },
      'POST /access-requests/:id/end': answer,
    },
    { now: () => Date.parse('2026-11-20T00:00:00Z') },
  )
  const { id } = accessRequest
  const yes = await ostiary('access-requests', 'approve', id, '--for', '8h', '--reason', 'once')
  expect(yes.out).toMatch(/^until +2026-11-21/m)
  await ostiary('access-requests', 'approve', id, '--until', '2026-12-01T00:00:00Z', '--wait', '2')
  await ostiary('access-requests', 'approve', id)
  await ostiary('access-requests', 'refuse', id, '--reason', 'no')
  await ostiary('access-requests', 'withdraw', id)
  await ostiary('access-requests', 'end', id)
  expect(changes().map(({ body }) => body)).toEqual([
    { until: '2026-11-20T08:00:00.000Z', reason: 'once' },
    { until: '2026-12-01T00:00:00Z', waitMs: 2000 },
    {},
    { reason: 'no' },
    {},
    {},
  ])
})

test('a slip is said before control is asked', async () => {
  const { ostiary, sent } = cliRig({})
  const slips: [args: string[], said: string][] = [
    [['create', '--reason', 'x'], 'exactly one of'],
    [['create', '--reason', 'x', '--server', 'a', '--model', 'b'], 'exactly one of'],
    [['create', '--reason', 'x', '--budget', 'bud_1'], '--usd'],
    [['create', '--reason', 'x', '--usd', '0'], '--usd must be'],
    [['create', '--reason', ' ', '--server', 'a'], '--reason must say why'],
    [['list', '--state', 'done'], '--state must be one of'],
    [['list', '--mine', '--member', 'mem_1'], '--mine and --member are both given'],
    [['list', '--member', 'ada'], '--member must be the e-mail address or the id'],
    [['approve', 'arq_1', '--until', 'tomorrow'], '--until must be'],
    [['approve', 'arq_1', '--for', '8'], '--for must be'],
    [['approve', 'arq_1', '--for', '0h'], '--for must be'],
    [['approve', 'arq_1', '--for', '1h', '--until', '2026-12-01T00:00:00Z'], 'not both'],
  ]
  for (const [args, said] of slips) {
    const { code, err } = await ostiary('access-requests', ...args)
    expect([args, code, err]).toEqual([args, 2, expect.stringContaining(said)])
  }
  expect(sent).toEqual([])
})
