import { beforeAll, expect, test } from 'vitest'
import { codeOf, granted } from '../../../test/keyring.ts'
import { createRotationRig, type RotationRig } from '../../../test/rotation-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Actor } from '../../people/schema.ts'
import { refuse } from '../../problems.ts'
import { redeemClaim } from './redeem.ts'

const [minute, day] = [60_000, 86_400_000]

onEachStore('claims', (open) => {
  let rig: RotationRig
  let admin: Actor
  let grace: Actor

  beforeAll(async () => {
    rig = await createRotationRig(await open())
    admin = await rig.addMember('admin')
    grace = await rig.addMember('member')
  })

  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
  const makeFor = async (owner: Actor, by: Actor = admin, more: object = {}): Promise<any> => {
    const body = { name: 'for you', owner: { type: 'member', id: owner.memberId }, ...more }
    return granted(await rig.call(by, 'POST /keys', { body }))
  }
  const codeIn = ({ claim }: { claim: { url: string } }): string => new URL(claim.url).hash.slice(1)
  const redeem = (actor: Actor, code: string) => rig.call(actor, 'POST /claims', { body: { code } })
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
  const redeemed = async (actor: Actor, code: string): Promise<any> => granted(await redeem(actor, code))

  test('D61 a key for another member has no secret until its owner reveals it, and then once', async () => {
    const made = await makeFor(grace)
    expect(made).not.toHaveProperty('secret')
    expect((await rig.record(made.key.id)).versions).toEqual([])
    expect(made.claim.url).toMatch(/^https:\/\/control\.example\/claim#[0-9A-Za-z]{43}$/)
    expect(made.key.claim).toEqual({ expiresAt: made.claim.expiresAt })
    expect(Date.parse(made.claim.expiresAt)).toBe(rig.clock.now() + 7 * day)
    const { key, secret } = await redeemed(grace, codeIn(made))
    expect([key.id, key.claim, key.secrets.length]).toEqual([made.key.id, null, 1])
    expect(await rig.answerTo(secret)).toBeNull()
    expect(rig.proofs.at(-1)).toEqual({ id: key.id, token: secret })
    const events = await rig.events(key.id)
    expect(events.map(({ action }) => action)).toEqual(['key.created', 'key.claim-created', 'key.claimed'])
    expect(events.at(-1)).toMatchObject({ actor: grace.memberId, after: { version: 1 } })
    for (const one of [secret.slice(22, 60), codeIn(made)]) expect(JSON.stringify(events)).not.toContain(one)
  })

  test('D61 of a URL key the owner gets the address as well', async () => {
    const made = await makeFor(grace, admin, { kind: 'url' })
    const { secret, url } = await redeemed(grace, codeIn(made))
    expect(secret).toMatch(/^ostu_/)
    expect(url).toBe(`https://gateway.example/mcp/${secret}`)
  })

  test('D61 a second use is refused, changes nothing, and says who came and from where', async () => {
    const made = await makeFor(grace)
    const { secret } = await redeemed(grace, codeIn(made))
    const again = { ...grace, address: '203.0.113.9' }
    expect(codeOf(await redeem(again, codeIn(made)))).toBe('claim_used')
    expect(codeOf(await redeem({ ...admin, address: '203.0.113.10' }, codeIn(made)))).toBe('not_found')
    expect(await rig.answerTo(secret)).toBeNull()
    const alarms = (await rig.events(made.key.id)).filter(({ action }) => action === 'key.claim-reused')
    expect(alarms).toMatchObject([
      { actor: grace.memberId, before: { usedBy: grace.memberId }, after: { address: '203.0.113.9' } },
      { actor: admin.memberId, after: { address: '203.0.113.10' } },
    ])
  })

  test('D61 to whoever is not the owner the link leads nowhere, and nothing is spent', async () => {
    const made = await makeFor(grace)
    const stranger = { ...grace, organizationId: 'org_0000000000000000' }
    for (const other of [admin, rig.owner, await rig.addMember('member'), stranger])
      expect(codeOf(await redeem(other, codeIn(made)))).toBe('not_found')
    for (const code of ['', 'A'.repeat(129)]) expect(codeOf(await redeem(grace, code))).toBe('invalid')
    for (const code of ['A'.repeat(43), '\0', '../..']) expect(codeOf(await redeem(grace, code))).toBe('not_found')
    expect(codeOf(await redeem({ ...grace, scopes: ['keys:read'] }, codeIn(made)))).toBe('not_permitted')
    await redeemed(grace, codeIn(made))
  })

  test('a member whose role makes no keys reveals the one that was made for him', async () => {
    const auditor = await rig.addMember('auditor')
    const made = await makeFor(auditor)
    expect(await rig.answerTo((await redeemed(auditor, codeIn(made))).secret)).toBeNull()
  })

  test('of two who open one link at the same time one sees the secret, and the other raises the alarm', async () => {
    const made = await makeFor(grace)
    const both = await Promise.all([redeem(grace, codeIn(made)), redeem(grace, codeIn(made))])
    expect(both.map(codeOf).toSorted()).toEqual(['claim_used', null].toSorted())
    expect((await rig.record(made.key.id)).versions).toHaveLength(1)
    const actions = (await rig.events(made.key.id)).map(({ action }) => action)
    expect(actions.filter((action) => action === 'key.claim-reused')).toHaveLength(1)
  })

  test('a link is over after seven days, when it is withdrawn, when there is a newer one, and with its key', async () => {
    const links = { late: await makeFor(grace), withdrawn: await makeFor(grace), renewed: await makeFor(grace) }
    const { key } = await makeFor(grace)
    const withdraw = (id: string) => rig.call(admin, 'DELETE /keys/:id/claim', { params: { id } })
    const { key: left } = granted(await withdraw(links.withdrawn.key.id)) as { key: { claim: unknown } }
    expect(left.claim).toBeNull()
    granted(await withdraw(links.withdrawn.key.id))
    const events = await rig.events(links.withdrawn.key.id)
    expect(events.filter(({ action }) => action === 'key.claim-withdrawn')).toHaveLength(1)
    expect(codeOf(await redeem(grace, codeIn(links.withdrawn)))).toBe('not_found')
    const newer = await rig.done('claim', links.renewed.key.id, {}, admin)
    expect(codeOf(await redeem(grace, codeIn(links.renewed)))).toBe('not_found')
    await redeemed(grace, codeIn(newer))
    const last = await rig.done('claim', key.id, {}, admin)
    await rig.done('revoke', key.id)
    expect(codeOf(await redeem(grace, codeIn(last)))).toBe('not_found')
    expect(await rig.refusal('claim', key.id, {}, admin)).toBe('key_is_revoked')
    rig.clock.forward(7 * day - 1)
    await redeemed(grace, codeIn(await makeFor(grace)))
    rig.clock.forward(1)
    expect(codeOf(await redeem(grace, codeIn(links.late)))).toBe('not_found')
    await redeemed(grace, codeIn(await rig.done('claim', links.late.key.id, {}, admin)))
  })

  test('a new link is made only while the owner has no secret to reveal, and only of a member’s key', async () => {
    const made = await makeFor(grace)
    await redeemed(grace, codeIn(made))
    expect(await rig.refusal('claim', made.key.id, {}, admin)).toBe('in_use')
    const team = await rig.rows.team('ops', [grace.memberId])
    const ofTeam = await rig.make({ owner: { type: 'team', id: team } })
    expect(await rig.refusal('claim', ofTeam.key.id, {}, admin)).toBe('invalid')
  })

  test('D61 whoever rotates the key of another member gets a link, and the old secret ends as the mode says', async () => {
    const { key, secret } = await rig.make({}, grace)
    const answer = await rig.rotate(key.id, {}, admin)
    expect(answer).not.toHaveProperty('secret')
    expect(answer).toMatchObject({ previous: { version: 1 }, rotation: { state: 'planned' } })
    expect(await rig.answerTo(secret)).toBe('key_revoked')
    const { secret: fresh } = await redeemed(grace, codeIn(answer))
    expect(await rig.answerTo(fresh)).toBeNull()
    expect(await rig.open(key.id)).toBeNull()
  })

  test('D61 with a grace the old secret lives until the deadline, and from the reveal on for the grace', async () => {
    const { key, secret } = await rig.make({}, grace)
    const terms = { mode: 'grace', graceSeconds: 60, deadlineSeconds: 2 * 86_400 }
    const answer = await rig.rotate(key.id, terms, admin)
    expect(answer.previous.validUntil).toBe(new Date(rig.clock.now() + 2 * day).toISOString())
    rig.clock.forward(day)
    expect(await rig.answerTo(secret)).toBeNull()
    const { secret: fresh } = await redeemed(grace, codeIn(answer))
    expect([await rig.answerTo(secret), await rig.live(key.id)]).toEqual([null, [1, 2]])
    rig.clock.forward(minute)
    expect([await rig.answerTo(secret), await rig.answerTo(fresh)]).toEqual(['key_revoked', null])
    const waiting = await rig.make({}, grace)
    await rig.rotate(waiting.key.id, { mode: 'on-first-use', deadlineSeconds: 60 }, admin)
    rig.clock.forward(minute)
    expect(await rig.answerTo(waiting.secret)).toBe('key_revoked')
    // The way on, when the link is lost.
    const renewed = await rig.done('claim', waiting.key.id, {}, admin)
    expect(await rig.answerTo((await redeemed(grace, codeIn(renewed))).secret)).toBeNull()
  })

  test('undo and the owner’s own rotation end a link that waits', async () => {
    const { key, secret } = await rig.make({}, grace)
    const undone = await rig.rotate(key.id, { mode: 'grace' }, admin)
    await rig.done('rotation/undo', key.id, {}, admin)
    expect(codeOf(await redeem(grace, codeIn(undone)))).toBe('not_found')
    rig.clock.forward(30 * day)
    expect(await rig.answerTo(secret)).toBeNull()
    const passed = await rig.rotate(key.id, { mode: 'grace' }, admin)
    const own = await rig.rotate(key.id, {}, grace)
    expect(codeOf(await redeem(grace, codeIn(passed)))).toBe('not_found')
    expect([await rig.answerTo(secret), await rig.answerTo(own.secret)]).toEqual(['key_revoked', null])
    const { items } = await rig.get('/rotations', '', admin, { key: key.id })
    expect(items.map(({ state }: { state: string }) => state).toSorted()).toEqual(['finished', 'undone', 'undone'])
  })

  test('an owner who has a link rotates his key himself, and finish leaves the link open', async () => {
    const made = await makeFor(grace)
    const own = await rig.rotate(made.key.id, {}, grace)
    expect([own.previous, await rig.answerTo(own.secret)]).toEqual([null, null])
    expect(codeOf(await redeem(grace, codeIn(made)))).toBe('not_found')
    const passed = await rig.rotate(made.key.id, { mode: 'grace' }, admin)
    await rig.done('rotation/finish', made.key.id, {}, admin)
    expect(await rig.answerTo(own.secret)).toBe('key_revoked')
    expect(await rig.answerTo((await redeemed(grace, codeIn(passed))).secret)).toBeNull()
  })

  test('of links that are made at the same time the last one opens, and the others lead nowhere', async () => {
    const made = await makeFor(grace)
    const again = () => rig.call(admin, 'POST /keys/:id/claim', { params: { id: made.key.id }, body: {} })
    const answers = await Promise.all(Array.from({ length: 6 }, again))
    const open = await rig.database.system.read((db) =>
      db
        .selectFrom('key_claims')
        .select('id')
        .where('key_id', '=', made.key.id)
        .where('withdrawn_at', 'is', null)
        .execute(),
    )
    expect(open).toHaveLength(1)
    const links = answers.map((answer) => codeIn(granted(answer) as { claim: { url: string } }))
    const seen = []
    for (const link of links) seen.push(codeOf(await redeem(grace, link)))
    expect(seen.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'not_found'), null].toSorted())
  })

  test('a lane that is full spends nothing', async () => {
    const made = await makeFor(grace)
    const busy = redeemClaim({ ...rig.keyDeps, hash: async () => refuse('busy') })
    expect(codeOf(await busy(grace, codeIn(made), 'req_1'))).toBe('busy')
    await redeemed(grace, codeIn(made))
  })
})
