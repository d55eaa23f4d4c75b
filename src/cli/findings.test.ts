import { expect, test } from 'vitest'
import { cliRig, problem, type Sent, sentenceOf } from '../../test/cli-rig.ts'

const key = (letter: string) => `key_${letter.repeat(16)}`
const finding = (letter: string, more: object = {}) => ({
  id: `never_expires:${key(letter)}`,
  kind: 'never_expires',
  key: key(letter),
  title: 'It never expires',
  why: 'It was made on 2026-01-01.',
  fix: {
    label: 'Let it expire',
    method: 'PATCH',
    path: `/keys/${key(letter)}`,
    body: { expiresIn: '90d' },
    showsSecret: false,
    ...more,
  },
})
const refs = { [key('A')]: { slug: null, name: 'laptop' } }
const rig = (more: object = {}) =>
  cliRig({
    'GET /findings': ({ path }: Sent) => ({
      body: path.includes('cursor=next')
        ? { items: [finding('B', more)], nextCursor: null, refs }
        : { items: [finding('A', more)], nextCursor: 'next', refs },
    }),
    'PATCH /keys/:id': ({ path }: Sent) => (path.endsWith('B') ? problem(409, 'stale') : { body: {} }),
    'POST /keys/bulk': () => ({ body: { results: [{ id: key('A'), ok: false, code: 'not_found' }] } }),
  })

test('findings are listed with the name of the key and what was seen', async () => {
  const { ostiary, sent } = rig()
  const { out } = await ostiary('findings', 'list', '--kind', 'never_expires', '--unused-days', '60')
  expect(out).toMatch(/^never_expires +laptop +key_A{16} +It was made on 2026-01-01\.$/m)
  expect(sent[0]?.path).toBe('/findings?subject=key&kind=never_expires&unusedDays=60')
})

test('a fix is made for each of all pages; what one is refused does not stop the others', async () => {
  const { ostiary, sent } = rig()
  const ran = await ostiary('findings', 'fix', 'never_expires')
  expect(ran).toMatchObject({ code: 1, err: '1 done, 1 not\n' })
  expect(ran.out).toMatch(/^key_A{16} +Let it expire +done$/m)
  expect(ran.out).toMatch(/^key_B{16} +Let it expire +stale$/m)
  const changes = sent.filter(({ method }) => method === 'PATCH')
  expect(changes.map(({ path, body }) => [path, body])).toEqual([
    [`/keys/${key('A')}`, { expiresIn: '90d' }],
    [`/keys/${key('B')}`, { expiresIn: '90d' }],
  ])
})

test('a refusal inside of an answer for many is one', async () => {
  const { ostiary } = rig({ method: 'POST', path: '/keys/bulk', body: {} })
  expect(await ostiary('findings', 'fix', 'unused_key')).toMatchObject({ code: 1, err: '0 done, 2 not\n' })
})

test('a dry run and what would show secrets change nothing', async () => {
  const { ostiary, sent } = rig({ showsSecret: true })
  expect(await ostiary('findings', 'fix', 'rotation_due', '--dry-run')).toMatchObject({ code: 0 })
  const [code, , sentence] = sentenceOf(await ostiary('findings', 'fix', 'rotation_due'))
  expect([code, sentence]).toEqual([2, expect.stringContaining('`ostiary keys rotate <id>`')])
  expect(sent.filter(({ method }) => method !== 'GET')).toEqual([])
})

test.each([
  [['list', '--kind', 'other'], 'The kind must be one of '],
  [['fix', 'other'], 'The kind must be one of '],
  [['list', '--key', 'laptop'], '"laptop" is no id of a key.'],
  [['fix', 'unused_key', '--unused-days', '0'], '--unused-days must be a whole number from 1 to 365, not "0".'],
])('2 and one sentence without a call: %j', async (args, start) => {
  const { ostiary, sent } = rig()
  const [code, out, sentence] = sentenceOf(await ostiary('findings', ...args))
  expect([code, out, sentence]).toEqual([2, '', expect.stringContaining(start)])
  expect(sent).toEqual([])
})
