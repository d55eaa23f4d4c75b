import { expect, test } from 'vitest'
import { callRoute, createKeyring, granted } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'

type List = { items: KeyView[]; nextCursor: string | null; total: number }

onEachStore('the keys of somebody who owns very much', (open) => {
  test('are listed in every order and found, page by page, as those of anybody', async () => {
    const ring = await createKeyring(await open())
    const ada = await ring.addMember('member')
    const project = await ring.rows.project('apps')
    const call = callRoute(keyRoutes(ring.keyDeps))
    const apps: string[] = []
    for (const slug of ['one', 'two', 'six']) {
      const app = await ring.rows.app(slug, project, { type: 'member', id: ada.memberId })
      const body = { name: `${slug} \u{1F511}`, owner: { type: 'app', id: app } }
      granted(await call(ring.owner, 'POST /keys', { body }))
      ring.clock.forward(1)
      apps.push(app)
    }
    granted(await call(ada, 'POST /keys', { body: { name: 'six \uff5e' } }))
    const others = (count: number) => Array.from({ length: count }, (_, n) => `app_${String(n).padStart(16, '0')}`)
    const [first = '', ...rest] = apps
    const owners = [ada.memberId, ...others(12_000), first, ...others(23_000), ...rest]
    const directory = { ...ring.keyDeps.directory, ownersOf: async () => owners }
    const callLarge = callRoute(keyRoutes({ ...ring.keyDeps, directory }))
    const paged = async (query: object, using: typeof call): Promise<string[]> => {
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const given = { query: { ...query, limit: '1', ...(cursor && { cursor }) } }
        const page = granted(await using(ada, 'GET /keys', given)) as List
        seen.push(`${page.items.map(({ name }) => name)} of ${page.total}`)
        cursor = page.nextCursor
      }
      return seen
    }
    for (const sort of ['name', '-name', 'owner', 'status', 'createdAt', '-createdAt', 'expiresAt'])
      expect(await paged({ sort }, callLarge)).toEqual(await paged({ sort }, call))
    expect(await paged({ sort: '-name' }, callLarge)).toHaveLength(4)
    expect(await paged({ search: 'six', sort: 'name' }, callLarge)).toEqual(['six \uff5e of 2', 'six \u{1F511} of 2'])
  })
})
