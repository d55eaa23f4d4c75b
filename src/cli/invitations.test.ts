import { expect, test } from 'vitest'
import { cliRig, effect, sentenceOf } from '../../test/cli-rig.ts'

const invitation = {
  id: 'inv_AAAAAAAAAAAAAAAA',
  member: 'mem_AAAAAAAAAAAAAAAA',
  email: 'ada@example.com',
  role: 'admin',
  state: 'open',
  createdAt: '2026-11-20T00:00:00.000Z',
  createdBy: 'mem_BBBBBBBBBBBBBBBB',
  expiresAt: '2026-11-27T00:00:00.000Z',
  acceptedAt: null,
  withdrawnAt: null,
  mailedAt: null,
}
const refs = { mem_BBBBBBBBBBBBBBBB: { slug: null, name: 'Bob\u001b[2J' } }
const page = { items: [invitation], nextCursor: null, total: 1, refs }
const url = 'http://control.test/invitation#x'

test('who is added by mail is told where the link went', async () => {
  const member = { id: invitation.member, email: invitation.email, name: 'Ada', role: 'admin', operator: false }
  const made = { member: { ...member, createdAt: invitation.createdAt }, invitation: { id: invitation.id } }
  const mailed = { ...made.invitation, expiresAt: invitation.expiresAt, mailedTo: 'ada@example.com' }
  const { ostiary } = cliRig({ 'POST /members': { ...made, invitation: mailed } })
  const ran = await ostiary('members', 'add', 'ada@example.com')
  expect(ran.out).toMatch(/^invitation +mailed to ada@example\.com \(until 2026-11-27T00:00:00\.000Z\)$/m)
})

test('invitations are listed by state; names in them do not steer the terminal', async () => {
  const { ostiary, sent } = cliRig({ 'GET /invitations': page })
  const { out } = await ostiary('invitations', 'list', '--state', 'open')
  expect(sent[0]?.path).toBe('/invitations?state=open')
  expect(out).toMatch(/^inv_A+ +ada@example\.com +admin +open +Bob/m)
  expect(out).not.toContain('\u001b')
  expect(JSON.parse((await ostiary('invitations', 'list', '--json')).out)).toEqual(page)
})

test('one is sent again, named by its address, and the new link is printed once', async () => {
  const answer = { invitation: { ...invitation, url } }
  const { ostiary, sent } = cliRig({ 'GET /invitations': page, 'POST /invitations/:id/resend': answer })
  const ran = await ostiary('invitations', 'resend', 'ADA@example.com')
  expect(sent.map(({ path }) => path)).toEqual([
    '/invitations?email=ada%40example.com&limit=1',
    `/invitations/${invitation.id}/resend`,
  ])
  expect(ran.out.split(url)).toHaveLength(2)
  expect(JSON.parse((await ostiary('invitations', 'resend', invitation.id, '--json')).out)).toEqual(answer)
})

test('one is withdrawn; the member stays, or is removed if that is said', async () => {
  const over = { ...invitation, state: 'withdrawn' }
  const { ostiary, sent } = cliRig({
    'DELETE /invitations/:id': ({ path }: { path: string }) => ({
      body: { invitation: over, ...(path.includes('removeMember') ? { effect } : {}) },
    }),
  })
  const kept = await ostiary('invitations', 'withdraw', invitation.id)
  expect([kept.code, sent[0]?.path]).toEqual([0, `/invitations/${invitation.id}`])
  expect(kept.out).toContain('The member stays')
  const gone = await ostiary('invitations', 'withdraw', invitation.id, '--remove-member')
  expect(sent[1]?.path).toBe(`/invitations/${invitation.id}?removeMember=true`)
  expect(gone.out).toContain('The member is removed.')
})

test('2 and one sentence without a call', async () => {
  const { ostiary, sent } = cliRig({})
  expect(sentenceOf(await ostiary('invitations', 'list', '--state', 'lost'))).toEqual([
    2,
    '',
    '--state must be one of open, accepted, withdrawn, expired, not "lost".',
  ])
  expect(sent).toEqual([])
})
