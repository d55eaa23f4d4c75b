import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onEachStore } from './stores.ts'
import { another, homeOf, type Kind } from './tenants/calls.ts'
import { type Running, startControl } from './tenants/control.ts'
import { createPeople, type Person } from './tenants/people.ts'

/** What a role means towards other people: nobody above him, and nothing longer than he has it. */

onEachStore('roles among people', (_open, stores) => {
  let control: Running
  let people: Awaited<ReturnType<typeof createPeople>>
  beforeAll(async () => {
    control = await startControl(stores)
    people = await createPeople(control)
  })
  afterAll(() => control?.stop())

  const code = async ({ token }: Pick<Person, 'token'>, line: string, body?: object) =>
    (await control.ask(token, line, body)).code
  const owned = async (kind: Kind, owner: Person): Promise<string> => {
    const name = another('owned')
    const body = {
      key: { name },
      app: { name, toolsDefault: { mode: 'all' } },
      managementToken: { name, scopes: ['keys:read'] },
    }[kind as string]
    return (await control.done(owner.token, `POST ${homeOf[kind]}`, body))[kind].id
  }

  describe.each(['owner', 'admin'] as const)('an admin towards an %s', (above) => {
    test('neither gets a secret that acts as him nor changes who he is', async () => {
      const { roles, addPerson } = people
      const admin = await addPerson('admin', 'reaching-up')
      const higher = roles[above]
      const [app, token] = [await owned('app', higher), await owned('managementToken', higher)]
      const owner = { type: 'member', id: higher.member }
      const { team } = await control.done(admin.token, 'POST /teams', { slug: another('mine') })
      for (const [line, body] of [
        ['POST /management-tokens', { name: 'his', scopes: ['keys:read'], member: higher.member }],
        [`DELETE /management-tokens/${token}`, undefined],
        ['POST /keys', { name: 'his', owner, ephemeral: {} }],
        ['POST /apps', { name: 'His', owner }],
        [`POST /apps/${app}/regenerate-key`, {}],
        [`PATCH /members/${higher.member}`, { name: 'Nobody' }],
        [`PATCH /members/${higher.member}`, { role: 'member' }],
        [`DELETE /members/${higher.member}`, undefined],
        [`PATCH /members/${admin.member}`, { role: 'owner' }],
        ['POST /members', { email: `${another('new')}@example.com`, role: above }],
      ] as const)
        expect([line, await code(admin, line, body)]).toEqual([line, 'not_permitted'])
      const copy = await control.done(admin.token, `POST /apps/${app}/clone`, { name: 'Copy' })
      expect(copy.app.owner).toMatchObject({ type: 'member', id: admin.member })
      const { key } = (await control.done(higher.token, `GET /apps/${app}`)).app
      await control.done(higher.token, `POST /keys/${key}/revoke`, { waitMs: 0 })
      expect(await code(admin, 'POST /keys', { name: 'next', owner: { type: 'app', id: app } })).toBe('not_permitted')
      // What only narrows is open to him: he is who switches off a key that has leaked.
      for (const line of [`POST /keys/${await owned('key', higher)}/revoke`, `DELETE /apps/${app}?waitMs=0`])
        expect([line, await code(admin, line, line.startsWith('POST') ? { waitMs: 0 } : undefined)]).toEqual([
          line,
          null,
        ])
      await control.done(admin.token, `DELETE /teams/${team.id}?waitMs=0`)
    })
  })

  test.each(['owner', 'admin'] as const)(
    'B22 D61 an admin makes keys for an %s and turns theirs, and every secret is the owner’s to see',
    async (above) => {
      const { roles, addPerson } = people
      const admin = await addPerson('admin', 'making-for-others')
      const higher = roles[above]
      const key = await owned('key', higher)
      const app = await owned('app', higher)
      const { key: ofApp } = (await control.done(higher.token, `GET /apps/${app}`)).app
      const hook = await control.done(admin.token, 'POST /webhooks', {
        name: another('catching'),
        url: 'http://127.0.0.1:9/hook',
        events: ['key.rotated'],
      })
      const owner = { type: 'member', id: higher.member }
      const schedule = { everyDays: 1, deliverTo: hook.webhook.id }
      for (const [line, body] of [
        [`POST /keys/${key}/children`, {}],
        [`POST /keys/${ofApp}/children`, {}],
        [`POST /keys/${ofApp}/rotate`, {}],
        [`PATCH /keys/${key}`, { rotation: schedule }],
        [`PATCH /keys/${ofApp}`, { rotation: schedule }],
        ['POST /keys', { name: 'his', owner, rotation: schedule }],
        ['POST /keys', { name: 'his', owner, ephemeral: {} }],
        ['POST /keys', { name: 'his', owner: { type: 'app', id: app }, ephemeral: {} }],
      ] as const)
        expect([line, await code(admin, line, body)]).toEqual([line, 'not_permitted'])
      for (const [line, body] of [
        ['POST /keys', { name: 'his', owner }],
        [`POST /keys/${key}/duplicate`, {}],
        ['POST /keys/import', { keys: [{ name: 'his', owner }], deliverTo: hook.webhook.id }],
        ['POST /keys/import', { keys: [{ name: 'his', owner }] }],
        [`POST /keys/${key}/rotate`, { mode: 'grace' }],
        [`POST /keys/${key}/compromise`, { waitMs: 0 }],
        [`POST /keys/${key}/replacement`, {}],
      ] as const) {
        const { text, body: answer } = await control.ask(admin.token, line, body)
        expect([line, text.match(/ost[ku]_[0-9A-Za-z]{16}_|oste_/)]).toEqual([line, null])
        const { claim } = answer.replacement ?? answer.results?.[0] ?? answer
        const opened = { code: new URL(claim.url).hash.slice(1) }
        expect([line, await code(admin, 'POST /claims', opened)]).toEqual([line, 'not_found'])
      }
      await control.done(admin.token, `DELETE /webhooks/${hook.webhook.id}`)
    },
  )

  test('B22 a member gives nothing of his away to others, and takes nothing of theirs', async () => {
    const { roles, own, other, theirs } = people
    const { member } = roles
    for (const [line, body, expected] of [
      [`PATCH /apps/${own.app}`, { owner: { type: 'member', id: other.member } }, 'not_permitted'],
      [`PATCH /apps/${own.app}`, { owner: { type: 'team', id: theirs.team } }, 'invalid'],
      ['POST /apps', { name: 'A', owner: { type: 'team', id: theirs.team } }, 'invalid'],
      ['POST /keys', { name: 'a', owner: { type: 'team', id: theirs.team } }, 'invalid'],
      ['POST /keys', { name: 'a', owner: { type: 'app', id: theirs.app } }, 'invalid'],
      ['POST /keys', { name: 'a', owner: { type: 'member', id: other.member } }, 'not_permitted'],
      ['POST /management-tokens', { name: 'a', scopes: ['*'], member: other.member }, 'not_permitted'],
      ['POST /management-tokens', { name: 'a', scopes: ['servers:read'] }, 'not_permitted'],
      [`PATCH /members/${member.member}`, { role: 'owner' }, 'not_permitted'],
      [`PATCH /teams/${theirs.team}`, { members: [member.member] }, 'not_permitted'],
      [`GET /keys?owner=${other.member}`, undefined, null],
    ] as const)
      expect([line, await code(member, line, body)]).toEqual([line, expected])
    for (const query of [
      `owner=${other.member}`,
      `owner=${theirs.team}`,
      `search=${theirs.key}`,
      `project=${theirs.project}`,
    ])
      for (const kind of ['key', 'app'] as const) {
        const { text } = await control.ask(member.token, `GET ${homeOf[kind]}?${query}`)
        for (const id of [theirs.key, theirs.app]) expect(text, query).not.toContain(`"id":"${id}"`)
      }
  })

  test('B22 who leaves a team has lost its keys and apps with the next call, and who joins has them', async () => {
    const { addPerson, other } = people
    const person = await addPerson('member', 'coming-and-going')
    const { team } = await control.done(control.operator, 'POST /teams', {
      slug: another('changing'),
      members: [other.member],
    })
    const owner = { type: 'team', id: team.id }
    const { key } = await control.done(other.token, 'POST /keys', { name: 'of the team', owner })
    const { app } = await control.done(other.token, 'POST /apps', { name: 'Of the team', owner })
    const things = [
      `/teams/${team.id}`,
      `/keys/${key.id}`,
      `/apps/${app.id}`,
      `/keys/${app.key}`,
      `/keys/${app.key}/access`,
    ]
    const seen = () => Promise.all(things.map((path) => code(person, `GET ${path}`)))
    const [all, nothing] = [things.map(() => null), things.map(() => 'not_found')]
    expect(await seen()).toEqual(nothing)
    for (const [members, expected] of [
      [[other.member, person.member], all],
      [[other.member], nothing],
    ] as const) {
      await control.done(control.operator, `PATCH /teams/${team.id}?waitMs=0`, { members })
      expect(await seen()).toEqual(expected)
      const listed = (await control.ask(person.token, 'GET /keys')).body.items.map(({ id }: { id: string }) => id)
      expect(listed.includes(key.id)).toBe(expected === all)
      const changes = [`PATCH /keys/${key.id}?waitMs=0`, `PATCH /apps/${app.id}?waitMs=0`]
      for (const line of changes) expect(await code(person, line, { name: 'Renamed' })).toBe(expected[0])
    }
  })

  test('a role that is taken away is gone with the next call, on the same token', async () => {
    const person = await people.addPerson('admin', 'falling')
    const may = () => code(person, 'POST /projects', { slug: another('allowed') })
    const becomes = (role: string) =>
      control.done(control.operator, `PATCH /members/${person.member}?waitMs=0`, { role })
    expect(await may()).toBeNull()
    for (const role of ['member', 'auditor']) {
      await becomes(role)
      expect(await may()).toBe('not_permitted')
    }
    expect(await code(person, 'GET /servers')).toBeNull()
    await becomes('owner')
    expect(await may()).toBeNull()
    await control.done(control.operator, `DELETE /members/${person.member}?waitMs=0`)
    expect(await may()).toBe('not_signed_in')
  })

  test('an operator of another organization is operator above organizations and nobody inside this one', async () => {
    const { foreign, theirs } = people
    const { member } = await control.done(foreign, 'GET /me')
    expect(await code({ token: foreign }, `PATCH /members/${member.id}`, { operator: true })).toBe('not_permitted')
    for (const kind of ['member', 'key', 'app', 'team', 'server', 'managementToken'] as const)
      expect(await code({ token: foreign }, `GET ${homeOf[kind]}/${theirs[kind]}`)).toBe('not_found')
  })
})
