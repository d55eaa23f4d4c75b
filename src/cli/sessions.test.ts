import { expect, test } from 'vitest'
import { cliRig, problem, sentenceOf } from '../../test/cli-rig.ts'

const ada = { id: 'mem_AAAAAAAAAAAAAAAA', email: 'ada@example.com', name: 'Ada', role: 'admin' }
const session = {
  id: 'ses_AAAAAAAAAAAAAAAA',
  member: ada.id,
  organization: 'org_AAAAAAAAAAAAAAAA',
  method: 'password',
  address: '192.0.2.1',
  userAgent: 'Browser/1\u001b[2J',
  createdAt: '2026-11-20T00:00:00.000Z',
  lastUsedAt: '2026-11-20T01:00:00.000Z',
  expiresAt: '2026-11-27T00:00:00.000Z',
}
const refs = { [ada.id]: { slug: null, name: 'Ada' } }
const rig = () =>
  cliRig({
    'GET /members': { items: [ada], nextCursor: null, total: 1, refs: {} },
    'GET /sessions': { items: [session], nextCursor: 'more', total: 2, refs },
    'DELETE /sessions/:id': ({ path }) =>
      path.endsWith(session.id) ? { body: { session } } : problem(404, 'not_found'),
    'POST /members/:id/end-sessions': { ended: 2 },
  })

test('sessions are listed, one’s own or those of a person by address, and no browser paints the terminal', async () => {
  const { ostiary, sent } = rig()
  const ran = await ostiary('sessions', 'list')
  expect(ran.out).toMatch(/^ses_A+ +Ada +password +192\.0\.2\.1 +Browser\/1/m)
  expect(ran.out).not.toContain('\u001b')
  expect(ran.err).toBe('More: --cursor more\n')
  expect(sent.at(-1)?.path).toBe('/sessions')
  await ostiary('sessions', 'list', '--member', 'Ada@Example.com')
  expect(sent.at(-1)?.path).toBe(`/sessions?member=${ada.id}`)
  expect((await ostiary('sessions', 'list', '-q')).out).toBe(`${session.id}\n`)
  expect(JSON.parse((await ostiary('sessions', 'list', '--json')).out)).toMatchObject({ total: 2 })
})

test('a browser is signed out, or all of a person', async () => {
  const { ostiary, sent } = rig()
  expect((await ostiary('sessions', 'end', session.id)).out).toBe(`${session.id} is signed out.\n`)
  expect(sent.at(-1)).toMatchObject({ method: 'DELETE', path: `/sessions/${session.id}` })
  expect((await ostiary('sessions', 'end', '--member', ada.email)).out).toBe('2 browsers are signed out.\n')
  expect(sent.at(-1)).toMatchObject({ method: 'POST', path: `/members/${ada.id}/end-sessions` })
  expect((await ostiary('sessions', 'end', '--member', ada.id, '-q')).out).toBe('2\n')
})

test('what names nothing, two things or nobody is refused before anything ends', async () => {
  const { ostiary, changes } = rig()
  const neither = 'Name one session by its id, or a person by --member.'
  expect(sentenceOf(await ostiary('sessions', 'end'))).toEqual([2, '', neither])
  expect(sentenceOf(await ostiary('sessions', 'end', session.id, '--member', ada.id))).toEqual([2, '', neither])
  expect((await ostiary('sessions', 'end', '--member', 'nobody')).code).toBe(2)
  expect(changes()).toEqual([])
  expect((await ostiary('sessions', 'end', 'ses_unknown')).code).not.toBe(0)
})
