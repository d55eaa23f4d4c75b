import { expect, test } from 'vitest'
import { cliRig, effect, inForce } from '../../test/cli-rig.ts'

const budget = {
  id: 'bud_AAAAAAAAAAAAAAAA',
  target: { type: 'team', id: 'team_1', name: null },
  usd: '25.00',
  period: 'month',
  runningPeriod: '2026-11',
  thresholds: [50, 80],
  spentUsd: '12.75',
  heldUsd: '0.50',
  leftUsd: '11.75',
  toppedUpUsd: '0.00',
  unreconciledUsd: '0.00',
  forecastUsd: '18.20',
  resetsAt: '2026-12-01T00:00:00.000Z',
  frozen: false,
  crossed: [{ percent: 50, at: '2026-11-20T00:00:00.000Z' }],
  createdAt: '2026-11-01T00:00:00.000Z',
  revision: 3,
}
const refs = { team_1: { slug: 'ops', name: 'Operations' } }

test('D23 budgets are created, listed, shown and deleted', async () => {
  const { ostiary, sent } = cliRig({
    'POST /budgets': { budget, refs },
    'GET /budgets': { items: [budget], nextCursor: null, refs },
    'GET /budgets/:id': { budget, refs },
    'DELETE /budgets/:id': { budget, refs, effect },
  })
  const made = await ostiary(
    'budgets',
    'create',
    'team',
    'ops',
    '--usd',
    '25',
    '--period',
    'month',
    '--thresholds',
    '80,50',
  )
  expect(sent[0]?.body).toEqual({
    target: { type: 'team', id: 'ops' },
    usd: '25',
    period: 'month',
    thresholds: [50, 80],
  })
  expect(made.out).toMatch(/^of +team ops$/m)
  expect(made.out).toMatch(/^forecast, USD +18\.20$/m)
  await ostiary('budgets', 'create', 'organization', '--usd', '0.5')
  expect(sent[1]?.body).toEqual({ target: { type: 'organization' }, usd: '0.5' })
  const list = await ostiary('budgets', 'list', '--type', 'team', '--period', 'month')
  expect(sent[2]?.path).toBe('/budgets?type=team&period=month')
  expect(list.out).toMatch(/^bud_A+ +team ops +month +25\.00 +12\.75 +0\.50 +11\.75 +2026-12-01/m)
  expect((await ostiary('budgets', 'get', budget.id)).out).toMatch(/^told +50 % at 2026-11-20/m)
  const gone = await ostiary('budgets', 'delete', budget.id)
  expect(gone).toEqual({ code: 0, out: `${budget.id} is deleted\n`, err: inForce('in effect') })
})

test('D24 budgets are changed, topped up and begun anew', async () => {
  const { ostiary, changes } = cliRig({
    'PATCH /budgets/:id': { budget, refs, effect },
    'POST /budgets/:id/top-up': { budget, refs, effect },
    'POST /budgets/:id/reset': { budget, refs, effect },
  })
  await ostiary('budgets', 'update', budget.id, '--usd', '30', '--thresholds', 'none', '--frozen', 'no')
  await ostiary('budgets', 'top-up', budget.id, '2.50', '--note', 'for the demo', '--wait', '2')
  const reset = await ostiary('budgets', 'reset', budget.id)
  expect(changes().map(({ body }) => body)).toEqual([
    { usd: '30', thresholds: [], frozen: false },
    { usd: '2.50', note: 'for the demo', waitMs: 2000 },
    {},
  ])
  expect(reset.err).toContain('books of the period before')
})

test('D26 a slip in money, thresholds, periods or targets is said before control is asked', async () => {
  const { ostiary, sent } = cliRig({})
  const slips: [args: string[], said: string][] = [
    [['create', 'team', 'ops', '--usd', '-1'], 'must be USD'],
    [['create', 'team', 'ops', '--usd', '1.0000000001'], 'must be USD'],
    [['create', 'team', 'ops', '--usd', '1', '--thresholds', '80,foo'], '--thresholds must be whole percentages'],
    [['create', 'team', 'ops', '--usd', '1', '--thresholds', '0'], '--thresholds must be whole percentages'],
    [['create', 'team', 'ops', '--usd', '1', '--thresholds', '120'], '--thresholds must be whole percentages'],
    [['create', 'team', 'ops', '--usd', '1', '--period', 'year'], '--period must be one of'],
    [['create', 'team', '--usd', '1'], 'Say which team'],
    [['create', 'tool', 'srv_1', '--usd', '1'], 'A budget is of one of these'],
    [['top-up', budget.id, '0'], 'More than 0'],
    [['update', budget.id], 'Nothing to change'],
    [['update', budget.id, '--frozen', 'maybe'], '--frozen must be yes or no'],
    [['list', '--type', 'model'], 'A budget is of one of these'],
    [['entries', budget.id, '--out', 'x.csv'], '--out goes with --csv'],
  ]
  for (const [args, said] of slips) {
    const { code, err } = await ostiary('budgets', ...args)
    expect([args, code, err]).toEqual([args, 2, expect.stringContaining(said)])
  }
  expect(sent).toEqual([])
})

test('D23 the books are shown in pages, or exported as CSV into a new file', async () => {
  const entry = {
    at: '2026-11-20T00:00:00.000Z',
    period: '2026-11',
    kind: 'settled',
    from: 'held',
    to: 'spent',
    usd: '0.01',
    gateway: 'gwy_1',
    boot: 'boot_1',
    request: 'req_1',
    key: 'key_1',
    price: null,
    note: null,
  }
  const written: string[] = []
  const { ostiary, sent } = cliRig(
    {
      'GET /budgets/:id/entries': { items: [entry], nextCursor: 'next', total: 7, refs: {} },
      'GET /budgets/:id/entries.csv': { at: '2026' },
    },
    { createFile: () => ({ write: (text: string) => void written.push(text), close: () => {} }) },
  )
  const page = await ostiary('budgets', 'entries', budget.id, '--period', '2026-11')
  expect(page.out).toMatch(/^2026-11-20\S+ +2026-11 +settled +held +spent +0\.01 +req_1 +-$/m)
  expect(page.err).toBe('More: --cursor next\n')
  const saved = await ostiary('budgets', 'entries', budget.id, '--period', '2026-11', '--csv', '--out', 'month.csv')
  expect([saved.code, sent.at(-1)?.path]).toEqual([0, `/budgets/${budget.id}/entries.csv?period=2026-11`])
  expect(written.join('')).toContain('2026')
})

test('D23 the time zone in which periods begin is a policy of the organization', async () => {
  const policies = { id: 'org_1', timeZone: 'Europe/Zurich' }
  const { ostiary, changes } = cliRig({ 'PATCH /policies': { policies, effect } })
  const { out } = await ostiary('policies', 'set', '--time-zone', 'Europe/Zurich')
  expect(changes()[0]?.body).toEqual({ timeZone: 'Europe/Zurich' })
  expect(out).toMatch(/^time zone +Europe\/Zurich$/m)
  const wrong = await ostiary('policies', 'set', '--time-zone', 'Mars/Olympus')
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--time-zone must be a name like')])
})
