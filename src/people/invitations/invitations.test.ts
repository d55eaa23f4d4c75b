import { beforeAll, expect, test } from 'vitest'
import { codeIn, createInvitationRig, goodPassword, type InvitationRig } from '../../../test/invitation-rig.ts'
import { codeOf, granted } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { findSignInSecrets, setPassword } from '../passwords/store.ts'
import type { Actor } from '../schema.ts'
import { findTeam, membersOf } from '../teams/store.ts'

onEachStore('invitations', (open) => {
  let rig: InvitationRig
  let mailed: InvitationRig
  let admin: Actor
  const org = () => rig.ring.first.organizationId
  const at = (invitation: { id: string }) => ({ params: { id: invitation.id } })
  const withdraw = (actor: Actor, { invitation }: { invitation: { id: string } }, query = {}) =>
    rig.call(actor, 'DELETE /invitations/:id', { ...at(invitation), query })
  const resend = (actor: Actor, { invitation }: { invitation: { id: string } }) =>
    rig.call(actor, 'POST /invitations/:id/resend', at(invitation))
  const invite = (actor: Actor, body: object) => rig.call(actor, 'POST /invitations', { body })

  beforeAll(async () => {
    const database = await open()
    rig = await createInvitationRig(database)
    mailed = await createInvitationRig(await open(), { isMailed: true })
    admin = await rig.ring.addMember('admin')
  })

  test('who is added without a password is invited in the same stroke; the link is shown once, without mail', async () => {
    const { member, invitation } = await rig.done(admin, 'POST /members', { body: { email: 'ada@example.com' } })
    expect(member).toMatchObject({ email: 'ada@example.com', role: 'member', status: 'invited' })
    expect(invitation.url).toMatch(/^https:\/\/control\.example\/invitation#[0-9A-Za-z]{43}$/)
    expect(invitation).not.toHaveProperty('mailedTo')
    const shown = await rig.done(admin, 'GET /invitations/:id', at(invitation))
    expect(shown.invitation).toMatchObject({ state: 'open', member: member.id, createdBy: admin.memberId })
    expect(shown.refs[admin.memberId]).toEqual({ slug: null, name: 'admin' })
    const everything = JSON.stringify([await rig.rows('invitations'), shown, await rig.events(member.id)])
    expect(everything).not.toContain(codeIn({ invitation }))
    expect((await rig.events(member.id)).map(({ action }) => action)).toEqual(['member.created', 'invitation.created'])
  })

  test('with mail the letter has the link, and whoever invites does not see it', async () => {
    const { ring, done } = mailed
    const { invitation } = await done(ring.owner, 'POST /invitations', { body: { email: 'grace@example.com' } })
    expect([invitation.mailedTo, invitation.url]).toEqual(['grace@example.com', undefined])
    await ring.signIn.settled()
    const [letter] = ring.signIn.letters
    expect(letter).toMatchObject({ to: 'grace@example.com', subject: expect.stringContaining('Invitation to ') })
    const link = /https:\/\/control\.example\/invitation#([0-9A-Za-z]{43})/.exec(letter?.text ?? '')?.[1] ?? ''
    expect(letter?.text).toContain(ring.owner.name)
    expect(letter?.text).toContain('2026-01-08 at 00:00 UTC')
    const shown = await done(ring.owner, 'GET /invitations/:id', { params: { id: invitation.id } })
    expect(shown.invitation.mailedAt).toBe('2026-01-01T00:00:00.000Z')
    granted(await mailed.accept(link, 'grace@example.com'))
  })

  test('a password that is given makes no link; it is held to the rules, and Argon2 stays outside the unit', async () => {
    const add = (body: object) => rig.call(admin, 'POST /members', { body })
    const made = granted(await add({ email: 'set@example.com', password: goodPassword })) as { member: { id: string } }
    expect(made).not.toHaveProperty('invitation')
    const secrets = await rig.database.system.read((db) => findSignInSecrets(db, org(), made.member.id))
    expect(secrets?.password?.phc).toMatch(/^\$argon2id\$/)
    expect((await rig.events(made.member.id)).map(({ action }) => action)).toEqual(['member.created', 'password.set'])
    const weak = await add({ email: 'weak@example.com', password: 'weak@example.com' })
    expect(weak).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/password' }] } })
    expect(codeOf(await add({ email: 'weak@example.com', password: 'short' }))).toBe('invalid')
    const off = JSON.stringify({ passwordSignIn: 'off' })
    const set = (policies: string) =>
      rig.database.system.transaction((db) => db.updateTable('organizations').set({ policies }).execute())
    await set(off)
    expect(codeOf(await add({ email: 'off@example.com', password: goodPassword }))).toBe('password_sign_in_off')
    await set('{}')
    granted(await add({ email: 'off@example.com' }))
  })

  test('nobody invites above himself, and nobody invites who may not invite', async () => {
    for (const role of ['owner', 'admin'])
      expect(codeOf(await invite(admin, { email: `up-${role}@example.com`, role }))).toBe('not_permitted')
    const made = await rig.invited('peer@example.com', { role: 'admin' })
    for (const action of [resend, withdraw]) expect(codeOf(await action(admin, made))).toBe('not_permitted')
    expect(codeOf(await invite(admin, { email: 'peer@example.com' }))).toBe('not_permitted')
    for (const body of [{ email: 'x@example.com', role: 'king' }, { email: 'x@example.com', operator: true }, {}])
      expect(codeOf(await invite(admin, body))).toBe('invalid')
  })

  test('a token that was cut to inviting hands out no role, and is shown no link with which it becomes somebody', async () => {
    const { owner } = rig.ring
    const cut: Actor = { ...owner, scopes: ['invitations:write', 'invitations:read'] }
    for (const role of ['owner', 'admin', 'auditor'])
      expect(codeOf(await invite(cut, { email: `cut-${role}@example.com`, role })), role).toBe('not_permitted')
    granted(
      await invite({ ...cut, scopes: [...cut.scopes, 'members:write'] }, { email: 'w@example.com', role: 'auditor' }),
    )
    // Whoever has been invited with a role, and whoever is a member by a token of his own.
    const made = await rig.invited('boss@example.com', { role: 'owner' })
    expect(codeOf(await resend(cut, made))).toBe('not_permitted')
    expect(codeOf(await invite(cut, { email: 'boss@example.com' }))).toBe('not_permitted')
    granted(await rig.accept(codeIn(made), 'boss@example.com'))
    // By mail it goes to the person alone.
    const posted = await mailed.invited('boss@example.com', { role: 'owner' })
    const same = { ...mailed.ring.owner, scopes: cut.scopes }
    granted(await mailed.call(same, 'POST /invitations/:id/resend', at(posted.invitation)))
    granted(await mailed.call(same, 'POST /invitations', { body: { email: 'boss@example.com' } }))
  })

  test('G10 the invitations of another organization are not there', async () => {
    const made = await rig.invited('mine@example.com')
    const stranger = { ...admin, organizationId: 'org_0000000000000000' }
    expect(codeOf(await withdraw(stranger, made))).toBe('not_found')
    expect(codeOf(await resend(stranger, made))).toBe('not_found')
    expect(codeOf(await rig.call(stranger, 'GET /invitations/:id', at(made.invitation)))).toBe('not_found')
    expect(granted(await rig.call(stranger, 'GET /invitations'))).toMatchObject({ items: [], total: 0 })
  })

  test('who was invited joins the teams that were named, all of them or none', async () => {
    const { team } = await rig.done(rig.ring.owner, 'POST /teams', { body: { slug: 'ops' } })
    const other = await rig.done(rig.ring.owner, 'POST /teams', { body: { slug: 'dev' } })
    const missing = await invite(admin, { email: 'team@example.com', teams: ['ops', 'nowhere'] })
    expect(missing).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/teams/1' }] } })
    const { member } = await rig.invited('team@example.com', { teams: ['ops', other.team.id, team.id] }, admin)
    const inTeams = await rig.database.read(org(), async (db) => {
      const found = await Promise.all(['ops', 'dev'].map((slug) => findTeam(db, org(), slug)))
      return membersOf(
        db,
        found.flatMap((one) => (one ? [{ organizationId: org(), id: one.id }] : [])),
      )
    })
    expect([...inTeams.values()]).toEqual([[member.id], [member.id]])
    expect((await rig.events(team.id)).map(({ action }) => action)).toEqual(['team.created', 'team.updated'])
    const cut = { ...admin, scopes: ['invitations:write'] }
    expect(codeOf(await invite(cut, { email: 'cut@example.com', teams: ['ops'] }))).toBe('not_permitted')
    granted(await invite(cut, { email: 'cut@example.com' }))
  })

  test('a member who has never come in is invited again, and the link of before is dead', async () => {
    const first = await rig.invited('again@example.com')
    const second = await rig.invited('again@example.com', { name: 'again@example.com' })
    expect(second.member).toMatchObject({ id: first.member.id, status: 'invited' })
    expect(codeOf(await rig.accept(codeIn(first), 'again@example.com'))).toBe('not_found')
    const other = await invite(rig.ring.owner, { email: 'again@example.com', role: 'admin' })
    expect(other).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/role' }] } })
    granted(await rig.accept(codeIn(second), 'again@example.com'))
    const known = await invite(rig.ring.owner, { email: 'again@example.com' })
    expect(known).toMatchObject({ problem: { errors: [{ pointer: '/email', detail: 'is a member already' }] } })
  })

  test('of two who invite one address at the same moment one is told that it is a member', async () => {
    const both = await Promise.all([1, 2].map(() => invite(admin, { email: 'race@example.com' })))
    expect(both.map(codeOf).filter((code) => code === null).length).toBeGreaterThan(0)
    const rows = (await rig.rows('invitations')).filter(({ email }) => email === 'race@example.com')
    expect(rows.filter(({ withdrawn_at }) => withdrawn_at === null)).toHaveLength(1)
  })

  test('a new link ends the old one, of a lapsed invitation too, and is told', async () => {
    const made = await rig.invited('late@example.com')
    rig.ring.clock.forward(8 * 86_400_000)
    const renewed = granted(await resend(admin, made)) as { invitation: { url: string; state: string } }
    expect(renewed.invitation.state).toBe('open')
    expect(codeOf(await rig.accept(codeIn(made), 'late@example.com'))).toBe('not_found')
    expect((await rig.events(made.member.id)).at(-1)).toMatchObject({
      action: 'invitation.resent',
      actor_id: admin.memberId,
    })
    granted(await rig.accept(codeIn(renewed), 'late@example.com'))
    expect(codeOf(await resend(admin, made))).toBe('invitation_over')
    expect(codeOf(await withdraw(admin, made))).toBe('invitation_over')
    const set = await rig.invited('reset@example.com')
    const stored = { phc: 'x', pepperId: 'root1' }
    await rig.database.system.transaction((db) => setPassword(db, org(), set.member.id, stored, 1))
    expect(codeOf(await resend(admin, set))).toBe('invitation_over')
  })

  test('withdrawing keeps the member, or removes him if that is said, and never one who has come in', async () => {
    const [kept, gone, inside] = [
      await rig.invited('kept@example.com'),
      await rig.invited('gone@example.com'),
      await rig.invited('inside@example.com'),
    ]
    expect(granted(await withdraw(admin, kept))).toMatchObject({ invitation: { state: 'withdrawn' } })
    expect(granted(await withdraw(admin, kept))).toMatchObject({ invitation: { state: 'withdrawn' } })
    expect(codeOf(await resend(admin, kept))).toBe('invitation_over')
    const stay = await rig.call(admin, 'GET /members/:id', { params: { id: kept.member.id } })
    expect(granted(stay)).toMatchObject({ member: { status: 'active' } })
    const cut = { ...admin, scopes: ['invitations:write'] }
    expect(codeOf(await withdraw(cut, gone, { removeMember: 'true' }))).toBe('not_permitted')
    for (const _ of [1, 2]) granted(await withdraw(admin, gone, { removeMember: 'true' }))
    const left = await rig.call(admin, 'GET /members/:id', { params: { id: gone.member.id } })
    expect(codeOf(left)).toBe('not_found')
    granted(await rig.accept(codeIn(inside), 'inside@example.com'))
    expect(codeOf(await withdraw(admin, inside, { removeMember: 'true' }))).toBe('invitation_over')
    expect((await rig.events(kept.member.id)).map(({ action }) => action)).toEqual([
      'member.created',
      'invitation.created',
      'invitation.withdrawn',
    ])
  })

  test('the list goes newest first, by state and page by page, and a cursor of another list is none', async () => {
    const page = (query: object) => rig.done(admin, 'GET /invitations', { query })
    const all = await page({ limit: 200 })
    expect(all.total).toBe(all.items.length)
    for (const state of ['open', 'accepted', 'withdrawn', 'expired']) {
      const wanted = all.items.filter((one: { state: string }) => one.state === state)
      const [first, seen] = [await page({ state, limit: 1 }), []] as [{ nextCursor: string | null }, unknown[]]
      let next = first as { nextCursor: string | null; items: unknown[] }
      for (seen.push(...next.items); next.nextCursor; seen.push(...next.items))
        next = await page({ state, limit: 1, cursor: next.nextCursor })
      expect(seen, state).toEqual(wanted)
      expect(wanted.length, state).toBeGreaterThan(0)
    }
    const { nextCursor } = await page({ limit: 1 })
    const foreign = await rig.call(admin, 'GET /invitations', { query: { state: 'accepted', cursor: nextCursor } })
    expect(codeOf(foreign)).toBe('bad_cursor')
  })
})
