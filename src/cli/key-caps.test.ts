import { expect, test } from 'vitest'
import { cliRig, effect } from '../../test/cli-rig.ts'

const limits = { requestsPerMinute: 60, tokensPerMinute: null, concurrent: null, streams: 100, detached: 'share' }
const budget = (usd: string, period: string) => ({
  id: 'bud_AAAAAAAAAAAAAAAA',
  usd,
  period,
  thresholds: [50],
  spentUsd: '0.25',
  heldUsd: '0.00',
  resetsAt: null,
})
const key = {
  id: 'key_AAAAAAAAAAAAAAAA',
  name: 'ci',
  preview: 'ostk_AAAAAAAAAAAAAAAA',
  status: 'active',
  mcp: { enabled: false, servers: { mode: 'none' } },
  limits,
  budgets: [budget('25.00', 'month'), budget('1.00', 'day')],
  expiresAt: null,
  createdAt: '2026-11-20T00:00:00.000Z',
}
const rig = () =>
  cliRig({
    'POST /keys': { key, secret: 'ostk_x', refs: {} },
    'GET /keys/:id': { key, refs: {} },
    'PATCH /keys/:id': { key, refs: {}, effect },
  })
const written = ({ sent }: ReturnType<typeof rig>) =>
  sent.flatMap(({ method, body }) => (method === 'GET' ? [] : [body]))

test('D21 D23 a new key gets limits and budgets by its options', async () => {
  const cli = rig()
  const words = ['--rpm', '60', '--tpm', '1000', '--concurrent', '2', '--streams', 'none', '--detached', 'closed']
  const budgets = ['--budget', '25/month:50,80,100', '--budget', '1.5', '--budget', '0.000000001/day']
  await cli.ostiary('keys', 'create', 'ci', ...words, ...budgets)
  expect(written(cli)).toMatchObject([
    {
      limits: { requestsPerMinute: 60, tokensPerMinute: 1000, concurrent: 2, streams: null, detached: 'closed' },
      budgets: [
        { usd: '25', period: 'month', thresholds: [50, 80, 100] },
        { usd: '1.5', period: 'total' },
        { usd: '0.000000001', period: 'day' },
      ],
    },
  ])
})

test('D21 D23 an update changes what it names, and the rest stays', async () => {
  const cli = rig()
  await cli.ostiary('keys', 'update', key.id, '--concurrent', '3')
  await cli.ostiary('keys', 'update', key.id, '--budget', '30/month')
  await cli.ostiary('keys', 'update', key.id, '--budget', 'none/day', '--budget', '5/week:10')
  await cli.ostiary('keys', 'update', key.id, '--budget', 'none', '--rpm', 'none')
  const [month, day] = [
    { usd: '25.00', period: 'month', thresholds: [50] },
    { usd: '1.00', period: 'day', thresholds: [50] },
  ]
  expect(written(cli)).toEqual([
    { limits: { ...limits, concurrent: 3 } },
    { budgets: [{ ...month, usd: '30' }, day] },
    { budgets: [month, { usd: '5', period: 'week', thresholds: [10] }] },
    { limits: { ...limits, requestsPerMinute: null }, budgets: [] },
  ])
})

test('D21 D23 they are shown with the key', async () => {
  const { out } = await rig().ostiary('keys', 'get', key.id)
  expect(out).toMatch(/^limits +60 requests a minute, 100 streams$/m)
  expect(out).toMatch(/^budget +0\.25 of 25\.00 USD, month$/m)
})

test.each([
  [['--rpm', '0'], '--rpm must be a whole number'],
  [['--rpm', 'many'], '--rpm must be a whole number'],
  [['--tpm', '1e3'], '--tpm must be a whole number'],
  [['--concurrent', '-1'], '--concurrent must be a whole number'],
  [['--detached', 'open'], '--detached must be share or closed'],
  [['--budget', '25/year'], '--budget takes'],
  [['--budget', '25/month:80,foo'], '--budget takes'],
  [['--budget', '25/month:0'], '--budget takes'],
  [['--budget', '25/month:120'], '--budget takes'],
  [['--budget', ':50'], '--budget takes'],
  [['--budget', '-3'], '--budget takes'],
  [['--budget', '1', '--budget', '2/total'], '--budget takes'],
])('D25 D26 %j is refused before anything is sent', async (args, why) => {
  for (const command of [
    ['create', 'ci'],
    ['update', key.id],
  ]) {
    const cli = rig()
    const { code, err } = await cli.ostiary('keys', ...command, ...args)
    expect([code, cli.sent]).toEqual([2, []])
    expect(err).toContain(why)
  }
})
