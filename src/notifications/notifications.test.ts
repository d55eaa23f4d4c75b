import { beforeEach, describe, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, granted } from '../../test/keyring.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import { createWebhookRig, orgA, orgB } from '../../test/webhook-rig.ts'
import type { Database } from '../db/database.ts'
import { insertMember } from '../people/store.ts'
import { sendMail } from './mail/send.ts'
import type { Letter } from './mail/text.ts'
import { noteOverQuota } from './over-quota.ts'
import { notificationRoutes } from './routes.ts'
import { tellPeople } from './tell.ts'

const ada = 'mem_000000000000000a'
const bob = 'mem_000000000000000b'
const eve = 'mem_000000000000000e'
const never = () => false
const day = 86_400_000

onEachStore('notifications', (open) => {
  let database: Database
  let rig: Awaited<ReturnType<typeof createWebhookRig>>
  let letters: Letter[]
  let refusal: Error | null
  beforeEach(async () => {
    database = await open()
    rig = await createWebhookRig(database)
    letters = []
    refusal = null
    await person(orgA, ada, 'owner')
    await person(orgA, bob, 'member')
    await person(orgB, eve, 'owner')
  })
  const person = (organizationId: string, id: string, role: 'owner' | 'member') =>
    database.transaction(organizationId, (db) =>
      insertMember(db, organizationId, {
        id,
        email: `${id}@example.com`,
        name: id,
        role,
        isOperator: false,
        createdAt: 1,
      }),
    )
  const key = (id: string, owner: string, organization = orgA) =>
    database.transaction(organization, (db) =>
      db
        .insertInto('keys')
        .values({
          organization_id: organization,
          id,
          token_kind: 'k',
          name: `key of ${owner}`,
          description: '',
          owner_type: 'member',
          owner_id: owner,
          owner_name: owner,
          state: 'active',
          scope: '{}',
          max_staleness_seconds: null,
          expires_at: null,
          created_at: 1,
          created_by: owner,
          revoked_at: null,
          revision: 1,
        })
        .execute(),
    )
  const deps = () => ({ ...rig.deps, system: database.system })
  /** Another process, or the same one after its start: it knows nothing but the store. */
  const tell = (canMail = true) => tellPeople({ ...deps(), canMail })(never)
  const mail = () =>
    sendMail({
      ...deps(),
      from: 'Ostiary <keys@example.com>',
      post: async (letter) => {
        if (refusal) throw refusal
        letters.push(letter)
      },
      log: silent,
    })(never)
  const call = callRoute(notificationRoutes({ ...rigless() }))
  function rigless() {
    const now = () => rig.deps.now()
    const read: Database['read'] = (organization, work) => database.read(organization, work)
    const transaction: Database['transaction'] = (organization, work) => database.transaction(organization, work)
    return { read, transaction, now }
  }
  // biome-ignore lint/suspicious/noExplicitAny: answers as a client reads them; a wrong guess fails the assertion
  const inbox = async (member: string, query: object = {}, organization = orgA): Promise<any> =>
    granted(await call(actorOf(organization, member, 'member'), 'GET /notifications', { query }))
  const titles = async (member: string, organization = orgA) =>
    (await inbox(member, {}, organization)).items.map(({ event }: { event: string }) => event)

  const aboutKey = (id: string, action: 'key.exposed' | 'key.expiring' | 'key.honey-used', organization = orgA) => ({
    action,
    organization,
    subject: { kind: 'key', id, name: 'CI bot' },
  })

  test('owner and admins are told once each, over any number of restarts', async () => {
    await key('key_000000000000000b', bob)
    await rig.events([
      aboutKey('key_000000000000000b', 'key.exposed'),
      aboutKey('key_000000000000000b', 'key.expiring'),
    ])
    for (let start = 0; start < 3; start += 1) await tell()
    expect(await titles(bob)).toEqual(['key.expiring', 'key.exposed'])
    expect(await titles(ada)).toEqual(['key.exposed'])
    expect(await titles(eve, orgB)).toEqual([])
  })

  test('two controls at the same time tell once', async () => {
    await key('key_000000000000000b', bob)
    await rig.events(Array.from({ length: 30 }, () => aboutKey('key_000000000000000b', 'key.expiring')))
    await Promise.all([tell(), tell(), tell()])
    expect((await inbox(bob)).total).toBe(30)
  })

  test('what happened before this version is told to nobody', async () => {
    await database.system.transaction((db) =>
      db.insertInto('notification_marks').values({ organization_id: orgA, seq: 1000 }).execute(),
    )
    await rig.events([aboutKey('key_000000000000000b', 'key.honey-used')])
    await tell()
    expect(await titles(ada)).toEqual([])
  })

  describe('the inbox', () => {
    test('G10 is its owner’s: nobody reads or marks another’s', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      const [notice] = (await inbox(ada)).items
      const mark = (member: string, ids?: string[]) =>
        call(actorOf(orgA, member, 'member'), 'POST /notifications/read', { body: ids ? { ids } : {} })
      expect(granted(await mark(bob, [notice.id]))).toEqual({ read: 0 })
      expect((await inbox(ada, { unread: 'true' })).total).toBe(1)
      expect(granted(await mark(ada, [notice.id]))).toEqual({ read: 1 })
      expect((await inbox(ada, { unread: 'true' })).items).toEqual([])
      expect((await inbox(ada)).items[0].readAt).not.toBeNull()
      expect(granted(await mark(ada))).toEqual({ read: 0 })
    })

    test('comes in pages, newest first, each notice once', async () => {
      await rig.events(Array.from({ length: 7 }, () => aboutKey('key_1', 'key.honey-used')))
      await tell()
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await inbox(ada, { limit: 3, ...(cursor === undefined ? {} : { cursor }) })
        seen.push(...page.items.map(({ id }: { id: string }) => id))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(new Set(seen).size).toBe(7)
      const foreign = await call(actorOf(orgA, ada, 'owner'), 'GET /notifications', { query: { cursor: 'nonsense' } })
      expect(codeOf(foreign)).toBe('bad_cursor')
    })
  })

  describe('mail', () => {
    const prefer = (member: string, mailing: string) =>
      call(actorOf(orgA, member, 'member'), 'PATCH /notifications/preferences', { body: { mail: mailing } })

    test('goes out once, with all that is due in one letter', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used'), aboutKey('key_2', 'key.honey-used')])
      await tell()
      await mail()
      await mail()
      expect(letters.map(({ to, subject }) => [to, subject])).toEqual([[`${ada}@example.com`, '[a] 2 notices']])
      expect((await inbox(ada)).items.map(({ mail: state }: { mail: string }) => state)).toEqual(['sent', 'sent'])
    })

    test('attack: whoever makes news without end fills one letter an hour, and no mailbox', async () => {
      for (let minute = 0; minute < 180; minute += 1) {
        await rig.events([aboutKey('key_1', 'key.honey-used')])
        await tell()
        await mail()
        rig.forward(60_000)
      }
      expect(letters.length).toBeGreaterThanOrEqual(10)
      expect(letters.length).toBeLessThanOrEqual(10 + 3 * 2)
      rig.forward(2 * 3_600_000)
      await mail()
      const before = letters.length
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      await mail()
      expect(letters.length).toBe(before + 1)
    })

    test('is not sent twice by two controls', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      await Promise.all([mail(), mail(), mail()])
      expect(letters).toHaveLength(1)
    })

    test('waits until the morning for who wants a digest, and is none for who wants none', async () => {
      granted(await prefer(ada, 'daily'))
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      await mail()
      expect(letters).toEqual([])
      rig.forward(day)
      await mail()
      expect(letters).toHaveLength(1)
      granted(await prefer(ada, 'off'))
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      rig.forward(2 * day)
      await mail()
      expect(letters).toHaveLength(1)
      expect(codeOf(await prefer(ada, 'hourly'))).toBe('invalid')
    })

    test('is tried again when the server refuses, and given up after a day', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      refusal = new Error('421 try later')
      await mail()
      await mail()
      refusal = null
      rig.forward(61_000)
      await mail()
      expect(letters).toHaveLength(1)
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      refusal = new Error('550 no')
      await mail()
      rig.forward(2 * day)
      await mail()
      expect((await inbox(ada)).items[0].mail).toBe('given-up')
    })

    test('that was cut off by the end of the process is sent by the next one, under the same id', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell()
      const ids: string[] = []
      const dying = sendMail({
        ...deps(),
        from: 'keys@example.com',
        post: ({ messageId }) => {
          ids.push(messageId)
          // The process ends here: nothing is noted any more.
          throw Object.assign(new Error('killed'), { isKill: true })
        },
        transaction: async (organization, work) => {
          if (ids.length > 0) throw new Error('killed')
          return database.transaction(organization, work)
        },
        log: silent,
      })
      await expect(dying(never)).rejects.toThrow('killed')
      await mail()
      expect(letters).toEqual([])
      rig.forward(120_001)
      await mail()
      expect(letters.map(({ messageId }) => messageId)).toEqual(ids)
    })

    test('without a mail server nothing waits', async () => {
      await rig.events([aboutKey('key_1', 'key.honey-used')])
      await tell(false)
      expect((await inbox(ada)).items[0].mail).toBe('none')
    })
  })

  test('that a key meets its limits is told once a day, whoever refuses it how often', async () => {
    await key('key_000000000000000b', bob)
    const note = noteOverQuota({ newId: rig.deps.newId, now: rig.deps.now })
    const refused = (code: string, id = 'key_000000000000000b') =>
      ({ organization: orgA, key: id, code, admitted: false }) as unknown as Parameters<typeof note>[1][number]
    const many = [
      refused('rate_limited'),
      refused('rate_limited'),
      refused('key_expired'),
      refused('rate_limited', 'key_0'),
    ]
    for (let i = 0; i < 3; i += 1) await database.system.transaction((db) => note(db, many))
    await database.system.transaction((db) => note(db, [refused('budget_exceeded')]))
    await rig.events([])
    await tell()
    expect((await inbox(bob)).items.map(({ title }: { title: string }) => title)).toEqual([
      'Calls of key of mem_000000000000000b are refused: budget_exceeded',
      'Calls of key of mem_000000000000000b are refused: rate_limited',
    ])
    rig.forward(day)
    await database.system.transaction((db) => note(db, many))
    await rig.events([])
    await tell()
    expect((await inbox(bob)).total).toBe(3)
  })
})
