import { beforeAll, expect, test } from 'vitest'
import { codeIn, createInvitationRig, goodPassword, type InvitationRig } from '../../../test/invitation-rig.ts'
import { codeOf, granted } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import { Secret } from '../../secret.ts'
import { findSignInSecrets, setPassword } from '../passwords/store.ts'
import type { Actor, Role } from '../schema.ts'
import { insertMember } from '../store.ts'

const day = 86_400_000

onEachStore('taking an invitation', (open) => {
  let rig: InvitationRig
  let admin: Actor
  const org = () => rig.ring.first.organizationId
  const update = (id: string, set: { role?: Role; state?: 'active' | 'deactivated' | 'removed' }) =>
    rig.database.system.transaction((db) => db.updateTable('members').set(set).where('id', '=', id).execute())
  const policies = (policy: object) =>
    rig.database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify(policy) })
        .where('id', '=', org())
        .execute(),
    )
  const secretsOf = (id: string) => rig.database.system.read((db) => findSignInSecrets(db, org(), id))

  beforeAll(async () => {
    rig = await createInvitationRig(await open())
    admin = await rig.ring.addMember('admin')
  })

  test('the link and the address set a password, sign in, and are told in the log', async () => {
    const made = await rig.invited('ada@example.com', { role: 'auditor' }, admin)
    const code = codeIn(made)
    const answer = granted(await rig.accept(code, ' ADA@example.com ', { name: 'Ada' })) as Record<string, unknown>
    expect(answer).toMatchObject({
      member: { id: made.member.id, name: 'Ada', email: 'ada@example.com', role: 'auditor' },
      organization: { id: org() },
      session: { method: 'invitation', current: true },
      secondFactor: 'not-asked',
    })
    expect(rig.cookies.at(-1)).toMatch(/^__Host-ostiary-session=[0-9A-Za-z]{43};.*HttpOnly/)
    const secrets = await secretsOf(made.member.id)
    expect([secrets?.firstSignInAt, secrets?.password?.phc.startsWith('$argon2id$')]).toEqual([
      rig.ring.clock.now(),
      true,
    ])
    const told = await rig.events(made.member.id)
    const actions = told.map(({ action }) => action)
    expect(actions).toEqual([
      'member.created',
      'invitation.created',
      'member.updated',
      'invitation.accepted',
      'password.set',
    ])
    expect(told.slice(2).every(({ actor_id }) => actor_id === made.member.id)).toBe(true)
    expect(JSON.stringify(told)).not.toContain(code)
    expect((await rig.rows('sessions')).filter(({ member_id }) => member_id === made.member.id)).toHaveLength(1)
    const { invitation } = await rig.done(admin, 'GET /invitations/:id', { params: { id: made.invitation.id } })
    expect(invitation).toMatchObject({ state: 'accepted', member: made.member.id })
  })

  test('a link works once, also when it is opened twice at the same moment', async () => {
    const code = codeIn(await rig.invited('once@example.com'))
    const both = await Promise.all([1, 2].map(() => rig.accept(code, 'once@example.com')))
    expect(both.map(codeOf).toSorted()).toEqual(['not_found', null].toSorted())
    expect(codeOf(await rig.accept(code, 'once@example.com'))).toBe('not_found')
  })

  test('unknown, lapsed, withdrawn, renewed and foreign links are alike, to the letter', async () => {
    const lapsed = await rig.invited('lapsed@example.com')
    rig.ring.clock.forward(7 * day)
    const [withdrawn, renewed, other, open] = [
      await rig.invited('withdrawn@example.com'),
      await rig.invited('renewed@example.com'),
      await rig.invited('other@example.com'),
      await rig.invited('open@example.com'),
    ]
    await rig.done(admin, 'DELETE /invitations/:id', { params: { id: withdrawn.invitation.id } })
    await rig.done(admin, 'POST /invitations/:id/resend', { params: { id: renewed.invitation.id } })
    const answers = await Promise.all([
      rig.accept('A'.repeat(43), 'open@example.com'),
      rig.accept('A'.repeat(43), 'nobody@example.com'),
      rig.accept(codeIn(lapsed), 'lapsed@example.com'),
      rig.accept(codeIn(withdrawn), 'withdrawn@example.com'),
      rig.accept(codeIn(renewed), 'renewed@example.com'),
      rig.accept(codeIn(other), 'open@example.com'),
      rig.accept(codeIn(open), 'other@example.com'),
    ])
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(codeOf(await rig.accept('A'.repeat(43), 'open@example.com'))).toBe('not_found')
    granted(await rig.accept(codeIn(open), 'open@example.com'))
  })

  test('it lives to the last millisecond of its seven days', async () => {
    const made = await rig.invited('last@example.com')
    expect(Date.parse(made.invitation.expiresAt)).toBe(rig.ring.clock.now() + 7 * day)
    rig.ring.clock.forward(7 * day - 1)
    granted(await rig.accept(codeIn(made), 'last@example.com'))
  })

  test('G10 the same address in two organizations is two people: a link sets the password of one', async () => {
    await addOrganization(rig.database, 'org_other', 'other')
    const [elsewhere, here] = ['mem_ELSEWHEREelsewhe', await rig.invited('both@example.com')]
    const person = { id: elsewhere, email: 'both@example.com', name: 'Both', role: 'owner', isOperator: false } as const
    await rig.database.system.transaction(async (db) => {
      await insertMember(db, 'org_other', { ...person, createdAt: 1 })
      await setPassword(db, 'org_other', elsewhere, { phc: 'untouched', pepperId: 'root1' }, 1)
    })
    granted(await rig.accept(codeIn(here), 'both@example.com'))
    const secrets = await rig.database.system.read((db) => findSignInSecrets(db, 'org_other', elsewhere))
    expect(secrets?.password?.phc).toBe('untouched')
    expect((await rig.rows('sessions')).some(({ organization_id }) => organization_id === 'org_other')).toBe(false)
  })

  test('a link gives no more than whoever made it could give now', async () => {
    const [demoted, removed, deactivated] = [
      await rig.ring.addMember('owner'),
      await rig.ring.addMember('admin'),
      await rig.ring.addMember('admin'),
    ]
    const links = {
      demoted: await rig.invited('peer@example.com', { role: 'admin' }, demoted),
      lower: await rig.invited('lower@example.com', { role: 'member' }, demoted),
      removed: await rig.invited('left@example.com', {}, removed),
      deactivated: await rig.invited('paused@example.com', {}, deactivated),
    }
    await update(demoted.memberId, { role: 'admin' })
    await update(removed.memberId, { state: 'removed' })
    await update(deactivated.memberId, { state: 'deactivated' })
    expect(codeOf(await rig.accept(codeIn(links.demoted), 'peer@example.com'))).toBe('not_found')
    expect(codeOf(await rig.accept(codeIn(links.removed), 'left@example.com'))).toBe('not_found')
    expect(codeOf(await rig.accept(codeIn(links.deactivated), 'paused@example.com'))).toBe('not_found')
    granted(await rig.accept(codeIn(links.lower), 'lower@example.com'))
    await update(demoted.memberId, { role: 'member' })
    await update(deactivated.memberId, { state: 'active' })
    granted(await rig.accept(codeIn(links.deactivated), 'paused@example.com'))
  })

  test('nor a role that the person was given since by somebody else: the one who saw the link may not have it', async () => {
    const made = await rig.invited('raised@example.com', { role: 'member' }, admin)
    await update(made.member.id, { role: 'owner' })
    expect(codeOf(await rig.accept(codeIn(made), 'raised@example.com'))).toBe('not_found')
    const renewed = await rig.done(rig.ring.owner, 'POST /invitations/:id/resend', {
      params: { id: made.invitation.id },
    })
    granted(await rig.accept(codeIn(renewed), 'raised@example.com'))
  })

  test('somebody who was deactivated or removed, or has come in another way, comes in by no old link', async () => {
    const links = {
      removed: await rig.invited('gone@example.com'),
      deactivated: await rig.invited('off@example.com'),
      reset: await rig.invited('reset@example.com'),
    }
    await update(links.removed.member.id, { state: 'removed' })
    await update(links.deactivated.member.id, { state: 'deactivated' })
    const stored = { phc: 'set by a reset', pepperId: 'root1' }
    await rig.database.system.transaction((db) => setPassword(db, org(), links.reset.member.id, stored, 1))
    for (const [name, email] of [
      ['removed', 'gone@example.com'],
      ['deactivated', 'off@example.com'],
      ['reset', 'reset@example.com'],
    ] as const)
      expect(codeOf(await rig.accept(codeIn(links[name]), email)), name).toBe('not_found')
    expect((await secretsOf(links.reset.member.id))?.password?.phc).toBe('set by a reset')
  })

  test('a password that is guessed first spends nothing; names and addresses are no passwords', async () => {
    const made = await rig.invited('careful@example.com', { name: 'Carola Fullname' })
    for (const password of ['short', 'a'.repeat(14), 'careful@example.com', 'Carola Fullname', 'ostiary-ostiary'])
      expect(codeOf(await rig.accept(codeIn(made), 'careful@example.com', { password })), password).toBe('invalid')
    granted(await rig.accept(codeIn(made), 'careful@example.com'))
    const stored = (await secretsOf(made.member.id))?.password ?? null
    const { isPassword } = rig.ring.signIn.deps
    const right = await isPassword(org(), made.member.id, new Secret(goodPassword, 'password'), stored)
    expect(right).toEqual({ ok: true, value: true })
  })

  test('where passwords are off the person is told how to come in, and the link is not spent', async () => {
    const made = await rig.invited('sso@example.com')
    await policies({ passwordSignIn: 'off' })
    const answer = await rig.accept(codeIn(made), 'sso@example.com')
    expect(answer).toMatchObject({
      problem: { code: 'password_sign_in_off', detail: expect.stringContaining('/sign-in?organization=default') },
    })
    expect(codeOf(await rig.accept('A'.repeat(43), 'sso@example.com'))).toBe('not_found')
    await policies({})
    granted(await rig.accept(codeIn(made), 'sso@example.com'))
  })

  test('whose role asks for a second factor is in with the first alone, which opens nothing but setting one up', async () => {
    const made = await rig.invited('factor@example.com', { role: 'auditor' })
    await policies({ secondFactorRoles: ['auditor'] })
    expect(granted(await rig.accept(codeIn(made), 'factor@example.com'))).toMatchObject({ secondFactor: 'needed' })
    await policies({})
  })

  test('whoever found a link is slowed down before he has found out for whom it is', async () => {
    const made = await rig.invited('found@example.com')
    const codes = new Set<string | null>()
    for (let guess = 0; guess < 12; guess++)
      codes.add(codeOf(await rig.accept(codeIn(made), `guess${guess}@example.com`, {}, '203.0.113.7')))
    expect([...codes]).toEqual(['not_found', 'too_many_attempts'])
    expect(codeOf(await rig.accept(codeIn(made), 'found@example.com', {}, '203.0.113.7'))).toBe('too_many_attempts')
    granted(await rig.accept(codeIn(made), 'found@example.com', {}, '198.51.100.7'))
  })
})
