import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Database } from '../../src/db/database.ts'
import { tokenPattern } from '../../src/keys/token.ts'
import { confirmDraft, writeDraft } from '../../src/people/second-factor/store.ts'
import type { Result } from '../../src/problems.ts'
import { codeOf, granted } from '../keyring.ts'
import { onEachStore, type Place } from '../stores.ts'
import { createWholeSurface } from '../whole-surface.ts'
import { another, bodyOf, fitting, freshFor, type Ids, kindIn, paramsOf, readying } from './calls.ts'
import { besides, changing, mutations } from './mutations.ts'
import { password } from './people-calls.ts'
import { furnish, make, type Surface, type Tenant } from './two.ts'
import { closeTheLog, everythingIn, tablesOf } from './unaudited.ts'

const Pieces = z.object({ results: z.array(z.object({ ok: z.boolean() })).min(1) })

/** What is made piece by piece is answered, and says of each piece that it failed. */
function failureOf(result: Result<unknown>): string | null {
  const pieces = result.ok ? Pieces.safeParse(result.value).data?.results : undefined
  return pieces?.every(({ ok }) => !ok) ? 'failed' : codeOf(result)
}

/** What a fresh one has to be, besides what `fitting` says. */
const shapes: typeof fitting = {
  'POST /members/:id/end-sessions': (_, n) => ({ email: `${n}@example.com`, password }),
}

onEachStore('every call that changes something', (_open, { newPlace, openAt }) => {
  let place: Place
  let database: Database
  let surface: Surface
  let tenant: Tenant
  beforeAll(async () => {
    place = await newPlace()
    database = await openAt(place)
    surface = await createWholeSurface(database)
    tenant = await furnish(surface.call, surface.owner)
  })

  /** A code that opens for whoever calls here: somebody else has made a key for him. */
  const linkForOwner = async (): Promise<{ code: string }> => {
    const maker = await surface.addMember('admin', another('maker'))
    const body = { name: another('for-owner'), owner: { type: 'member', id: surface.owner.memberId } }
    const { claim } = await surface.as(maker)('POST /keys', { body })
    return { code: new URL(claim.url).hash.slice(1) }
  }
  /** What has to have happened to a person before the call changes anything. */
  const before: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    'POST /members/:id/transfer': async (id) => {
      await surface.ask('POST /keys', { body: { name: another('left'), owner: { type: 'member', id } } })
      await surface.ask('POST /members/:id/deactivate', { params: { id } })
    },
    'POST /members/:id/end-sessions': async (id) => {
      const { email } = (await surface.ask('GET /members/:id', { params: { id } })).member
      await surface.ask('POST /sessions', { body: { email, password } })
    },
    'DELETE /members/:id/second-factor': async (id) => {
      const { organizationId, clock } = surface
      await database.system.transaction(async (db) => {
        await writeDraft(db, organizationId, id, { blob: 'sealed', at: clock.now })
        await confirmDraft(db, organizationId, id, { blob: 'sealed', at: clock.now, step: 1 })
      })
    },
  }
  /** Ready to be sent again and again: about something fresh, with a body that changes it. */
  const prepared = async (line: string) => {
    const path = line.split(' ')[1] ?? ''
    const kind = kindIn(path)
    const isShared = kind === null || kind === 'organization'
    const shape = fitting[line] ?? shapes[line]
    const body = shape && ((_: string, ...given: Parameters<typeof shape>) => shape(...given))
    const made = async () => (kind ? (await make(surface.call, surface.owner, kind, tenant.ids, body)).id : null)
    const id = kind && (isShared ? tenant.ids[kind] : await made())
    const [readied, readyingBody] = (before[line] ? undefined : readying[line]) ?? [null, {}]
    const held =
      readied && id ? granted(await surface.call(surface.owner, readied, { params: { id }, body: readyingBody })) : {}
    if (id) await before[line]?.(id)
    const whole = freshFor(line)
    const fresh = whole ? (await make(surface.call, surface.owner, whole, tenant.ids)).id : id
    const about = whole ?? kind
    const ids: Ids = about && fresh ? { ...tenant.ids, [about]: fresh } : tenant.ids
    const params = id && paramsOf(path, id, held.child ? { child: held.child.id } : {})
    const sent = line === 'POST /claims' ? await linkForOwner() : bodyOf(line, ids, another('sent'))
    const given = { ...(params ? { params } : {}), body: sent }
    return { kind, id, send: (more: object = {}) => surface.call(surface.owner, line, { ...given, ...more }) }
  }
  const eventsSince = (row: number) =>
    database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select([
          'row_id',
          'action',
          'subject_id',
          'actor_kind',
          'actor_id',
          'actor_name',
          'address',
          'request_id',
          'at',
        ])
        .select(['before', 'after'])
        .where('row_id', '>', row)
        .orderBy('row_id')
        .execute(),
    )
  const lastEvent = async () => Number((await eventsSince(0)).at(-1)?.row_id ?? 0)

  test('the table of changes names each of them', () => {
    expect(Object.keys(mutations).toSorted()).toEqual(changing.toSorted())
  })

  /** A37: every event says who, when, from where, in which call, and what was before and after. */
  const attributed = ({ action, before, after, ...by }: Awaited<ReturnType<typeof eventsSince>>[number]): void => {
    const { memberId, name } = surface.owner
    expect(by, action).toMatchObject({
      actor_kind: 'member',
      actor_id: memberId,
      actor_name: name,
      address: '203.0.113.7',
      request_id: 'req_AAAABBBBCCCCDDDD',
      at: surface.clock.now,
    })
    const told = [before !== null, after !== null]
    if (/\.(created|exported)$/.test(action)) expect([action, ...told]).toEqual([action, false, true])
    else if (/\.(updated|suspended|resumed|rotated)$/.test(action))
      expect([action, ...told]).toEqual([action, true, true])
    else expect(told, action).toContain(true)
  }

  describe('A37 D62 G7 leaves nothing behind where its audit event cannot be written, and is told once where it can', () => {
    test.each(changing)('%s', async (line) => {
      const { send } = await prepared(line)
      // What is done after the answers of before.
      await surface.settled()
      const tables = await tablesOf(database)
      expect(tables.length).toBeGreaterThan(25)
      const before = await everythingIn(database, tables)
      const log = await closeTheLog(place, database)
      const answer = await send().then(failureOf, () => 'failed')
      await log.open()
      expect(answer).toBe('failed')
      const after = await everythingIn(database, tables)
      for (const table of tables) expect(after.get(table), table).toBe(before.get(table))
      const row = await lastEvent()
      const done = JSON.stringify(granted(await send()))
      const events = await eventsSince(row)
      expect(events.map(({ action }) => action).toSorted()).toEqual(
        [mutations[line], ...(besides[line] ?? [])].toSorted(),
      )
      for (const event of events) attributed(event)
      for (const [secret] of done.matchAll(tokenPattern))
        expect(JSON.stringify(events)).not.toContain(secret.slice(-49))
    })
  })

  describe('of four who come at the same time', () => {
    const together = async (send: () => ReturnType<Surface['call']>) => {
      // Connections that stand already, so that on PostgreSQL the four really meet.
      await Promise.all([1, 2, 3, 4].map(() => surface.call(surface.owner, 'GET /keys')))
      const row = await lastEvent()
      const codes = (await Promise.all([1, 2, 3, 4].map(() => send()))).map(codeOf)
      return { codes, told: (await eventsSince(row)).map(({ action }) => action) }
    }

    test.each(changing.filter((line) => line.startsWith('DELETE ') || line.endsWith('/revoke')))(
      '%s is done once and told once',
      async (line) => {
        const { send } = await prepared(line)
        const { codes, told } = await together(send)
        for (const code of codes) expect(code).toBeOneOf([null, 'not_found'])
        expect(codes).toContain(null)
        expect(told.toSorted()).toEqual([mutations[line], ...(besides[line] ?? [])].toSorted())
      },
    )

    test.each(changing.filter((line) => line.startsWith('PATCH ')))(
      '%s on the state that each has seen happens once; the others are told that theirs is old',
      async (line) => {
        const { kind, id, send } = await prepared(line)
        const shown = granted(
          await surface.call(surface.owner, line.replace('PATCH', 'GET'), id ? { params: { id } } : {}),
        )
        const one = shown[kind ?? 'policies']
        // Policies stand in the organization's row and take a change of theirs each time.
        const body = kind
          ? {}
          : { body: { mixedEnvironments: one.mixedEnvironments === 'refused' ? 'with-reason' : 'refused' } }
        const { codes, told } = await together(() => send({ ...body, ifMatch: `"${one.id}-${one.revision}"` }))
        expect(codes.toSorted()).toEqual([null, 'stale', 'stale', 'stale'].toSorted())
        expect(told).toEqual([mutations[line]])
      },
    )

    test.each(changing.filter((line) => /^PATCH .*:id$/.test(line)))(
      '%s on whatever state there is happens four times, one after the other',
      async (line) => {
        const { send } = await prepared(line)
        const { codes, told } = await together(() => send({ body: bodyOf(line, tenant.ids, another('renamed')) }))
        expect(codes).toEqual([null, null, null, null])
        expect(told).toEqual(Array(4).fill(mutations[line]))
      },
    )

    const named = [
      'organizations',
      'teams',
      'projects',
      'catalogs',
      'servers',
      'providers',
      'apps',
      'identity-providers',
    ]
    test.each(named.map((name) => `POST /${name}`))('%s with one slug makes one', async (line) => {
      const body = { ...bodyOf(line, tenant.ids, another('sent')), slug: another('taken') }
      const { codes, told } = await together(() => surface.call(surface.owner, line, { body }))
      expect(codes.toSorted()).toEqual([null, 'slug_taken', 'slug_taken', 'slug_taken'].toSorted())
      expect(told.toSorted()).toEqual([mutations[line], ...(besides[line] ?? [])].toSorted())
    })

    test('POST /members with one address adds one person', async () => {
      const { send } = await prepared('POST /members')
      const { codes, told } = await together(send)
      expect(codes.toSorted()).toEqual([null, 'invalid', 'invalid', 'invalid'].toSorted())
      expect(told).toEqual(['member.created', 'invitation.created'])
    })

    test('POST /apps/:id/regenerate-key leaves the app with one key, one secret of which is current', async () => {
      const { id, send } = await prepared('POST /apps/:id/regenerate-key')
      const { codes } = await together(send)
      for (const code of codes) expect(code).toBeOneOf([null, 'stale'])
      expect(codes).toContain(null)
      const { app } = granted(await surface.call(surface.owner, 'GET /apps/:id', { params: { id } }))
      const { key } = granted(await surface.call(surface.owner, 'GET /keys/:id', { params: { id: app.key } }))
      expect(key.status).toBe('active')
      const current = key.secrets.filter(({ validUntil }: { validUntil: string | null }) => validUntil === null)
      expect(current).toHaveLength(1)
    })
  })
})
