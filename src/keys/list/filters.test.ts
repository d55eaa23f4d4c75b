import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import { admits } from '../../access/choice.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'

type List = { items: KeyView[]; total: number; totalIsAtLeast?: true }
const dayMs = 86_400_000
const only = (...items: string[]) => ({ mode: 'only', items })
const except = (...items: string[]) => ({ mode: 'except', items })
const all = { mode: 'all' }

onEachStore('filters of lists', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const ids: Record<string, string> = {}
  const list = async (query: object, actor = ring.owner) => granted(await call(actor, 'GET /keys', { query })) as List
  const names = async (query: object, actor = ring.owner) =>
    (await list({ sort: 'name', ...query }, actor)).items.map(({ name }) => name)
  const make = async (name: string, more: object = {}, actor = ring.owner) => {
    const { key } = granted(await call(actor, 'POST /keys', { body: { name, ...more } })) as { key: KeyView }
    ids[name] = key.id
    return key.id
  }
  const change = (name: string, body: object) =>
    call(ring.owner, 'PATCH /keys/:id', { params: { id: ids[name] }, body }).then(granted)
  const used = (name: string, at: number) =>
    database().transaction(ring.owner.organizationId, (db) =>
      db
        .updateTable('keys')
        .set({ last_used_at: at })
        .where('organization_id', '=', ring.owner.organizationId)
        .where('id', '=', ids[name] ?? '')
        .execute(),
    )
  const database = () => ring.keyDeps.database

  beforeAll(async () => {
    ring = await createKeyring(await open())
    call = callRoute(keyRoutes(ring.keyDeps))
  })

  test('D16 each status holds exactly the keys that are in it', async () => {
    await make('running', { expiresIn: '30d' })
    await make('ending', { expiresAt: new Date(ring.clock.now() + 1000).toISOString() })
    await make('off', { active: false })
    await make('over')
    await make('gone')
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ids['over'] } }))
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: ids['gone'] } }))
    ring.clock.forward(1000)
    const byStatus = await Promise.all(
      ['active', 'inactive', 'expired', 'revoked'].map(async (status) => [status, await names({ status })]),
    )
    expect(Object.fromEntries(byStatus)).toEqual({
      active: ['running'],
      inactive: ['off'],
      expired: ['ending'],
      revoked: ['over'],
    })
    expect(await names({})).toEqual(['ending', 'off', 'over', 'running'])
  })

  test('a server holds the keys whose own choice admits it and whose projects have it, as a call is decided', async () => {
    const { rows } = ring
    const [alpha, beta] = [await rows.project('alpha'), await rows.project('beta')]
    const [one, two] = [await rows.server('one', alpha), await rows.server('two', beta)]
    const servers = { one: { id: one, project: alpha }, two: { id: two, project: beta } }
    const at = (projects: string[], mcp?: object) => ({ projects, mcp, tags: ['by-server'] })
    await make('all of alpha', at([alpha], { servers: all }))
    await make('all of both', at([alpha, beta], { servers: all }))
    await make('only one', at([alpha], { servers: only('one') }))
    await make('only one, elsewhere', at([beta], { servers: only('one') }))
    await make('except one', at([alpha, beta], { servers: except('one') }))
    await make('none', at([alpha], { servers: { mode: 'none' } }))
    await make('switched off', at([alpha], { enabled: false, servers: only('one') }))
    await make('in no project', at([], { servers: all }))
    const everything = (await list({ tag: 'by-server', limit: '200' })).items
    for (const [slug, { id, project }] of Object.entries(servers)) {
      const admitted = everything.filter(
        ({ mcp, projects }) => mcp.enabled && admits(mcp.servers, id) && projects.includes(project),
      )
      const expected = admitted.map(({ name }) => name).toSorted()
      expect(await names({ server: slug })).toEqual(expected)
      expect(await names({ server: id })).toEqual(expected)
    }
    expect(await names({ server: 'one' })).toEqual(['all of alpha', 'all of both', 'only one'])
    await change('only one', { mcp: { servers: except('one') } })
    await change('except one', { mcp: { servers: only('one') } })
    expect(await names({ server: 'one' })).toEqual(['all of alpha', 'all of both', 'except one'])
    await change('all of both', { projects: ['beta'] })
    expect(await names({ server: 'one' })).toEqual(['all of alpha', 'except one'])
    expect(await names({ server: 'one', project: 'beta' })).toEqual(['except one'])
  })

  test('A14 a project holds the keys that name it, a tag those that wear it, from the next list on', async () => {
    const [red, blue] = [await ring.rows.project('red'), await ring.rows.project('blue')]
    await make('red alone', { projects: ['red'], tags: ['ci', 'team:ops'] })
    await make('both colours', { projects: [red, blue], tags: ['ci'] })
    expect([await names({ project: red }), await names({ project: 'blue' })]).toEqual([
      ['both colours', 'red alone'],
      ['both colours'],
    ])
    expect((await list({ project: 'red', sort: 'name' })).items.map(({ projects }) => projects.length)).toEqual([2, 1])
    expect([await names({ tag: 'ci' }), await names({ tag: 'team:ops' }), await names({ tag: 'CI' })]).toEqual([
      ['both colours', 'red alone'],
      ['red alone'],
      [],
    ])
    await change('both colours', { tags: ['other'], projects: ['blue'] })
    expect([await names({ tag: 'ci' }), await names({ project: 'red' })]).toEqual([['red alone'], ['red alone']])
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: ids['red alone'] } }))
    expect([await names({ tag: 'ci' }), await names({ project: 'red' })]).toEqual([[], []])
  })

  test('D06 an owner is named by id or slug or as oneself, an app as an app; both together must be true', async () => {
    const project = await ring.rows.project('apps')
    const member = { type: 'member', id: ring.owner.memberId } as const
    const [bot, cli] = [await ring.rows.app('bot', project, member), await ring.rows.app('cli', project, member)]
    const team = await ring.rows.team('people', [ring.owner.memberId])
    await make('of the bot', { owner: { type: 'app', id: bot } })
    await make('of the cli', { owner: { type: 'app', id: cli } })
    await make('of the team', { owner: { type: 'team', id: team } })
    expect(
      await Promise.all([{ app: 'bot' }, { app: bot }, { owner: bot }, { owner: 'bot' }].map((query) => names(query))),
    ).toEqual([['of the bot'], ['of the bot'], ['of the bot'], ['of the bot']])
    expect([await names({ owner: team }), await names({ owner: 'people' })]).toEqual([['of the team'], ['of the team']])
    expect(await names({ owner: bot, app: cli })).toEqual([])
    expect(await names({ owner: 'me', app: bot })).toEqual([])
    expect(await names({ app: team })).toEqual([])
  })

  test('B28 D10 expiring holds what ends within so many days, neither what has ended nor what never will', async () => {
    const inDays = (days: number) => ({
      expiresAt: new Date(ring.clock.now() + days * dayMs).toISOString(),
      tags: ['e'],
    })
    await make('tomorrow', inDays(1))
    await make('at the end of it', inDays(7))
    await make('a day later', inDays(8))
    await make('never', { tags: ['e'] })
    await make('off, and soon', { ...inDays(3), active: false })
    await make('revoked', inDays(2))
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ids['revoked'] } }))
    const soon = (query: object) => names({ tag: 'e', ...query })
    expect(await soon({ expiring: '7' })).toEqual(['at the end of it', 'off, and soon', 'tomorrow'])
    expect(await soon({ expiring: '7', sort: '-expiresAt' })).toEqual(['at the end of it', 'off, and soon', 'tomorrow'])
    expect(await soon({ expiring: '1', status: 'active' })).toEqual(['tomorrow'])
    ring.clock.forward(dayMs)
    expect(await soon({ expiring: '7' })).toEqual(['a day later', 'at the end of it', 'off, and soon'])
  })

  test('B27 unused holds what was last used before then, and what was never used and is older', async () => {
    await make('never used, old', { tags: ['u'] })
    await make('used, long ago', { tags: ['u'] })
    await make('used all the time', { tags: ['u'] })
    await used('used, long ago', ring.clock.now())
    ring.clock.forward(30 * dayMs)
    await make('never used, new', { tags: ['u'] })
    await used('used all the time', ring.clock.now())
    expect(await names({ tag: 'u', unused: '30' })).toEqual([])
    ring.clock.forward(1)
    expect(await names({ tag: 'u', unused: '30' })).toEqual(['never used, old', 'used, long ago'])
    expect(await names({ tag: 'u', unused: '31' })).toEqual([])
    const byUse = await names({ tag: 'u', sort: '-lastUsedAt' })
    expect(byUse.slice(0, 2)).toEqual(['used all the time', 'used, long ago'])
    expect(byUse.slice(2).toSorted()).toEqual(['never used, new', 'never used, old'])
  })

  test('who and what is not there has no keys, and what can be no name is refused', async () => {
    for (const query of [
      { server: 'nowhere' },
      { server: 'srv_AAAAAAAAAAAAAAAA' },
      { app: 'nobody' },
      { app: 'app_AAAAAAAAAAAAAAAA' },
      { owner: 'nobody' },
      { project: 'nowhere' },
      { tag: 'nothing' },
    ])
      expect(await list(query), JSON.stringify(query)).toMatchObject({ items: [], total: 0, nextCursor: null })
    for (const query of [
      { server: '' },
      { server: "a' or 1=1" },
      { app: 'a b' },
      { tag: '' },
      { tag: '-x' },
      { tag: "'" },
      { expiring: '0' },
      { expiring: '366' },
      { expiring: '1.5' },
      { unused: 'x' },
      { unused: '-1' },
      { unused: '1e9' },
    ])
      expect(codeOf(await call(ring.owner, 'GET /keys', { query })), JSON.stringify(query)).toBe('invalid')
  })

  test('G10 names of another organization mean nothing in this one', async () => {
    const other = 'org_0000000000000002'
    await addOrganization(database(), other, 'other')
    const foreign = await ring.addMember('owner', other)
    for (const query of [
      { server: 'one' },
      { project: 'alpha' },
      { app: 'bot' },
      { tag: 'by-server' },
      { search: 'all' },
    ])
      expect(await list(query, foreign), JSON.stringify(query)).toMatchObject({ items: [], total: 0 })
  })

  test('B22 a member filters his own keys, and by servers that he reaches', async () => {
    const home = await ring.rows.project('home')
    const ada = await ring.addMember('member')
    const theirs = await ring.rows.catalog('theirs', [ada.memberId])
    await ring.rows.server('reached', home, [theirs])
    await ring.rows.server('hidden', home, [await ring.rows.catalog('closed', [ring.owner.memberId])])
    await make('hers', { projects: [home], mcp: { servers: all }, tags: ['both'] }, ada)
    await make('not hers', { projects: [home], mcp: { servers: all }, tags: ['both'] })
    expect([await names({ tag: 'both' }, ada), await names({ tag: 'both' })]).toEqual([['hers'], ['hers', 'not hers']])
    expect(await names({ server: 'reached' }, ada)).toEqual(['hers'])
    expect([await names({ server: 'hidden' }, ada), await names({ server: 'nowhere' }, ada)]).toEqual([[], []])
    expect(await names({ server: 'hidden' })).toEqual(['hers', 'not hers'])
    expect(await names({ search: 'hers', owner: ring.owner.memberId }, ada)).toEqual([])
  })
})
