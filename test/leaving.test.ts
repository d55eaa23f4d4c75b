import { afterAll, beforeAll, expect, test } from 'vitest'
import { all, open, type Peopled, type Person, startPeopled } from './peopled.ts'
import type { Json } from './product.ts'

/** Somebody leaves, as the product does it: one control, one gateway, both processes of `serve`. */

let of: Peopled
beforeAll(async () => {
  of = await startPeopled('sqlite')
  await of.server('target')
  await of.make('/catalogs', { slug: 'everyone-here', servers: ['target'], audience: { everyone: true } })
})
afterAll(() => of?.stop())

const off: [number, string] = [401, 'key_inactive']
const on = (verb: string, { id }: Person, body: Json = {}) => of.change('POST', `/members/${id}/${verb}`, body)
const redeemed = async (claim: Json, { token }: Person) => {
  const body = { code: new URL(claim.url).hash.slice(1) }
  const answer = await of.product.rest('POST', '/claims', body, { authorization: `Bearer ${token}` })
  return [answer.status, answer.body] as const
}
const childOf = async (id: string, { token }: Person): Promise<string> =>
  (await of.make(`/keys/${id}/children`, {}, token)).access_token

test('M15 R13 G5 whoever is deactivated has no key, child, token or open stream that goes on; the team has', async () => {
  const ada = await of.person('ada')
  const { team } = await of.make('/teams', { slug: 'builders', members: [ada.id] })
  const key = await of.key({ mcp: { servers: all } }, ada.token)
  const { key: appKey, secret: ofApp } = await of.make('/apps', { name: 'Robot', toolsDefault: all }, ada.token)
  const ofTeam = await of.key({ owner: { type: 'team', id: team.id }, mcp: { servers: all } }, ada.token)
  const child = await childOf(key.id, ada)
  for (const secret of [key.secret, child, ofApp, ofTeam.secret])
    expect(await of.verdict('target', secret)).toEqual(open)
  const streams = await Promise.all([key.secret, child, ofApp].map((secret) => of.stream('target', secret)))
  const going = await of.stream('target', ofTeam.secret)

  const { suspendedKeys, member } = await on('deactivate', ada, { reason: 'gone for good' })
  expect(member.status).toBe('deactivated')
  expect(suspendedKeys.toSorted()).toEqual([key.id, appKey.id].toSorted())
  await Promise.all(streams.map(({ ended }) => ended))
  for (const secret of [key.secret, child, ofApp]) expect(await of.verdict('target', secret)).toEqual(off)
  expect([await of.verdict('target', ofTeam.secret), going.isOpen()]).toEqual([open, true])
  going.close()
  const { status, body } = await of.product.rest('GET', '/me', undefined, { authorization: `Bearer ${ada.token}` })
  expect([status, body.code]).toEqual([401, 'not_signed_in'])

  expect((await on('activate', ada)).resumedKeys.toSorted()).toEqual(suspendedKeys.toSorted())
  const again = await Promise.all([key.secret, child, ofApp].map((secret) => of.verdict('target', secret)))
  expect(again).toEqual([open, open, open])
  await of.see('/me', ada.token)
})

test('M15 the heir claims a new secret, the old one and its children are over, and the former owner stays readable', async () => {
  const [eve, bob] = [await of.person('eve'), await of.person('bob')]
  const key = await of.key({ name: 'nightly', mcp: { servers: all } }, eve.token)
  const child = await childOf(key.id, eve)
  const { app, secret: ofApp } = await of.make('/apps', { name: 'Heirloom', toolsDefault: all }, eve.token)
  await on('deactivate', eve)
  const { heirs, keys } = await of.see(`/members/${eve.id}/leaving`)
  expect([keys.total, heirs.teams]).toEqual([2, []])
  const to = { type: 'member', id: bob.id }
  const moved = await on('transfer', eve, { to })
  expect(moved).toMatchObject({ apps: [{ id: app.id }], left: { keys: 0, apps: 0 } })
  expect(moved.keys).toHaveLength(2)
  // Before it is claimed nothing is right.
  for (const secret of [key.secret, child, ofApp]) expect((await of.verdict('target', secret))[0]).toBe(401)
  for (const { claim, lost } of moved.keys) {
    expect(lost).toEqual({ servers: [], providers: [] })
    const [status, answer] = await redeemed(claim, bob)
    expect(status).toBe(200)
    expect(await of.verdict('target', answer.secret)).toEqual(open)
    expect((await redeemed(claim, bob))[0]).toBe(409)
  }
  for (const secret of [key.secret, child, ofApp])
    expect(await of.verdict('target', secret)).toEqual([401, 'key_revoked'])
  const { items } = await of.see(`/audit-events?subject=${key.id}&action=key.transferred`)
  expect(items).toMatchObject([{ before: { owner: { id: eve.id, name: 'eve' } }, after: { owner: { name: 'bob' } } }])
  expect((await of.see(`/members/${eve.id}`)).member).toMatchObject({ name: 'eve', status: 'deactivated' })
  // What comes back with her is nothing of that.
  expect((await on('activate', eve)).resumedKeys).toEqual([])
  expect(await of.verdict('target', key.secret)).toEqual([401, 'key_revoked'])
})
