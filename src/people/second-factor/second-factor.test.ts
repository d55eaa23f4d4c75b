import { beforeAll, beforeEach, expect, test } from 'vitest'
import { codeAt, createFactorRig, type FactorRig, goodPassword, type Tab } from '../../../test/factor-rig.ts'
import { codeOf, granted } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Role } from '../schema.ts'
import { delayAfter } from './guesses.ts'

const [step, hour] = [30_000, 3_600_000]

test('whoever guesses codes as fast as he may has 11 looked at in the first hour and 34 in a day', () => {
  const within = (span: number): number => {
    let [guesses, at] = [0, 0]
    for (; at < span; at += delayAfter(guesses)) guesses += 1
    return guesses
  }
  expect([within(hour), within(24 * hour)]).toEqual([11, 34])
})

onEachStore('second factor', (open) => {
  let rig: FactorRig
  beforeAll(async () => {
    rig = await createFactorRig(await open())
  })
  beforeEach(() => rig.clock.forward(hour))

  /** A person with an authenticator, signed in at a browser that has not shown it yet. */
  const equipped = async (role: Role = 'member') => {
    const actor = await rig.addMember(role)
    await rig.givePassword(actor.memberId)
    const first = await rig.enter(actor)
    const { secret, recoveryCodes } = await rig.equip(first)
    rig.clock.forward(10 * step)
    const tab = await rig.enter(actor)
    const code = (steps = 0): string => codeAt(secret, rig.clock.now() + steps * step)
    return { actor, memberId: actor.memberId, first, tab, secret, recoveryCodes, code }
  }
  const show = (tab: Tab, body: object) => rig.call(tab, 'POST /sessions/second-factor', body)
  const state = async (tab: Tab) => granted(await rig.call(tab, 'GET /me/second-factor'))
  const isIn = async (tab: Tab): Promise<string | null> => codeOf(await rig.call(tab, 'GET /me'))
  const policy = async (roles: Role[]): Promise<unknown> =>
    granted(await rig.asActor(rig.owner, 'PATCH /policies', { body: { secondFactorRoles: roles } }))

  test('a secret of 160 bits counts once its first code has come back, and the other browsers start anew', async () => {
    const actor = await rig.addMember('member')
    const [tab, other] = [await rig.enter(actor), await rig.enter(actor)]
    expect(await state(tab)).toEqual({ state: 'off', required: false, confirmedAt: null, codesLeft: 0 })
    const made = granted(await rig.call(tab, 'POST /me/second-factor'))
    expect(made.secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(made.uri).toMatch(/^otpauth:\/\/totp\/Ostiary:.*secret=[A-Z2-7]{32}.*period=30/)
    expect(made.qr).toMatch(/^<svg .*<\/svg>$/s)
    expect(await isIn(await rig.enter(actor))).toBeNull()
    expect((await state(tab)).state).toBe('draft')
    const former = { ...tab }
    const code = codeAt(made.secret, rig.clock.now())
    const { recoveryCodes, csrfToken } = granted(await rig.call(tab, 'POST /me/second-factor/confirm', { code }))
    expect(new Set(recoveryCodes).size).toBe(10)
    for (const one of recoveryCodes) expect(one).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect([tab.cookie === former.cookie, tab.csrf]).toEqual([false, csrfToken])
    expect(await isIn(tab)).toBeNull()
    expect(await isIn(former)).toBe('not_signed_in')
    expect(await isIn(other)).toBe('not_signed_in')
    expect(await state(tab)).toMatchObject({ state: 'on', codesLeft: 10 })
    expect(await rig.events('second-factor.enabled')).toMatchObject([{ subject_id: actor.memberId }])
    await rig.signIn.settled()
    expect(rig.signIn.letters.at(-1)?.subject).toContain('A second factor was set up')
  })

  test('nothing that is secret stands in the store or in the log', async () => {
    const { secret, recoveryCodes, code } = await equipped()
    const rows = await rig.everything()
    for (const one of [secret, code(), ...recoveryCodes, ...recoveryCodes.map((each) => each.replaceAll('-', ''))])
      expect(rows).not.toContain(one)
  })

  test('a session that has shown the password alone opens nothing but the way to the second factor', async () => {
    const { tab, code } = await equipped()
    for (const what of ['GET /me', 'GET /members', 'POST /me/second-factor/codes', 'DELETE /me/second-factor'])
      expect(codeOf(await rig.call(tab, what, { code: code() })), what).toBe('second_factor_required')
    expect((await state(tab)).state).toBe('on')
    const before = { ...tab }
    const shown = granted(await show(tab, { code: code() }))
    expect(shown).toMatchObject({ secondFactor: 'passed', session: { current: true } })
    expect(await isIn(tab)).toBeNull()
    expect(await isIn(before)).toBe('not_signed_in')
  })

  test('whoever has the password alone cannot set up a factor of his own in place of the one that is there', async () => {
    const { tab, first, code } = await equipped()
    expect(codeOf(await rig.call(tab, 'POST /me/second-factor', { password: goodPassword }))).toBe(
      'second_factor_required',
    )
    // Begun by its owner, and not his to finish.
    const { secret } = granted(await rig.call(first, 'POST /me/second-factor', { password: goodPassword }))
    const stolen = { code: codeAt(secret, rig.clock.now()) }
    expect(codeOf(await rig.call(tab, 'POST /me/second-factor/confirm', stolen))).toBe('second_factor_required')
    granted(await show(tab, { code: code() }))
  })

  test('a code works once, and no code of before works after it, also when it comes twice at once', async () => {
    const { actor, code } = await equipped()
    const tabs = await Promise.all([1, 2, 3].map(() => rig.enter(actor)))
    const now = code()
    const answers = await Promise.all(tabs.map((tab) => show(tab, { code: now })))
    expect(answers.map(codeOf).toSorted()).toEqual(['sign_in_refused', 'sign_in_refused', null].toSorted())
    const late = await rig.enter(actor)
    expect(codeOf(await show(late, { code: now }))).toBe('sign_in_refused')
    expect(codeOf(await show(late, { code: code(-1) }))).toBe('sign_in_refused')
    rig.clock.forward(step)
    granted(await show(late, { code: code() }))
  })

  test('the code with which it was set up does not sign in afterwards', async () => {
    const actor = await rig.addMember('member')
    const { secret } = await rig.equip(await rig.enter(actor))
    const tab = await rig.enter(actor)
    expect(codeOf(await show(tab, { code: codeAt(secret, rig.clock.now()) }))).toBe('sign_in_refused')
    granted(await show(tab, { code: codeAt(secret, rig.clock.now() + step) }))
  })

  test('a clock that is off by one step either way does no harm, by two it does', async () => {
    const { actor, code } = await equipped()
    for (const [off, answer] of [
      [-2, 'sign_in_refused'],
      [2, 'sign_in_refused'],
      [-1, null],
      [1, null],
    ] as const) {
      const tab = await rig.enter(actor)
      expect(codeOf(await show(tab, { code: code(off) })), `${off} steps`).toBe(answer)
    }
  })

  test('codes are not guessed: they wait longer and longer, from wherever they come, and many at once count', async () => {
    const { actor, memberId, code } = await equipped()
    let tries = 0
    const guess = async (): Promise<string | null> => {
      tries += 1
      const tab = { ...(await rig.enter(actor)), address: `198.51.100.${tries % 250}` }
      return codeOf(await show(tab, { code: code(5 + tries) }))
    }
    const crowd = await Promise.all(Array.from({ length: 30 }, guess))
    expect(crowd.filter((answer) => answer === 'sign_in_refused')).toHaveLength(5)
    expect(crowd.filter((answer) => answer === 'too_many_attempts')).toHaveLength(25)
    let looked = 5
    for (let waited = 0; waited < 4 * hour; waited += 10 * 60_000) {
      rig.clock.forward(10 * 60_000)
      if ((await guess()) === 'sign_in_refused') looked += 1
    }
    expect(looked).toBeLessThanOrEqual(14)
    await rig.signIn.settled()
    const { email } = await rig.memberOf(memberId)
    const told = rig.signIn.letters.filter(({ to, subject }) => to === email && subject.startsWith('Wrong codes'))
    expect(told).toHaveLength(1)
  })

  test('guessing keeps nobody out: sessions that are in stay in, recovery codes do not wait, a right code ends it', async () => {
    const { actor, first, tab, code, recoveryCodes } = await equipped()
    for (let at = 0; at < 6; at += 1) await show({ ...tab, address: `203.0.113.${at}` }, { code: code(9 + at) })
    const refused = await show({ ...tab, address: '203.0.113.99' }, { code: code() })
    expect(refused).toMatchObject({ problem: { code: 'too_many_attempts', retryAfterSeconds: 30 } })
    expect([await isIn(first), (await state(tab)).state]).toEqual([null, 'on'])
    granted(await show(await rig.enter(actor), { recoveryCode: recoveryCodes[0] }))
    rig.clock.forward(step)
    granted(await show(tab, { code: code() }))
    const next = await rig.enter(actor)
    for (let at = 0; at < 4; at += 1) await show({ ...next, address: `203.0.113.${at}` }, { code: code(9 + at) })
    rig.clock.forward(step)
    granted(await show(next, { code: code() }))
  })

  test('one browser that shows wrong codes is held up by itself, whosever they are', async () => {
    const { tab, recoveryCodes } = await equipped()
    const wrong = () => show(tab, { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' })
    for (let at = 0; at < 10; at += 1) expect(codeOf(await wrong())).toBe('sign_in_refused')
    expect(codeOf(await wrong())).toBe('too_many_attempts')
    granted(await show({ ...tab, address: '203.0.113.7' }, { recoveryCode: recoveryCodes[1] }))
  })

  test('a recovery code works once, however it is written, for its own member, and its use is told', async () => {
    const { actor, memberId, recoveryCodes } = await equipped()
    const { tab: foreign } = await equipped()
    expect(codeOf(await show(foreign, { recoveryCode: recoveryCodes[0] }))).toBe('sign_in_refused')
    const tabs = await Promise.all([1, 2, 3].map(() => rig.enter(actor)))
    const answers = await Promise.all(tabs.map((tab) => show(tab, { recoveryCode: recoveryCodes[0] })))
    expect(answers.map(codeOf).toSorted()).toEqual(['sign_in_refused', 'sign_in_refused', null].toSorted())
    const tab = await rig.enter(actor)
    expect(codeOf(await show(tab, { recoveryCode: recoveryCodes[0] }))).toBe('sign_in_refused')
    const typed = ` ${recoveryCodes[1]?.replaceAll('-', ' ').toLowerCase().replaceAll('1', 'l').replaceAll('0', 'o')} `
    granted(await show(tab, { recoveryCode: typed }))
    expect((await state(tab)).codesLeft).toBe(8)
    const used = (await rig.events('second-factor.code-used')).filter(({ subject_id }) => subject_id === memberId)
    expect(used.map(({ after }) => JSON.parse(after ?? ''))).toEqual([{ codesLeft: 9 }, { codesLeft: 8 }])
    await rig.signIn.settled()
    expect(rig.signIn.letters.at(-1)?.subject).toContain('A recovery code was used')
  })

  test('new recovery codes, another authenticator and none at all take the password or a code once more', async () => {
    const { first, code, recoveryCodes } = await equipped()
    const proofs = [
      {},
      { password: 'wrong' },
      { code: '000000' },
      { recoveryCode: 'x' },
      { password: 'a', code: '000000' },
    ]
    for (const what of ['POST /me/second-factor', 'POST /me/second-factor/codes', 'DELETE /me/second-factor'])
      for (const [at, proof] of proofs.entries()) {
        const tab = { ...first, address: `203.0.113.${at}` }
        const wanted = Object.keys(proof).length === 1 ? 'sign_in_refused' : 'invalid'
        const answer = codeOf(await rig.call(tab, what, proof))
        expect(answer === 'too_many_attempts' ? 'sign_in_refused' : answer, `${what} ${at}`).toBe(wanted)
      }
    expect(await state(first)).toMatchObject({ state: 'on', codesLeft: 10 })
    rig.clock.forward(hour)
    const fresh = granted(await rig.call(first, 'POST /me/second-factor/codes', { password: goodPassword }))
    expect(fresh.recoveryCodes).toHaveLength(10)
    const spent = { recoveryCode: recoveryCodes[0] }
    expect(codeOf(await rig.call(first, 'POST /me/second-factor/codes', spent))).toBe('sign_in_refused')
    granted(await rig.call(first, 'POST /me/second-factor/codes', { code: code() }))
    expect(await isIn(first)).toBeNull()
  })

  test('until another authenticator has shown its first code the one before counts, and half an hour later it does for good', async () => {
    const { actor, first, code, secret: old } = await equipped()
    const { secret } = granted(await rig.call(first, 'POST /me/second-factor', { password: goodPassword }))
    granted(await show(await rig.enter(actor), { code: code() }))
    rig.clock.forward(30 * 60_000)
    const late = { code: codeAt(secret, rig.clock.now()) }
    expect(codeOf(await rig.call(first, 'POST /me/second-factor/confirm', late))).toBe('not_found')
    const next = granted(await rig.call(first, 'POST /me/second-factor', { password: goodPassword }))
    expect(codeOf(await rig.call(first, 'POST /me/second-factor/confirm', { code: '000000' }))).toBe('sign_in_refused')
    const right = { code: codeAt(next.secret, rig.clock.now()) }
    const both = await Promise.all([1, 2].map(() => rig.call(first, 'POST /me/second-factor/confirm', right)))
    expect(both.map((one) => one.ok).toSorted()).toEqual([false, true])
    rig.clock.forward(step)
    const tab = await rig.enter(actor)
    expect(codeOf(await show(tab, { code: codeAt(old, rig.clock.now()) }))).toBe('sign_in_refused')
    granted(await show(tab, { code: codeAt(next.secret, rig.clock.now()) }))
  })

  test('without a second factor there is nothing to show, to renew or to switch off', async () => {
    const actor = await rig.addMember('member')
    await rig.givePassword(actor.memberId)
    const tab = await rig.enter(actor)
    const proof = { password: goodPassword }
    expect(codeOf(await show(tab, { code: '123456' }))).toBe('not_found')
    expect(codeOf(await show(tab, { recoveryCode: 'AAAA' }))).toBe('not_found')
    for (const body of [
      {},
      { code: '123456', recoveryCode: 'A' },
      { code: '12345' },
      { code: '1234567' },
      { token: 'x' },
    ])
      expect(codeOf(await show(tab, body)), JSON.stringify(body)).toBe('invalid')
    expect(codeOf(await rig.call(tab, 'POST /me/second-factor/codes', proof))).toBe('not_found')
    expect(codeOf(await rig.call(tab, 'DELETE /me/second-factor', proof))).toBe('not_found')
    expect(codeOf(await rig.call(tab, 'POST /me/second-factor/confirm', { code: '123456' }))).toBe('not_found')
  })

  test('no management token touches the second factor of its member', async () => {
    const { actor, code } = await equipped('admin')
    const calls = ['POST /me/second-factor', 'GET /me/second-factor', 'DELETE /me/second-factor']
    for (const what of [...calls, 'POST /me/second-factor/codes', 'POST /sessions/second-factor']) {
      const needs = rig.routes.find(({ method, path }) => `${method} ${path}` === what)?.needs.right
      expect(['first-factor', 'session'], what).toContain(needs)
    }
    const own = { params: { id: actor.memberId } }
    expect(codeOf(await rig.asActor(actor, 'DELETE /members/:id/second-factor', own))).toBe('not_permitted')
    granted(await show(await rig.enter(actor), { code: code() }))
  })

  test('one switches it off oneself, unless the policy asks for it, and then no session counts as having shown it', async () => {
    const { actor, memberId, first, code } = await equipped('auditor')
    await policy(['auditor'])
    expect((await state(first)).required).toBe(true)
    expect(codeOf(await rig.call(first, 'DELETE /me/second-factor', { code: code() }))).toBe('policy_refused')
    await policy([])
    granted(await rig.call(first, 'DELETE /me/second-factor', { code: code() }))
    expect(await state(first)).toEqual({ state: 'off', required: false, confirmedAt: null, codesLeft: 0 })
    expect(await isIn(await rig.enter(actor))).toBeNull()
    await policy(['auditor'])
    expect(await isIn(first)).toBe('second_factor_required')
    await rig.equip(first)
    expect(await isIn(first)).toBeNull()
    await policy([])
    const off = (await rig.events('second-factor.disabled')).filter(({ subject_id }) => subject_id === memberId)
    expect(off).toMatchObject([{ actor_id: memberId }])
  })

  test('of somebody who has lost it an owner or admin switches it off who may act for him, and he is told', async () => {
    const lost = await equipped('member')
    const boss = await equipped('owner')
    const admin = await rig.addMember('admin')
    const off = (by: typeof admin, id: string) =>
      rig.asActor(by, 'DELETE /members/:id/second-factor', { params: { id } })
    for (const by of [await rig.addMember('member'), await rig.addMember('auditor')])
      expect(rig.mayCall(by, 'DELETE /members/:id/second-factor')).toBe(false)
    expect(codeOf(await off(admin, boss.memberId))).toBe('not_permitted')
    const stranger = { ...admin, organizationId: 'org_0000000000000000' }
    expect(codeOf(await off(stranger, lost.memberId))).toBe('not_found')
    granted(await off(admin, lost.memberId))
    expect(codeOf(await off(admin, lost.memberId))).toBe('not_found')
    expect([await isIn(lost.first), await isIn(lost.tab)]).toEqual(['not_signed_in', 'not_signed_in'])
    expect(await isIn(await rig.enter(lost.actor))).toBeNull()
    await rig.signIn.settled()
    const { email } = await rig.memberOf(lost.memberId)
    expect(rig.signIn.letters.at(-1)).toMatchObject({ to: email, subject: expect.stringContaining('switched off') })
    expect((await rig.events('second-factor.disabled')).at(-1)).toMatchObject({
      actor_id: admin.memberId,
      subject_id: lost.memberId,
    })
  })
})
