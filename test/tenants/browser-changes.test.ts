import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { codeAt, createFactorRig, type FactorRig, goodPassword, type Tab } from '../factor-rig.ts'
import { granted } from '../keyring.ts'
import type { Json } from '../product.ts'
import { onEachStore, type Place } from '../stores.ts'
import { another as anotherName } from './calls.ts'
import { byBrowsers } from './mutations.ts'
import { closeTheLog, everythingIn, tablesOf } from './unaudited.ts'

const anotherPassword = 'a ladder of 14 herons'
const silent = ['POST /me/second-factor', 'POST /password-resets']
const told = Object.keys(byBrowsers).filter((line) => !silent.includes(line))

onEachStore('every change of who is signed in, and how', (_open, { newPlace, openAt }) => {
  let place: Place
  let database: Database
  let rig: FactorRig
  beforeAll(async () => {
    place = await newPlace()
    database = await openAt(place)
    rig = await createFactorRig(database)
  })

  const newTab = (): Tab => ({ cookie: null, csrf: '', address: '192.0.2.1' })
  const person = async () => {
    const email = `${anotherName('somebody')}@example.com`
    const made: Json = granted(
      await rig.asActor(rig.owner, 'POST /members', { body: { email, password: goodPassword } }),
    )
    const memberId: string = made.member.id
    return { memberId, email, tab: await rig.enter({ memberId }) }
  }
  const equipped = async () => {
    const somebody = await person()
    return { ...somebody, ...(await rig.equip(somebody.tab)) }
  }
  /** Of the link that was mailed last. */
  const mailedCode = async (): Promise<string> => {
    await rig.signIn.settled()
    return /#([0-9A-Za-z]{43})/.exec(JSON.stringify(rig.signIn.letters.at(-1)))?.[1] ?? ''
  }
  const ready: Readonly<Record<string, () => Promise<readonly [who: string | null, tab: Tab, body: object]>>> = {
    'POST /sessions': async () => {
      const { memberId, email } = await person()
      return [memberId, newTab(), { email, password: goodPassword }]
    },
    'DELETE /sessions/current': async () => {
      const { memberId, tab } = await person()
      return [memberId, tab, {}]
    },
    'POST /sessions/second-factor': async () => {
      const { memberId, recoveryCodes } = await equipped()
      return [memberId, await rig.enter({ memberId }), { recoveryCode: recoveryCodes[0] }]
    },
    'POST /me/password': async () => {
      const { memberId, tab } = await person()
      return [memberId, tab, { current: goodPassword, password: anotherPassword }]
    },
    'POST /me/second-factor/confirm': async () => {
      const { memberId, tab } = await person()
      const { secret } = granted(await rig.call(tab, 'POST /me/second-factor'))
      return [memberId, tab, { code: codeAt(secret, rig.clock.now()) }]
    },
    'POST /me/second-factor/codes': async () => {
      const { memberId, tab } = await equipped()
      return [memberId, tab, { password: goodPassword }]
    },
    'DELETE /me/second-factor': async () => {
      const { memberId, tab } = await equipped()
      return [memberId, tab, { password: goodPassword }]
    },
    'POST /password-resets/redeem': async () => {
      const { memberId } = await person()
      granted(await rig.asActor(rig.owner, 'POST /members/:id/password-reset', { params: { id: memberId } }))
      return [memberId, newTab(), { code: await mailedCode(), password: anotherPassword }]
    },
    'POST /invitations/accept': async () => {
      const email = `${anotherName('invited')}@example.com`
      granted(await rig.asActor(rig.owner, 'POST /invitations', { body: { email } }))
      return [null, newTab(), { code: await mailedCode(), email, password: anotherPassword }]
    },
  }
  const eventsSince = (row: number) =>
    database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['row_id', 'action', 'actor_kind', 'actor_id', 'request_id', 'at', 'before', 'after'])
        .where('row_id', '>', row)
        .orderBy('row_id')
        .execute(),
    )

  test('each of them is made ready here', () => {
    expect(Object.keys(ready).toSorted()).toEqual(told.toSorted())
  })

  describe('A37 G7 leaves nothing behind where its audit event cannot be written, and is told once where it can', () => {
    test.each(told)('%s', async (line) => {
      const [who, tab, body] = (await ready[line]?.()) ?? [null, newTab(), {}]
      await rig.signIn.settled()
      const held = tab.cookie
      const tables = await tablesOf(database)
      const before = await everythingIn(database, tables)
      const log = await closeTheLog(place, database)
      const answer = await rig.call({ ...tab }, line, body).then(
        (done) => (done.ok ? 'done' : done.problem.code),
        () => 'failed',
      )
      await log.open()
      expect(answer).toBe('failed')
      const after = await everythingIn(database, tables)
      for (const table of tables) expect(after.get(table), table).toBe(before.get(table))
      const row = Number((await eventsSince(0)).at(-1)?.row_id ?? 0)
      const answered = JSON.stringify(granted(await rig.call(tab, line, body)))
      const events = await eventsSince(row)
      expect(events.map(({ action }) => action).toSorted()).toEqual([...(byBrowsers[line] ?? [])].toSorted())
      for (const event of events) {
        expect(event).toMatchObject({ actor_kind: 'member', request_id: 'req_AAAABBBBCCCCDDDD', at: rig.clock.now() })
        if (who !== null) expect(event.actor_id).toBe(who)
        expect([event.before !== null, event.after !== null], event.action).toContain(true)
      }
      const cookies = [held, tab.cookie].map((cookie) => cookie?.split('=')[1] ?? '')
      const said = JSON.stringify(events)
      for (const secret of [goodPassword, anotherPassword, tab.csrf, ...cookies].filter((one) => one !== ''))
        expect(said).not.toContain(secret)
      for (const cookie of cookies.filter((one) => one !== '')) expect(answered).not.toContain(cookie)
    })
  })
})
