import { expect, test } from 'vitest'
import { cliRig, problem, sentenceOf } from '../../test/cli-rig.ts'

const call = {
  id: 'req_1',
  at: '2026-11-21T12:00:00.000Z',
  kind: 'mcp',
  key: 'key_1',
  keyName: 'My key',
  server: 'srv_1',
  tool: 'echo',
  provider: null,
  model: null,
  status: 200,
  code: null,
  tokens: null,
  costUsd: null,
  latencyMs: 12,
}
const chat = {
  ...call,
  id: 'req_2',
  server: null,
  tool: null,
  provider: 'prv_gone',
  model: 'gpt-5',
  status: 429,
  code: 'budget_exceeded',
  tokens: { input: 100, output: 20 },
  costUsd: '0.001234567',
}
const page = { items: [chat, call], nextCursor: 'next', refs: { srv_1: { slug: 'github', name: 'GitHub' } } }
const askedIn = (path: string | undefined) => Object.fromEntries(new URL(path ?? '', 'http://x').searchParams)

test('calls are shown newest first, with where they went and what they cost', async () => {
  const { ostiary } = cliRig({ 'GET /requests': page })
  const { out, err, code } = await ostiary('requests')
  expect([code, err]).toEqual([0, 'More: --cursor next\n'])
  const [head, first, second] = out.split('\n')
  expect(head).toMatch(/^AT +KEY +WHERE +WHAT +STATUS +TOKENS +USD +MS +ID$/)
  expect(first).toMatch(/My key +prv_gone +gpt-5 +429 budget_exceeded +100 \+ 20 +0\.001234567 +12 +req_2$/)
  expect(second).toMatch(/My key +github +echo +200 +- +- +12 +req_1$/)
  expect(JSON.parse((await ostiary('requests', '--json')).out)).toEqual(page)
})

test('every filter goes to control, metadata by its name', async () => {
  const { ostiary, sent } = cliRig({ 'GET /requests': page })
  const asked = { key: 'key_1', server: 'github', tool: 'echo', status: '403', code: 'x', kind: 'llm', owner: 'tea_1' }
  const flags = Object.entries(asked).flatMap(([name, text]) => [`--${name}`, text])
  await ostiary('requests', ...flags, '--metadata', 'team=a=b', '--metadata', 'n=1', '--limit', '5')
  expect(askedIn(sent[0]?.path)).toEqual({ ...asked, 'metadata.team': 'a=b', 'metadata.n': '1', limit: '5' })
})

test('refused ones alone, those of an address and those of a client are asked for, in the table and in the list', async () => {
  const { ostiary, sent } = cliRig({ 'GET /requests': page })
  await ostiary('requests', '--refused', '--address', '10.1.0.0/16', '--client', 'claude')
  await ostiary('requests', '--admitted')
  expect(sent.map(({ path }) => askedIn(path))).toEqual([
    { admitted: 'false', address: '10.1.0.0/16', client: 'claude' },
    { admitted: 'true' },
  ])
})

test('all calls go to stdout as CSV', async () => {
  const text = 'at,id\r\n2026,req_1\r\n'
  const asked: string[] = []
  const { ostiary } = cliRig(
    {},
    {
      fetch: async (target) => {
        asked.push(String(target))
        return new Response(text)
      },
    },
  )
  expect(await ostiary('requests', '--csv', '--key', 'key_1', '--refused')).toEqual({ code: 0, out: text, err: '' })
  expect(await ostiary('usage', '--csv', '--by', 'model')).toEqual({ code: 0, out: text, err: '' })
  expect(asked).toEqual([
    'http://control.test/api/v1/requests.csv?key=key_1&admitted=false',
    'http://control.test/api/v1/usage.csv?by=model',
  ])
})

const sums = { requests: 3, refused: 1, tokens: { input: 100, output: 20 }, costUsd: '0.5', share: 75 }
const usage = {
  by: 'tool',
  from: '2026-10-22T00:00:00.000Z',
  to: '2026-11-21T00:00:00.000Z',
  items: [
    { id: 'echo', of: 'srv_1', ...sums },
    { id: null, of: null, ...sums },
  ],
  deleted: null,
  rest: { ...sums, requests: 9 },
  total: { ...sums, requests: 15, share: 100 },
  refs: page.refs,
}

test('D14 usage is a table with its rest and its total, and says of when it is', async () => {
  const { ostiary, sent } = cliRig({ 'GET /usage': usage })
  const { out, err } = await ostiary('usage', '--by', 'tool', '--mine')
  expect(askedIn(sent[0]?.path)).toEqual({ by: 'tool', owner: 'me' })
  const rows = out.split('\n')
  expect(rows[0]).toMatch(/^TOOL +REQUESTS +SHARE % +REFUSED +INPUT +OUTPUT +USD$/)
  expect(rows[1]).toMatch(/^github\/echo +3 +75 +1 +100 +20 +0\.5$/)
  expect(rows[2]).toMatch(/^none +3/)
  expect(rows[3]).toMatch(/^\(all others\) +9/)
  expect(rows[4]).toMatch(/^\(total\) +15 +100/)
  expect(err).toBe('From 2026-10-22T00:00:00.000Z to 2026-11-21T00:00:00.000Z.\n')
  expect(JSON.parse((await ostiary('usage', '--json')).out)).toEqual(usage)
})

test('what cannot be meant is said before anybody is asked', async () => {
  const { ostiary, sent } = cliRig({})
  for (const [args, said] of [
    [['requests', '--status', 'ok'], '--status must be a number like 200, not "ok".'],
    [['requests', '--kind', 'http'], '--kind must be mcp or llm, not "http".'],
    [['requests', '--metadata', 'team'], '--metadata must be <name>=<value>, not "team".'],
    [['requests', '--from', 'today'], '--from must be a time in UTC like 2026-01-31T00:00:00Z, not "today".'],
    [['requests', '--key', ''], '--key is empty; leave it out for all.'],
    [['requests', '--out', 'x'], '--out goes with --csv.'],
    [['requests', '--refused', '--admitted'], '--refused and --admitted are both given; keep one.'],
    [['requests', '--address', ''], '--address is empty; leave it out for all.'],
    [['requests', '--csv', '--limit', '5'], '--csv writes all calls; leave --limit and --cursor out.'],
    [['usage', '--limit', '0'], '--limit must be a whole number from 1 to 1000, not "0".'],
    [['usage', '--by', ''], '--by must say by what, such as key, owner, model or metadata.<name>.'],
  ] as const)
    expect(sentenceOf(await ostiary(...args))).toEqual([2, '', said])
  expect(sent).toEqual([])
  const refusing = cliRig({ 'GET /usage': () => problem(403, 'not_permitted') })
  expect((await refusing.ostiary('usage')).code).toBe(3)
})
