import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { encodeCursor } from '../http/cursor.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type List = { items: KeyView[]; nextCursor: string | null; total: number; totalIsAtLeast?: true }

onEachStore('lists of keys', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const list = async (query: object = {}) => granted(await call(ring.owner, 'GET /keys', { query })) as List
  const names = async (query: object) => (await list(query)).items.map(({ name }) => name)
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    const database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    const day = 86_400_000
    const at = (days: number) => ({ expiresAt: new Date(ring.clock.now() + days * day).toISOString() })
    const rows = [
      ['Build server', {}],
      ['builder', at(1)],
      ['50%_off\\', at(30)],
      ['Äpfel', { active: false }],
      ['rebuild', at(10)],
      ['Zed', {}],
    ] as const
    for (const [name, more] of rows) {
      ring.clock.forward(1)
      const made = granted(await call(ring.owner, 'POST /keys', { body: { name, ...more } })) as { key: KeyView }
      ids[name] = made.key.id
    }
    await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ids['Zed'] } })
    ring.clock.forward(2 * day)
  })

  test('B26 B28 D12 newest first by default, and by every other word in both directions', async () => {
    const created = ['Build server', 'builder', '50%_off\\', 'Äpfel', 'rebuild', 'Zed']
    expect(await names({})).toEqual(created.toReversed())
    expect(await names({ sort: 'createdAt' })).toEqual(created)
    const byName = ['50%_off\\', 'Build server', 'Zed', 'builder', 'rebuild', 'Äpfel']
    expect(await names({ sort: 'name' })).toEqual(byName)
    expect(await names({ sort: '-name' })).toEqual(byName.toReversed())
    expect((await names({ sort: 'expiresAt' })).slice(0, 3)).toEqual(['builder', 'rebuild', '50%_off\\'])
    const statuses = (await list({ sort: 'status' })).items.map(({ status }) => status)
    expect(statuses).toEqual(['expired', 'active', 'active', 'active', 'revoked', 'inactive'])
    expect((await names({ sort: 'owner' })).toSorted()).toEqual(created.toSorted())
  })

  test('pages of any size hold every key once, in every order', async () => {
    for (const sort of [
      'name',
      '-name',
      'owner',
      '-status',
      'status',
      '-createdAt',
      'createdAt',
      'expiresAt',
      '-expiresAt',
      'lastUsedAt',
      '-requests',
      'share',
    ]) {
      const whole = await names({ sort })
      for (const limit of ['1', '2', '4']) {
        const seen: string[] = []
        for (let query: object | null = { sort, limit }; query; ) {
          const page: List = await list(query)
          expect(page.total).toBe(6)
          seen.push(...page.items.map(({ name }) => name))
          query = page.nextCursor === null ? null : { sort, limit, cursor: page.nextCursor }
        }
        expect(seen, `${sort} by ${limit}`).toEqual(whole)
      }
    }
  })

  test('A09 the status filter derives expiry from the clock', async () => {
    expect(await names({ status: 'expired' })).toEqual(['builder'])
    expect(await names({ status: 'inactive' })).toEqual(['Äpfel'])
    expect(await names({ status: 'revoked' })).toEqual(['Zed'])
    expect((await names({ status: 'active' })).toSorted()).toEqual(['50%_off\\', 'Build server', 'rebuild'])
    expect(await list({ status: 'expired' })).toMatchObject({ total: 1, nextCursor: null })
  })

  test('B23 D15 three letters are looked for anywhere in the name, one or two at its start', async () => {
    expect((await names({ search: 'UIL' })).toSorted()).toEqual(['Build server', 'builder', 'rebuild'])
    expect((await names({ search: 'bu' })).toSorted()).toEqual(['Build server', 'builder'])
    expect(await names({ search: 'pfel' })).toEqual(['Äpfel'])
    expect(await names({ search: 'Äp' })).toEqual(['Äpfel'])
    expect(await names({ search: 'nothing' })).toEqual([])
  })

  test('what means something to the database means itself in a search', async () => {
    expect(await names({ search: '%' })).toEqual([])
    expect(await names({ search: '0%_' })).toEqual(['50%_off\\'])
    expect(await names({ search: 'off\\' })).toEqual(['50%_off\\'])
    expect(await names({ search: "' or ''='" })).toEqual([])
  })

  test('D07 D15 a search finds a key by the start of its preview, exactly', async () => {
    const preview = `ostk_${ids['rebuild']?.slice(4)}`
    expect(await names({ search: preview })).toEqual(['rebuild'])
    expect(await names({ search: preview.slice(0, 12) })).toEqual(['rebuild'])
    expect(await names({ search: preview.slice(1) })).toEqual([])
    expect(await names({ search: 'os' })).toHaveLength(6)
  })

  test('a cursor that is not ours, or of another order, is refused and never reaches the database', async () => {
    const { nextCursor } = await list({ sort: 'name', limit: '2' })
    const bad = [
      'nonsense',
      '',
      nextCursor ?? '',
      encodeCursor(['-createdAt', 'text', 'key_1']),
      encodeCursor(['-createdAt', 1.5, 'key_1']),
      encodeCursor(['-createdAt', 1, 'a\0']),
      encodeCursor(['-createdAt', 1]),
    ]
    for (const cursor of bad)
      expect(codeOf(await call(ring.owner, 'GET /keys', { query: { cursor } }))).toBe('bad_cursor')
    const first = await list({ status: 'active', limit: '1' })
    const next = { limit: '1', cursor: first.nextCursor ?? '' }
    expect((await list({ status: 'active', ...next })).items).toHaveLength(1)
    for (const other of [{}, { status: 'revoked' }, { search: 'a' }, { status: 'active', owner: 'mem_1' }])
      expect(codeOf(await call(ring.owner, 'GET /keys', { query: { ...other, ...next } }))).toBe('bad_cursor')
  })

  test('whatever a cursor is made of, it is a page or refused', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constant('key_1'),
    )
    const sorts = ['name', '-status', 'createdAt', 'lastUsedAt', '-requests']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sorts), fc.array(part, { maxLength: 4 }), async (sort, parts) => {
        const cursor = encodeCursor([sort, ...parts])
        const code = codeOf(await call(ring.owner, 'GET /keys', { query: { sort, cursor } }))
        expect([null, 'bad_cursor', 'invalid']).toContain(code)
      }),
      { numRuns: 60 },
    )
  })

  test('limits beyond 200, unknown words and unknown parameters are refused', async () => {
    for (const query of [
      { limit: '0' },
      { limit: '201' },
      { limit: 'x' },
      { sort: 'secret' },
      { sort: 'createdAt,name' },
      { sort: '--name' },
      { status: 'deleted' },
      { q: 'a' },
      { search: '\0' },
    ]) {
      expect(codeOf(await call(ring.owner, 'GET /keys', { query }))).toBe('invalid')
    }
  })
})
