import { hash } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { codeAt, createFactorRig, type FactorRig, goodPassword, type Tab } from '../../../test/factor-rig.ts'
import { callRoute, codeOf, granted } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { Secret } from '../../secret.ts'
import { findSignInSecrets, setPassword } from '../passwords/store.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor, Role } from '../schema.ts'
import { askReset } from './ask.ts'
import { makeReset } from './make.ts'

const [minute, hour] = [60_000, 3_600_000]
const better = 'another lantern, 14 storks'

onEachStore('new passwords', (open) => {
  let database: Database
  let rig: FactorRig
  beforeAll(async () => {
    database = await open()
    rig = await createFactorRig(database)
  })
  beforeEach(() => rig.clock.forward(hour))

  const stranger = (address = '192.0.2.9'): Tab => ({ cookie: null, csrf: '', address })
  /** Added, and has not come in yet. */
  const invited = async (role: Role = 'member') => {
    const actor = await rig.addMember(role)
    const email = `${actor.memberId}@example.com`.toLowerCase()
    await database.system.transaction((db) =>
      db.updateTable('members').set({ email }).where('id', '=', actor.memberId).execute(),
    )
    return { actor, memberId: actor.memberId, email }
  }
  const person = async (role: Role = 'member') => {
    const added = await invited(role)
    await rig.givePassword(added.memberId)
    return added
  }
  const ask = (email: string, more: object = {}, address?: string) =>
    rig.call(stranger(address), 'POST /password-resets', { email, ...more })
  const lettersTo = async (email: string): Promise<string[]> => {
    await rig.signIn.settled()
    await rig.signIn.settled()
    return rig.signIn.letters.filter(({ to }) => to === email).map(({ text }) => text)
  }
  const codeIn = (text: string | undefined): string => /\/reset#([0-9A-Za-z]{43})/.exec(text ?? '')?.[1] ?? ''
  const mailed = async (email: string): Promise<string> => {
    granted(await ask(email))
    return codeIn((await lettersTo(email)).at(-1))
  }
  const redeem = (code: string, password = better, tab = stranger()) =>
    rig.call(tab, 'POST /password-resets/redeem', { code, password })
  const offer = (by: Actor, id: string, routes = rig.routes) =>
    callRoute(routes)(by, 'POST /members/:id/password-reset', { params: { id } })
  const opens = async (memberId: string, password: string): Promise<boolean> => {
    const secrets = await database.system.read((db) => findSignInSecrets(db, rig.organizationId, memberId))
    const stored = secrets?.password ?? null
    return granted(await rig.peopleDeps.isPassword(rig.organizationId, memberId, new Secret(password), stored))
  }
  const become = (id: string, state: 'active' | 'deactivated' | 'removed') =>
    database.system.transaction((db) => db.updateTable('members').set({ state }).where('id', '=', id).execute())
  /** Straight into the row: what nobody could satisfy is refused at the door. */
  const policy = (body: object): Promise<unknown> =>
    database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify(body) })
        .where('id', '=', rig.organizationId)
        .execute(),
    )
  /** As if there were no mail server. */
  const unmailed = () => peopleRoutes({ ...rig.peopleDeps, sendLetter: null })
  const ofHost = async (memberId: string): Promise<string> => {
    const member = await rig.memberOf(memberId)
    const by = { kind: 'system', id: 'host', name: 'host' }
    const link = { member, kind: 'host' as const, by, requestId: 'req_host' }
    const { code } = await database.system.transaction((db) => makeReset(db, rig.peopleDeps, rig.organizationId, link))
    return code.reveal()
  }

  test('a link comes by mail, sets the password, ends every session, and is told', async () => {
    const { actor, memberId, email } = await person()
    const tab = await rig.enter(actor)
    const code = await mailed(email)
    expect(code).toHaveLength(43)
    expect(await rig.everything()).not.toContain(code)
    expect(granted(await redeem(code))).toEqual({})
    expect([await opens(memberId, better), await opens(memberId, goodPassword)]).toEqual([true, false])
    expect(codeOf(await rig.call(tab, 'GET /me'))).toBe('not_signed_in')
    expect((await lettersTo(email)).at(-1)).toContain('A new password was set')
    const set = (await rig.events('password.set')).filter(({ subject_id }) => subject_id === memberId)
    expect(set).toMatchObject([{ actor_id: memberId, after: '{"by":"mail","sessionsEnded":1}' }])
    const made = (await rig.events('password.reset-created')).filter(({ subject_id }) => subject_id === memberId)
    expect(made).toMatchObject([{ actor_kind: 'system', actor_id: 'stranger' }])
  })

  test('a link works once, also for two who open it at the same time', async () => {
    const { memberId, email } = await person()
    const code = await mailed(email)
    const both = await Promise.all([redeem(code, 'the first of two storks'), redeem(code, 'the second of two storks')])
    expect(both.map(codeOf).toSorted()).toEqual(['not_found', null].toSorted())
    const winner = both[0]?.ok ? 'the first of two storks' : 'the second of two storks'
    expect(await opens(memberId, winner)).toBe(true)
    expect(codeOf(await redeem(code))).toBe('not_found')
  })

  test('a link is over after half an hour, with a newer one, and with any that was used', async () => {
    const { actor, memberId, email } = await person()
    const old = await mailed(email)
    const late = await mailed(email)
    expect(codeOf(await redeem(old))).toBe('not_found')
    rig.clock.forward(30 * minute)
    expect(codeOf(await redeem(late))).toBe('not_found')
    const [one, host] = [await mailed(email), await ofHost(memberId)]
    granted(await redeem(one))
    expect(codeOf(await redeem(host))).toBe('not_found')
    expect(codeOf(await rig.call(await rig.enter(actor), 'GET /me'))).toBeNull()
  })

  test('a change of the password voids every link that waits for the person', async () => {
    const { actor, email, memberId } = await person()
    const tab = await rig.enter(actor)
    const admin = await rig.addMember('admin')
    const { passwordReset } = granted(await offer(admin, memberId, unmailed())) as { passwordReset: { url: string } }
    const codes = [await mailed(email), codeIn(passwordReset.url)]
    granted(await rig.call(tab, 'POST /me/password', { current: goodPassword, password: 'a third stork, 15 lanterns' }))
    for (const code of codes) expect(codeOf(await redeem(code))).toBe('not_found')
  })

  test('what a stranger asks for ends nothing that was made for the person on purpose', async () => {
    const { memberId, email } = await person('owner')
    const host = await ofHost(memberId)
    await mailed(email)
    granted(await redeem(host))
  })

  test('whoever was deactivated or removed since gets in with no link, and gets no new one', async () => {
    for (const state of ['deactivated', 'removed'] as const) {
      const { memberId, email } = await person()
      const code = await mailed(email)
      await become(memberId, state)
      expect(codeOf(await redeem(code)), state).toBe('not_found')
      const before = (await lettersTo(email)).length
      expect(granted(await ask(email))).toEqual({})
      expect(await lettersTo(email)).toHaveLength(before)
      expect(codeOf(await offer(rig.owner, memberId))).toBe('not_found')
      await become(memberId, 'active')
      expect(await opens(memberId, goodPassword)).toBe(true)
    }
  })

  test('a weak password is refused with its reason, and the link still works', async () => {
    const { memberId, email } = await person()
    const code = await mailed(email)
    for (const weak of ['short', email, 'aaaaaaaaaaaaaaaa', 'ostiary password', 'x'.repeat(300)]) {
      const refused = await redeem(code, weak)
      expect(refused, weak).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/password' }] } })
    }
    for (const wrong of ['', 'x'.repeat(129)]) expect(codeOf(await redeem(wrong))).toBe('invalid')
    for (const wrong of ['A'.repeat(43), `${code}x`, '../..', '\0'])
      expect(codeOf(await redeem(wrong))).toBe('not_found')
    granted(await redeem(code))
    expect(await opens(memberId, better)).toBe(true)
  })

  test('unknown, wrong, used and expired links are refused alike to the byte', async () => {
    const { email } = await person()
    const used = await mailed(email)
    granted(await redeem(used))
    const old = await mailed(email)
    rig.clock.forward(hour)
    const refusals = [await redeem(used), await redeem(old), await redeem('A'.repeat(43))]
    expect(new Set(refusals.map((one) => JSON.stringify(one))).size).toBe(1)
  })

  test('whether an address exists shows neither in the answer nor in what is asked of the store before it', async () => {
    const known = await person()
    const gone = await person()
    await become(gone.memberId, 'deactivated')
    let asked = 0
    const left: (() => Promise<void>)[] = []
    const counting = {
      ...rig.peopleDeps,
      system: {
        ...database.system,
        read: <T>(work: Parameters<typeof database.system.read<T>>[0]) => {
          asked += 1
          return database.system.read(work)
        },
      },
      later: (_name: string, work: () => Promise<void>) => void left.push(work),
    }
    const request = askReset(counting)
    const by = { requestId: 'req_same', address: '192.0.2.30', isProxy: false }
    const answers = []
    for (const email of [known.email, gone.email, 'nobody@example.com'])
      for (const organization of [undefined, 'default', 'nowhere'])
        answers.push(JSON.stringify(await request({ email, organization }, by)))
    expect(new Set(answers)).toEqual(new Set(['{"ok":true,"value":{}}']))
    expect([asked, left.length]).toEqual([0, 9])
    for (const work of left.splice(0)) await work()
    expect([asked, left.length]).toEqual([9, 2])
  })

  test('whoever asks too often hears the same, and one mailbox gets five letters while a link in it is good', async () => {
    const { memberId, email } = await person()
    for (let at = 0; at < 40; at += 1)
      expect(granted(await ask(email, {}, at < 20 ? '192.0.2.40' : `192.0.2.${40 + at}`))).toEqual({})
    const letters = await lettersTo(email)
    expect(letters).toHaveLength(5)
    granted(await redeem(await newestOf(letters)))
    expect(await opens(memberId, better)).toBe(true)
    rig.clock.forward(30 * minute)
    expect(await mailed(email)).toHaveLength(43)
  })

  test('a letter without a link is no more often in a mailbox than one with a link', async () => {
    const many = Array.from({ length: 12 }, (_, at) => `192.0.2.${100 + at}`)
    const added = await invited()
    for (const address of many) granted(await ask(added.email, {}, address))
    expect(await lettersTo(added.email)).toHaveLength(5)
    const { email } = await person()
    await policy({ passwordSignIn: 'off' })
    for (const address of many) granted(await ask(email, {}, address))
    expect(await lettersTo(email)).toHaveLength(5)
    await policy({})
    rig.clock.forward(30 * minute)
    expect(await mailed(email)).toHaveLength(43)
  })

  test('a link opens no more than whoever made it could open now, whatever the person has become since', async () => {
    const made = async (by: Actor, id: string) =>
      codeIn((granted(await offer(by, id, unmailed())) as { passwordReset: { url: string } }).passwordReset.url)
    const set = (id: string, to: { role?: Role; is_operator?: 0 | 1; state?: 'active' | 'removed' }) =>
      database.system.transaction((db) => db.updateTable('members').set(to).where('id', '=', id).execute())
    const [admin, left] = [await rig.addMember('admin'), await rig.addMember('admin')]
    const [raised, operator, of] = [await person(), await person(), await person()]
    const codes = [
      await made(admin, raised.memberId),
      await made(rig.owner, operator.memberId),
      await made(left, of.memberId),
    ]
    await set(raised.memberId, { role: 'owner' })
    await set(operator.memberId, { is_operator: 1 })
    await set(rig.owner.memberId, { is_operator: 0 })
    await set(left.memberId, { state: 'removed' })
    for (const code of codes) expect(codeOf(await redeem(code))).toBe('not_found')
    for (const { memberId } of [raised, operator, of]) expect(await opens(memberId, goodPassword)).toBe(true)
    await set(rig.owner.memberId, { is_operator: 1 })
    await set(raised.memberId, { role: 'member' })
    await set(operator.memberId, { is_operator: 0 })
    const bootstrap: Actor = { ...rig.owner, kind: 'bootstrap', operator: true }
    granted(await redeem(await made(bootstrap, raised.memberId)))
  })
  /** Letters are written side by side: the one whose link is good. */
  const newestOf = async (letters: string[]): Promise<string> => {
    const rows = await database.system.read((db) =>
      db.selectFrom('password_resets').select('code_hash').where('withdrawn_at', 'is', null).execute(),
    )
    const live = new Set(rows.map(({ code_hash }) => code_hash))
    return letters.map(codeIn).find((code) => live.has(hash('sha256', code, 'hex'))) ?? ''
  }

  test('where passwords do not sign in, and to whoever has never come in, the letter says so and holds no link', async () => {
    const added = await invited()
    granted(await ask(added.email))
    expect((await lettersTo(added.email)).at(-1)).toMatch(/not come in yet/)
    const { email, memberId } = await person()
    await policy({ passwordSignIn: 'off' })
    granted(await ask(email))
    const letter = (await lettersTo(email)).at(-1) ?? ''
    expect([codeIn(letter), letter]).toEqual(['', expect.stringContaining('identity provider')])
    expect(codeOf(await offer(rig.owner, memberId))).toBe('password_sign_in_off')
    await policy({})
  })

  test('of an address in two organizations one letter holds a link for each, and each opens its own', async () => {
    const { memberId, email } = await person()
    const body = { slug: 'beta', name: 'Beta', owner: { email, name: 'Same person' } }
    const operator = { ...rig.owner, operator: true }
    const { organization } = granted(await rig.asActor(operator, 'POST /organizations', { body })) as {
      organization: { id: string }
    }
    const owner = await database.system.read((db) =>
      db.selectFrom('members').select('id').where('organization_id', '=', organization.id).executeTakeFirstOrThrow(),
    )
    const stored = granted(await rig.peopleDeps.hashPassword(organization.id, owner.id, new Secret(goodPassword)))
    await database.system.transaction((db) => setPassword(db, organization.id, owner.id, stored, rig.clock.now()))
    granted(await ask(email))
    const letter = (await lettersTo(email)).at(-1) ?? ''
    const codes = [...letter.matchAll(/\((default|beta)\): \S+\/reset#([0-9A-Za-z]{43})/g)]
    expect(codes.map(([, slug]) => slug).toSorted()).toEqual(['beta', 'default'])
    granted(await redeem(codes.find(([, slug]) => slug === 'beta')?.[2] ?? ''))
    expect(await opens(memberId, goodPassword)).toBe(true)
    granted(await ask(email, { organization: 'beta' }))
    const named = (await lettersTo(email)).at(-1) ?? ''
    expect([named.includes('(beta)'), named.includes('(default)')]).toEqual([true, false])
  })

  test('a new password neither signs in nor touches the second factor', async () => {
    const { actor, email } = await person()
    const { secret } = await rig.equip(await rig.enter(actor))
    const tab = stranger()
    expect(granted(await redeem(await mailed(email), better, tab))).toEqual({})
    expect(tab.cookie).toBeNull()
    const next = await rig.enter(actor)
    expect(codeOf(await rig.call(next, 'GET /me'))).toBe('second_factor_required')
    rig.clock.forward(minute)
    granted(await rig.call(next, 'POST /sessions/second-factor', { code: codeAt(secret, rig.clock.now()) }))
  })

  test('a link that an owner or admin makes goes to the mailbox, and is shown where there is none', async () => {
    const { memberId, email } = await person()
    const admin = await rig.addMember('admin')
    expect(granted(await offer(admin, memberId))).toMatchObject({ passwordReset: { member: memberId, url: null } })
    const first = codeIn((await lettersTo(email)).at(-1))
    const { passwordReset } = granted(await offer(admin, memberId, unmailed())) as { passwordReset: { url: string } }
    expect(passwordReset.url).toMatch(/^https:\/\/control\.example\/reset#[0-9A-Za-z]{43}$/)
    expect(codeOf(await redeem(first))).toBe('not_found')
    granted(await redeem(codeIn(passwordReset.url)))
    const made = (await rig.events('password.reset-created')).filter(({ subject_id }) => subject_id === memberId)
    expect(made.map(({ actor_id }) => actor_id)).toEqual([admin.memberId, admin.memberId])
  })

  test('nobody makes a link for himself, for somebody who may do more, or of another organization', async () => {
    const admin = await rig.addMember('admin')
    const owner = await person('owner')
    expect(codeOf(await offer(admin, admin.memberId))).toBe('not_permitted')
    expect(codeOf(await offer(admin, owner.memberId))).toBe('not_permitted')
    expect(codeOf(await offer(admin, (await person('admin')).memberId))).toBe('not_permitted')
    const foreign = { ...admin, organizationId: 'org_0000000000000000' }
    for (const id of [owner.memberId, 'mem_0000000000000000', '../..'])
      expect(codeOf(await offer(foreign, id))).toBe('not_found')
    for (const role of ['member', 'auditor'] as const)
      expect(rig.mayCall(await rig.addMember(role), 'POST /members/:id/password-reset')).toBe(false)
    // The link opens everything that the person may; the token of its maker may be cut to less.
    const { memberId } = await person()
    const cut = { ...admin, scopes: ['members:write'] }
    expect(codeOf(await offer(cut, memberId, unmailed()))).toBe('not_permitted')
    expect(granted(await offer(cut, memberId))).toMatchObject({ passwordReset: { url: null } })
  })

  test('a link of the host signs in, also where passwords do not, and switches the lost second factor off', async () => {
    const { actor, memberId } = await person('owner')
    await rig.equip(await rig.enter(actor))
    await policy({ passwordSignIn: 'off' })
    const tab = stranger()
    const answer = granted(await redeem(await ofHost(memberId), better, tab))
    expect(answer).toMatchObject({ session: { method: 'recovery', current: true }, secondFactor: 'not-asked' })
    expect(codeOf(await rig.call(tab, 'GET /me'))).toBeNull()
    expect(granted(await rig.call(tab, 'GET /me/second-factor'))).toMatchObject({ state: 'off', codesLeft: 0 })
    await policy({})
    expect((await rig.events('second-factor.disabled')).at(-1)).toMatchObject({ subject_id: memberId })
    expect((await rig.events('member.recovered')).at(-1)).toMatchObject({ actor_kind: 'system', actor_id: 'host' })
  })

  test('where the policy asks for a second factor the recovered owner sets one up before anything else', async () => {
    const { actor, memberId } = await person('owner')
    await rig.equip(await rig.enter(actor))
    await policy({ secondFactorRoles: ['owner'] })
    const tab = stranger()
    const answer = granted(await redeem(await ofHost(memberId), better, tab))
    expect(answer).toMatchObject({ secondFactor: 'needed' })
    expect(codeOf(await rig.call(tab, 'GET /me'))).toBe('second_factor_required')
    await rig.equip(tab)
    expect(codeOf(await rig.call(tab, 'GET /me'))).toBeNull()
    await policy({})
  })
})
