import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { all, closed, except, only, open, type Peopled, type Person, startPeopled } from './peopled.ts'
import type { Json } from './product.ts'
import { stores } from './store-kinds.ts'

/** A key is only as good as the rights of its owner are now, whatever stands in it. */

type World = {
  readonly owner: Person
  readonly team: string
  readonly catalog: string
  readonly audience: object
}
type Change = {
  readonly what: string
  readonly narrow: (of: Peopled, world: World) => Promise<unknown>
  /** Null: it cannot be taken back. */
  readonly putBack: ((of: Peopled, world: World) => Promise<unknown>) | null
  readonly answer: [number, string]
  readonly isOf: (reach: string) => boolean
}
const patch = (kind: string, name: string, body: Json) => (of: Peopled) => of.change('PATCH', `/${kind}/${name}`, body)

const reaches: Readonly<Record<string, (world: Omit<World, 'audience'>) => object>> = {
  directly: ({ owner }) => ({ members: [owner.id] }),
  'through a team': ({ team }) => ({ teams: [team] }),
  'as everyone': () => ({ everyone: true }),
}
const choices = [all, only('target'), except('other')]
/** How often it was used is counted beside everything else, and some time later. */
const unused = ({ key, ...rest }: Json): Json => ({
  ...rest,
  key: {
    ...key,
    ...{ lastUsedAt: null, requests: 0, share: 0 },
    secrets: key.secrets.map((secret: Json) => ({ ...secret, lastUsedAt: null })),
  },
})
const changes: readonly Change[] = [
  {
    what: 'B31 B32 the owner leaves the team',
    narrow: (of, { team }) => patch('teams', team, { members: [] })(of),
    putBack: (of, { team, owner }) => patch('teams', team, { members: [owner.id] })(of),
    answer: closed,
    isOf: (reach) => reach === 'through a team',
  },
  {
    what: 'B32 B33 the catalog loses the owner',
    narrow: (of, { catalog }) => patch('catalogs', catalog, { audience: null })(of),
    putBack: (of, { catalog, audience }) => patch('catalogs', catalog, { audience })(of),
    answer: closed,
    isOf: () => true,
  },
  {
    what: 'B32 B33 the server leaves the catalog',
    narrow: (of, { catalog }) => patch('catalogs', catalog, { servers: ['other'] })(of),
    putBack: (of, { catalog }) => patch('catalogs', catalog, { servers: ['other', 'target'] })(of),
    answer: closed,
    isOf: () => true,
  },
  {
    what: 'B31 B32 the owner is removed',
    narrow: (of, { owner }) => of.change('DELETE', `/members/${owner.id}`),
    putBack: null,
    answer: [401, 'key_inactive'],
    isOf: () => true,
  },
]
describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let number = 0
  beforeAll(async () => {
    of = await startPeopled(store)
    await of.server('target')
    await of.server('other')
  })
  afterAll(() => of?.stop())

  /** A person, a team with that person, and a catalog that reaches it in one way. */
  const populate = async (reach: (world: Omit<World, 'audience'>) => object): Promise<World> => {
    number += 1
    const slug = `case-${number}`
    const owner = await of.person(slug)
    const { team } = await of.make('/teams', { slug, members: [owner.id] })
    const audience = reach({ owner, team: team.id, catalog: '' })
    const { catalog } = await of.make('/catalogs', { slug, servers: ['target', 'other'], audience })
    return { owner, team: team.id, catalog: catalog.id, audience }
  }

  describe.each(Object.entries(reaches))('of an owner who is reached %s', (reach, audienceOf) => {
    let world: World
    const keys: Awaited<ReturnType<Peopled['key']>>[] = []
    const verdicts = () => Promise.all(keys.map(({ secret }) => of.verdict('target', secret)))
    const stored = () => Promise.all(keys.map(async ({ id }) => unused(await of.see(`/keys/${id}`))))
    beforeAll(async () => {
      world = await populate(audienceOf)
      for (const servers of choices) keys.push(await of.key({ mcp: { servers } }, world.owner.token))
    })
    afterAll(() => of.change('DELETE', `/catalogs/${world.catalog}`))

    // Each puts back what it took, so the one that cannot comes last.
    test.each(changes.filter(({ isOf }) => isOf(reach)))(
      '$what: keys for all servers, for this one and for all but another are refused at the next call',
      async ({ narrow, putBack, answer }) => {
        const before = await stored()
        expect(await verdicts()).toEqual(keys.map(() => open))
        const streams = await Promise.all(keys.map(({ secret }) => of.stream('target', secret)))

        await narrow(of, world)
        expect(await verdicts()).toEqual(keys.map(() => answer))
        await Promise.all(streams.map(({ ended }) => ended))

        await putBack?.(of, world)
        if (putBack) expect(await verdicts()).toEqual(keys.map(() => open))
        // No key was touched: its revision and everything in it are those of before. Who is gone has left it suspended.
        const isGone = putBack === null
        const seen = before.map((answer) => {
          const { owner, revision } = answer.key
          const left = { owner: { ...owner, removed: true }, status: 'inactive', revision: revision + 1 }
          return isGone ? { ...answer, key: { ...answer.key, ...left } } : answer
        })
        expect(await stored()).toEqual(seen)
      },
    )
  })

  test('B33 what leaves the catalog is closed, and what stays in it goes on, open streams included', async () => {
    const world = await populate(({ owner }) => ({ members: [owner.id] }))
    const key = await of.key({ mcp: { servers: all } }, world.owner.token)
    const [going, staying] = [await of.stream('target', key.secret), await of.stream('other', key.secret)]
    await of.change('PATCH', `/catalogs/${world.catalog}`, { servers: ['other'] })
    await going.ended
    expect([await of.verdict('target', key.secret), await of.verdict('other', key.secret)]).toEqual([closed, open])
    expect(staying.isOpen()).toBe(true)
    staying.close()
  })

  test('B31 a right that comes in two ways is lost with the last of them', async () => {
    const world = await populate(({ owner, team }) => ({ members: [owner.id], teams: [team] }))
    const { secret } = await of.key({ mcp: { servers: all } }, world.owner.token)
    const stream = await of.stream('target', secret)
    await of.change('PATCH', `/teams/${world.team}`, { members: [] })
    expect([await of.verdict('target', secret), stream.isOpen()]).toEqual([open, true])
    await of.change('PATCH', `/catalogs/${world.catalog}`, { audience: { teams: [world.team] } })
    expect(await of.verdict('target', secret)).toEqual(closed)
    await stream.ended
  })

  test('B31 R13 the key of a team goes on when its maker is removed, and ends with the rights of the team', async () => {
    const world = await populate(({ team }) => ({ teams: [team] }))
    const body = { owner: { type: 'team', id: world.team }, mcp: { servers: all } }
    const [ofTeam, own] = [
      await of.key(body, world.owner.token),
      await of.key({ mcp: { servers: all } }, world.owner.token),
    ]
    const stream = await of.stream('target', ofTeam.secret)
    await of.change('DELETE', `/members/${world.owner.id}`)
    expect([await of.verdict('target', ofTeam.secret), stream.isOpen()]).toEqual([open, true])
    expect(await of.verdict('target', own.secret)).toEqual([401, 'key_inactive'])
    expect((await of.see(`/keys/${own.id}`)).key.owner.name).toBe(own.key.owner.name)

    await of.change('PATCH', `/catalogs/${world.catalog}`, { audience: { everyone: false } })
    expect(await of.verdict('target', ofTeam.secret)).toEqual(closed)
    await stream.ended
    await of.change('PATCH', `/catalogs/${world.catalog}`, { audience: { teams: [world.team] } })
    expect(await of.verdict('target', ofTeam.secret)).toEqual(open)
  })

  test('B31 the key of an app has the rights that the owner of the app has now', async () => {
    const world = await populate(({ team }) => ({ teams: [team] }))
    const app = await of.make('/apps', { name: 'Robot', toolsDefault: all }, world.owner.token)
    const stream = await of.stream('target', app.secret)
    await of.change('PATCH', `/teams/${world.team}`, { members: [] })
    expect(await of.verdict('target', app.secret)).toEqual(closed)
    await stream.ended
    await of.change('PATCH', `/teams/${world.team}`, { members: [world.owner.id] })
    expect(await of.verdict('target', app.secret)).toEqual(open)
    await of.change('DELETE', `/members/${world.owner.id}`)
    expect(await of.verdict('target', app.secret)).toEqual([401, 'key_inactive'])
  })

  test('B31 the role opens nothing: the owner of the organization is refused what no catalog gives him', async () => {
    const { secret } = await of.key({ mcp: { servers: only('target') } })
    expect(await of.verdict('target', secret)).toEqual(closed)
  })

  test('the management tokens of a removed member are refused at once, like the keys', async () => {
    const { owner } = await populate(() => ({}))
    await of.see('/me', owner.token)
    await of.change('DELETE', `/members/${owner.id}`)
    const refused = await of.product.rest('GET', '/me', undefined, { authorization: `Bearer ${owner.token}` })
    expect([refused.status, refused.body.code]).toEqual([401, 'not_signed_in'])
  })
})
