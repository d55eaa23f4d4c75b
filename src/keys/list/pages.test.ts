import { beforeEach, expect, test } from 'vitest'
import { callRoute, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { createDice } from '../../../test/many-keys.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Db } from '../../db/database.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'

type List = { items: KeyView[]; nextCursor: string | null; total: number }
const sorts = ['name', 'owner', 'status', 'createdAt', 'expiresAt', 'lastUsedAt', 'requests', 'share'].flatMap(
  (sort) => [sort, `-${sort}`],
)

onEachStore('pages of lists while keys change', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let made = 0
  const page = async (query: object) => granted(await call(ring.owner, 'GET /keys', { query })) as List
  const write = (work: (db: Db) => Promise<unknown>) =>
    ring.keyDeps.database.transaction(ring.owner.organizationId, work)
  /** Straight into the tables, without Argon2: a copy of the first key. */
  const add = async (name: string, more: object = {}) => {
    made += 1
    const id = `key_${String(made * 7919).padStart(16, 'Z')}`
    const { organizationId, memberId } = ring.owner
    await write((db) =>
      db
        .insertInto('keys')
        .values({
          organization_id: organizationId,
          id,
          token_kind: 'k',
          name,
          description: '',
          owner_type: 'member',
          owner_id: memberId,
          owner_name: 'owner',
          state: 'active',
          scope,
          created_at: ring.clock.now() + made,
          created_by: memberId,
          revision: 1,
          ...more,
        })
        .execute(),
    )
    return id
  }
  const set = (id: string, changes: object) =>
    write((db) =>
      db
        .updateTable('keys')
        .set(changes)
        .where('organization_id', '=', ring.owner.organizationId)
        .where('id', '=', id)
        .execute(),
    )
  /** All pages; `between` happens after each. */
  const walk = async (query: object, between: (seen: readonly string[]) => Promise<unknown>): Promise<string[]> => {
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      if (pages > 200) throw new Error('there is no end to these pages')
      const { items, nextCursor } = await page({ ...query, limit: '7', ...(cursor && { cursor }) })
      seen.push(...items.map(({ id }) => id))
      cursor = nextCursor
      await between(seen)
    }
    return seen
  }
  const times = (of: readonly string[], id: string) => of.filter((each) => each === id).length

  beforeEach(async () => {
    if (ring) return
    ring = await createKeyring(await open())
    call = callRoute(keyRoutes(ring.keyDeps))
    const dice = createDice(3)
    for (let n = 0; n < 50; n += 1)
      await add(`key ${dice.below(30)}`, {
        state: dice.one(['active', 'suspended', 'revoked']),
        expires_at: dice.next() < 0.5 ? null : ring.clock.now() + dice.below(9),
        requests: dice.below(5),
        last_used_at: dice.next() < 0.5 ? null : dice.below(9),
      })
  })

  test('B26 D12 whoever comes, goes or changes: by creation each key that stays is seen exactly once', async () => {
    for (const sort of ['createdAt', '-createdAt']) {
      const before = (await page({ limit: '200' })).items.map(({ id }) => id)
      const gone = new Set<string>()
      const dice = createDice(11)
      const seen = await walk({ sort }, async () => {
        await add('newcomer')
        const one = before[dice.below(before.length)] ?? ''
        await set(one, { name: `renamed ${dice.below(9)}`, requests: dice.below(99), last_used_at: dice.below(99) })
        const other = before[dice.below(before.length)] ?? ''
        gone.add(other)
        await set(other, { state: 'deleted' })
      })
      const kept = before.filter((id) => !gone.has(id))
      expect(kept.length).toBeGreaterThan(10)
      expect(kept.map((id) => [id, times(seen, id)])).toEqual(kept.map((id) => [id, 1]))
      expect(new Set(seen).size, sort).toBe(seen.length)
    }
  })

  test('D05 D17 in every order what does not change itself is seen exactly once', async () => {
    for (let n = 0; n < 30; n += 1) await add(`more ${n % 7}`, { requests: n % 4 })
    for (const sort of sorts) {
      const before = (await page({ limit: '200' })).items.map(({ id }) => id)
      const changed = new Set<string>()
      const dice = createDice(13)
      const seen = await walk({ sort }, async () => {
        const id = before[dice.below(before.length)] ?? ''
        changed.add(id)
        await set(id, {
          name: `renamed ${dice.below(9)}`,
          owner_name: `owner ${dice.below(3)}`,
          requests: dice.below(99),
          last_used_at: dice.below(99),
          expires_at: dice.below(99),
          state: dice.one(['active', 'suspended']),
        })
      })
      const still = before.filter((id) => !changed.has(id))
      expect(still.length).toBeGreaterThan(30)
      expect(
        still.filter((id) => times(seen, id) !== 1),
        sort,
      ).toEqual([])
    }
  })

  test('keys that are used again and again do not make an endless list', async () => {
    const now = ring.clock.now()
    let uses = 0
    for (const sort of ['lastUsedAt', 'requests']) {
      // Each page's last key is used and so stands behind the cursor again, for longer than there are keys.
      const seen = await walk({ sort }, async (all) => {
        uses += 1
        if (uses % 100 < 60) await set(all.at(-1) ?? '', { last_used_at: now + uses, requests: 1000 + uses })
      })
      expect(new Set(seen).size).toBeGreaterThan(60)
    }
  })

  test('a search and a filter page the same way', async () => {
    const before = (await page({ search: 'more', limit: '200' })).items.map(({ id }) => id)
    const seen = await walk({ search: 'more', status: 'active', sort: 'createdAt' }, () => add('more of them'))
    expect(before.filter((id) => times(seen, id) > 1)).toEqual([])
    expect(new Set(seen).size).toBe(seen.length)
  })
})

const choice = { mode: 'all' }
const scope = JSON.stringify({
  projects: [],
  mixedEnvironments: null,
  mcp: { enabled: false, servers: { mode: 'none' }, tools: {}, toolsDefault: choice },
  llm: { enabled: false, providers: { mode: 'none' }, models: choice },
  addresses: { mode: 'any' },
  gateways: choice,
})
