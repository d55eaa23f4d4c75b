import { expect, test } from 'vitest'
import { Role } from '../src/people/schema.ts'
import { actorOf, codeOf, granted } from './keyring.ts'
import { onEachStore } from './stores.ts'
import {
  another,
  bodyOf,
  codeWithin,
  hasView,
  homeOf,
  type Ids,
  isList,
  kindIn,
  kinds,
  lineOf,
  paramsOf,
  routes,
  withSlug,
} from './tenants/calls.ts'
import { forgetting, withoutPolicies } from './tenants/forgetful.ts'
import { namingsOf } from './tenants/naming.ts'
import { type CallOne, createTwoTenants, type TwoTenants } from './tenants/two.ts'
import { createWholeSurface } from './whole-surface.ts'

/** Lists whose length nobody counts. */
const uncounted: ReadonlySet<string> = new Set(['GET /audit-events', 'GET /requests'])
/** Calls that say no to a role before they look at what is named. */
const saysNoFirst: Readonly<Record<string, Role>> = { 'GET /projects/:id/uses': 'member' }

onEachStore('two organizations on one store', (_open, { dialect, newPlace, openAt }) => {
  const seeded = async () => {
    const place = await newPlace()
    const database = await openAt(place)
    return { place, database, tenants: await createTwoTenants(database) }
  }

  const usOf = ({ surface, ours }: TwoTenants) => ({
    people: Role.options.map((role) => ({ ...ours.owner, role })),
    operator: surface.owner,
  })

  /** G10: an id or a slug of theirs in a path is one that does not exist. */
  const findNothing = async (call: CallOne, tenants: TwoTenants): Promise<void> => {
    const { ours, theirs } = tenants
    const { people, operator } = usOf(tenants)
    for (const route of routes) {
      const [kind, line] = [kindIn(route.path), lineOf(route)]
      if (kind === null) continue
      const names =
        withSlug.has(kind) || kind === 'organization' ? [theirs.ids[kind], theirs.slugs[kind]] : [theirs.ids[kind]]
      const who = [
        ...people.filter(({ role }) => saysNoFirst[line] !== role),
        ...(kind === 'organization' ? [] : [operator]),
      ]
      for (const actor of who)
        for (const id of names) {
          const answer = await call(actor, line, {
            params: paramsOf(route.path, id),
            body: bodyOf(line, ours.ids, another('mine')),
          })
          expect([actor.role, line, id, codeOf(answer)]).toEqual([actor.role, line, id, 'not_found'])
        }
    }
  }

  const seeNothing = async (call: CallOne, tenants: TwoTenants): Promise<void> => {
    const { theirs } = tenants
    const { people, operator } = usOf(tenants)
    const foreign = [...Object.values(theirs.ids), theirs.owner.memberId, 'Second owner']
    const lists = routes.filter(isList).map(lineOf)
    expect(lists.length).toBeGreaterThan(10)
    for (const line of lists)
      for (const actor of [...people, ...(line === 'GET /organizations' ? [] : [operator])]) {
        const list = granted(await call(actor, line, { query: { limit: '200' } }))
        // Nor is theirs counted.
        if (!uncounted.has(line)) expect([line, list.total]).toEqual([line, list.items.length])
        const seen = JSON.stringify(list)
        for (const id of foreign) expect(seen, `${actor.role} ${line}`).not.toContain(id)
      }
    for (const line of ['GET /limits', 'GET /budgets'])
      for (const id of Object.values(theirs.ids))
        expect([line, id, granted(await call(operator, line, { query: { target: id } })).items]).toEqual([line, id, []])
    for (const line of ['GET /keys', 'GET /apps'])
      for (const query of [
        { project: theirs.ids.project },
        { project: theirs.slugs.project },
        { owner: theirs.ids.team },
        { owner: theirs.ids.member },
      ]) {
        const answer = await call(operator, line, { query })
        expect(answer.ok ? answer.value.items : codeOf(answer), JSON.stringify(query)).toBeOneOf([[], 'invalid'])
      }
  }

  /** An id or a slug of theirs in a body leads nowhere; what stands there of ours is taken. */
  const nameNothing = async (call: CallOne, { ours, theirs }: TwoTenants): Promise<void> => {
    const slugs = {
      ...theirs.ids,
      ...Object.fromEntries([...withSlug].map((kind) => [kind, theirs.slugs[kind]])),
    } as Ids
    const tryAll = async (other: Ids) => {
      const answers: [string, string | null, string][] = []
      for (const [what, line, body] of namingsOf(other, another('named'))) {
        const kind = kindIn(line.split(' ')[1] ?? '')
        const answer = await call(ours.owner, line, { body, ...(kind ? { params: { id: ours.ids[kind] } } : {}) })
        const code = answer.ok ? codeWithin(answer.value) : answer.problem.code
        answers.push([`${line} ${what}`, code, JSON.stringify(answer.ok ? answer.value : answer.problem)])
      }
      return answers
    }
    for (const other of [theirs.ids, slugs])
      for (const [what, code, problem] of await tryAll(other)) {
        expect([what, code]).toEqual([what, 'invalid'])
        expect(problem, what).toContain('"pointer":"/')
        for (const id of Object.values(theirs.ids).filter((id) => !Object.values(other).includes(id)))
          expect(problem).not.toContain(id)
      }
    for (const action of ['suspend', 'resume', 'revoke', 'delete'] as const) {
      const body = { action, keys: [theirs.ids.key, 'key_0000000000000000'] }
      const { results } = granted(await call(ours.owner, 'POST /keys/bulk', { body }))
      const refused = { ok: false, code: 'not_found' }
      expect(results).toMatchObject(body.keys.map((id) => ({ ...refused, id })))
    }
    const { member } = granted(
      await call(ours.owner, 'POST /members', { body: { email: `${another('left')}@example.com` } }),
    )
    await call(ours.owner, 'POST /members/:id/deactivate', { params: { id: member.id } })
    for (const [type, id] of [
      ['member', theirs.ids.member],
      ['team', theirs.ids.team],
      ['team', theirs.slugs.team],
    ] as const) {
      const handed = { params: { id: member.id }, body: { to: { type, id } } }
      expect([type, codeOf(await call(ours.owner, 'POST /members/:id/transfer', handed))]).toEqual([type, 'invalid'])
    }
    for (const body of [
      { key: theirs.ids.key, server: ours.ids.server, reason: 'mine' },
      { key: theirs.ids.key, server: theirs.ids.server, reason: 'mine' },
    ])
      expect(codeOf(await call(ours.owner, 'POST /access-requests', { body }))).toBe('not_found')
    const money = { budget: { id: theirs.ids.budget, usd: '1' }, reason: 'more' }
    expect(codeOf(await call(ours.owner, 'POST /access-requests', { body: money }))).toBe('invalid')
    expect(codeOf(await call(ours.owner, 'GET /sessions', { query: { member: theirs.ids.member } }))).toBe('not_found')
    // A rule may name a team that is not there (yet); whose it is elsewhere says nothing.
    const ruled = { slug: another('ruled'), issuer: 'http://127.0.0.1:9/idp', clientId: 'c', domains: ['example.com'] }
    const groups = [{ group: 'g', team: theirs.ids.team }]
    const { identityProvider } = granted(
      await call(ours.owner, 'POST /identity-providers', { body: { ...ruled, groups } }),
    )
    const seen = { params: { id: identityProvider.id } }
    expect(granted(await call(ours.owner, 'POST /identity-providers/:id/test', seen)).missingTeams).toEqual([
      theirs.ids.team,
    ])
    const abroad = { name: 'abroad', scopes: ['keys:read'], organization: theirs.ids.organization }
    expect(codeOf(await call(ours.owner, 'POST /management-tokens', { body: abroad }))).toBe('not_permitted')
  }

  /** Asked about a key of ours, theirs is answered like what nobody has. */
  const explainNothing = async (call: CallOne, { ours, theirs }: TwoTenants): Promise<void> => {
    const explain = async (body: object) => {
      const answer = await call(ours.owner, 'POST /access/explain', { body })
      return JSON.stringify(answer).replace(/(srv|prv|gwy|key)_[0-9A-Za-z]{16}|(server|provider)-\d+/g, '')
    }
    const wide = { name: 'wide', projects: [ours.ids.project], mcp: { servers: { mode: 'all' } } }
    const key = granted(await call(ours.owner, 'POST /keys', { body: wide })).key.id
    const mcp = (server: string) => ({ key, call: { kind: 'mcp', server } })
    for (const server of [theirs.ids.server, theirs.slugs.server])
      expect(await explain(mcp(server))).toBe(await explain(mcp('srv_0000000000000000')))
    const { models } = granted(
      await call(theirs.owner, 'GET /providers/:id', { params: { id: theirs.ids.provider } }),
    ).provider
    const llm = (provider: string | undefined, model: string) => ({ key, call: { kind: 'llm', provider, model } })
    expect(await explain(llm(undefined, models[0].id))).toBe(
      (await explain(llm(undefined, 'nobodys'))).replaceAll('nobodys', models[0].id),
    )
    expect(await explain(llm(theirs.ids.provider, 'm'))).toBe(await explain(llm('prv_0000000000000000', 'm')))
    const at = (gateway: string) => ({ ...mcp(ours.ids.server), gateway })
    expect(await explain(at(theirs.ids.gateway))).toBe(await explain(at('gwy_0000000000000000')))
    expect(
      codeOf(
        await call(ours.owner, 'POST /access/explain', { body: { ...mcp(ours.ids.server), key: theirs.ids.key } }),
      ),
    ).toBe('not_found')
    const access = granted(await call(ours.owner, 'GET /keys/:id/access', { params: { id: key } }))
    expect(access.items.map(({ server }: { server: string }) => server)).toContain(ours.ids.server)
    expect(JSON.stringify(access)).not.toContain(theirs.ids.server)
  }

  const snapshotOf = async ({ call, theirs }: TwoTenants): Promise<string[]> => {
    const shown: string[] = []
    for (const kind of kinds.filter(hasView)) {
      const answer = granted(await call(theirs.owner, `GET ${homeOf[kind]}/:id`, { params: { id: theirs.ids[kind] } }))
      expect(answer[kind].id).toBe(theirs.ids[kind])
      shown.push(JSON.stringify(answer))
    }
    for (const line of routes.filter(isList).map(lineOf))
      if (line !== 'GET /audit-events') shown.push(JSON.stringify(granted(await call(theirs.owner, line))))
    return shown
  }

  const meetNothing = async (call: CallOne, tenants: TwoTenants): Promise<void> => {
    const before = await snapshotOf(tenants)
    await findNothing(call, tenants)
    await seeNothing(call, tenants)
    await nameNothing(call, tenants)
    await explainNothing(call, tenants)
    expect(await snapshotOf(tenants)).toEqual(before)
  }

  test('G10 neither meets anything of the other, whatever the role', async () => {
    const { tenants } = await seeded()
    await meetNothing(tenants.call, tenants)
  }, 120_000)

  test('what is refused of theirs is taken of ours, in the same place of the same body', async () => {
    const { tenants } = await seeded()
    const { call, ours } = tenants
    for (const naming of namingsOf(ours.ids, 'n').map((_, at) => at)) {
      const [what, line, body] = namingsOf(ours.ids, another('own'))[naming] ?? ['', '', {}]
      const kind = kindIn(line.split(' ')[1] ?? '')
      const answer = await call(ours.owner, line, { body, ...(kind ? { params: { id: ours.ids[kind] } } : {}) })
      const problem = answer.ok ? codeWithin(answer.value) : answer.problem
      // Found, and open to him by a catalog of everybody's: he is told that he need not ask.
      const isTaken = codeOf(answer) === 'already_granted'
      expect([what, line, isTaken ? null : problem]).toEqual([what, line, null])
    }
  }, 120_000)

  test.runIf(dialect === 'postgres')(
    'G10 the code check alone keeps them apart, without any policy',
    async () => {
      const { place, tenants } = await seeded()
      await withoutPolicies(place)
      await meetNothing(tenants.call, tenants)
    },
    120_000,
  )

  test.runIf(dialect === 'postgres')(
    'G10 the policies alone keep them apart, where every query forgets to',
    async () => {
      const { database, tenants } = await seeded()
      await meetNothing((await createWholeSurface(forgetting(database))).call, tenants)
    },
    120_000,
  )

  test('without both they would meet: what is taken away above is what keeps them apart', async () => {
    const { place, database, tenants } = await seeded()
    await withoutPolicies(place)
    const { call } = await createWholeSurface(forgetting(database))
    const { ours, theirs } = tenants
    const met = async (kind: (typeof kinds)[number]) =>
      codeOf(await call(ours.owner, `GET ${homeOf[kind]}/:id`, { params: { id: theirs.ids[kind] } })) === null
    const apart: string[] = []
    for (const kind of kinds.filter(hasView)) if (!(await met(kind))) apart.push(kind)
    // Whose organization it is, its route asks beyond the query.
    expect(apart).toEqual(['organization'])
  }, 60_000)
})

onEachStore('a stranger among people', (open) => {
  test('G10 an actor whose organization is not there finds and makes nothing', async () => {
    const { call, ours } = await createTwoTenants(await open())
    const nobody = actorOf('org_0000000000000000', ours.owner.memberId, 'owner')
    for (const kind of kinds.filter(hasView))
      expect(codeOf(await call(nobody, `GET ${homeOf[kind]}/:id`, { params: { id: ours.ids[kind] } }))).toBe(
        'not_found',
      )
  })
})
