import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  httpServer,
  memberId,
  newKey,
  nextRevision,
  organization,
  organizationId,
  projectId,
  scopeOf,
  type TestKey,
} from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, type Opened, refused, startGateway } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { appRecord, catalogRecord, gone, memberRecord, projectRecord, teamRecord } from '../../test/rights.ts'
import type { UnsealedRecord } from '../fleet/unsealed/schema.ts'
import type { Choice } from '../keys/schema.ts'

/** Rights that change while keys are in use: what stands behind a key decides, now, for calls and for open streams. */

const production = projectRecord('production', { tier: 'production' })
const elsewhere = { type: 'member', id: memberRecord('ben').id, name: 'Ben' } as const
const team = (members: string[]) => teamRecord('red', members)
const appId = appRecord('robot', null).id
const other = 'org_0000000000000002'

let upstream: RawUpstream
let world: GatewayUnderTest
/** One of a member, one that names the server, one of his team, one of an app of his. */
let [all, named, ofTeam, ofApp, ofBen]: TestKey[] = []
let [plain, twin]: ReturnType<typeof httpServer>[] = []

const keyOf = (key: TestKey | undefined): TestKey => {
  if (!key) throw new Error('not made yet')
  return key
}
const idOf = (server: { id: string } | undefined) => server?.id ?? ''
/** Everything as it should be, each record newer than before. */
const asItWas = (): UnsealedRecord[] => [
  organization(),
  memberRecord('ada', { id: memberId, name: 'Ada' }),
  memberRecord('ben'),
  team([memberId]),
  projectRecord('first', { id: projectId }),
  projectRecord('production', { tier: 'production' }),
  catalogRecord('red', [idOf(plain)], { teams: [team([]).id] }),
  appRecord('robot', keyOf(ofApp).record.id),
]
const put = (...records: UnsealedRecord[]) => world.control.put(...records)

beforeAll(async () => {
  upstream = await startRawUpstream()
  plain = httpServer('plain', upstream.url)
  twin = httpServer('twin', upstream.url)
  all = await newKey()
  named = await newKey({ scope: { mcp: { servers: { mode: 'only', items: [plain.id] } } } })
  ofTeam = await newKey({ owner: { type: 'team', id: team([]).id, name: 'red' } })
  ofApp = await newKey({ owner: { type: 'app', id: appId, name: 'robot' } })
  ofBen = await newKey({ owner: elsewhere })
  const keys = [all, named, ofTeam, ofApp, ofBen]
  world = await startGateway(
    [...asItWas(), plain, twin, ...keys.map(({ record }) => record)],
    keys.map(({ proof }) => proof),
  )
})
beforeEach(async () => {
  upstream.answerAll(({ request, response }) => {
    if (request.method !== 'GET') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': open\n\n')
  })
  const keys = [all, named, ofTeam, ofApp, ofBen].map((key) => ({ ...keyOf(key).record, revision: nextRevision() }))
  await put(...asItWas(), ...keys, httpServer('plain', upstream.url), httpServer('twin', upstream.url))
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

/** What a call is told: the status, and of a refusal its code. */
const told = async (key: TestKey | undefined, server = 'plain', base = world): Promise<unknown[]> => {
  const answer = await base.ask(`/mcp-connect/${server}`, bearer(keyOf(key).token))
  return answer.status === 200 ? [200] : refused(answer)
}
const stream = async (key: TestKey | undefined, server = 'plain'): Promise<Opened> => {
  const opened = await world.open(`/mcp-connect/${server}`, bearer(keyOf(key).token), null, 'GET')
  await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
  return opened
}
const me = async (key: TestKey | undefined) => {
  const answer = await world.ask('/api/me', bearer(keyOf(key).token), '', 'GET')
  return { status: answer.status, body: JSON.parse(answer.text) }
}
const ended = (opened: Opened) => opened.done.then(() => true)

describe('who may not any more', () => {
  /** Each: what happens, and how the next call of the key is refused. */
  const cases: [string, () => UnsealedRecord[], () => TestKey | undefined, unknown[]][] = [
    ['B31 the owner leaves the team', () => [team([])], () => all, [403, 'server_not_allowed']],
    ['B32 the same, for a server named in the key', () => [team([])], () => named, [403, 'server_not_allowed']],
    [
      'B33 the server is taken out of the catalog',
      () => [catalogRecord('red', [], { teams: [team([]).id] })],
      () => named,
      [403, 'server_not_allowed'],
    ],
    [
      'B33 the team is taken out of the audience',
      () => [catalogRecord('red', [idOf(plain)])],
      () => ofTeam,
      [403, 'server_not_allowed'],
    ],
    [
      'B33 the catalog is gone',
      () => [gone('catalog', catalogRecord('red', []).id)],
      () => all,
      [403, 'server_not_allowed'],
    ],
    [
      'B31 the team is gone, for its members',
      () => [gone('team', team([]).id)],
      () => all,
      [403, 'server_not_allowed'],
    ],
    ['B31 the team is gone, for its own keys', () => [gone('team', team([]).id)], () => ofTeam, [401, 'key_inactive']],
    ['B31 the owner is gone', () => [gone('member', memberId)], () => all, [401, 'key_inactive']],
    ['B31 the owner of the app is gone', () => [gone('member', memberId)], () => ofApp, [401, 'key_inactive']],
    ['C01 the app is gone', () => [gone('app', appId)], () => ofApp, [401, 'key_inactive']],
    [
      'C01 the app has another key',
      () => [appRecord('robot', keyOf(all).record.id)],
      () => ofApp,
      [401, 'key_revoked'],
    ],
    ['C01 the app has no key', () => [appRecord('robot', null)], () => ofApp, [401, 'key_revoked']],
    [
      'C01 the app lost its tools there',
      () => [appRecord('robot', keyOf(ofApp).record.id, { toolsDefault: { mode: 'none' } })],
      () => ofApp,
      [403, 'server_not_allowed'],
    ],
    [
      'A06 the project is taken from the key',
      () => [{ ...keyOf(all).record, revision: nextRevision(), scope: scopeOf({ projects: [production.id] }) }],
      () => all,
      [403, 'server_not_allowed'],
    ],
    ['A06 the project is gone', () => [gone('project', projectId)], () => all, [403, 'server_not_allowed']],
    [
      'A02 the server moves to a project that the key has not',
      () => [httpServer('plain', upstream.url, { project: production.id })],
      () => all,
      [403, 'server_not_allowed'],
    ],
    ['A02 the project is gone', () => [gone('project', projectId)], () => all, [403, 'server_not_allowed']],
    [
      'the key is no longer for this gateway',
      () => [
        { ...keyOf(all).record, revision: nextRevision(), scope: scopeOf({ gateways: { mode: 'only', items: [] } }) },
      ],
      () => all,
      [401, 'gateway_not_allowed'],
    ],
  ]

  test.each(cases)('%s: the open stream is cut and the next call is refused', async (_, change, key, refusal) => {
    expect(await told(key())).toEqual([200])
    const opened = await stream(key())
    await put(...change())
    expect(await ended(opened)).toBe(true)
    expect(await told(key())).toEqual(refusal)
    await put(...asItWas(), httpServer('plain', upstream.url), { ...keyOf(key()).record, revision: nextRevision() })
    // The key itself was not touched; what stands behind it came back.
    expect(await told(key())).toEqual([200])
  })

  test('G2 B31 the change is looked at when it arrives, not when a timer comes round', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      // Twice: for the first a timer may still be running that was set before.
      for (const change of [() => team([]), () => gone('team', team([]).id)]) {
        const opened = await stream(all)
        void put(change())
        expect(await ended(opened)).toBe(true)
        void put(team([memberId]))
        await vi.waitFor(async () => expect(await told(all)).toEqual([200]))
      }
    } finally {
      // The gateway may have set its sweep with the clock of this test: it must come round, or it never would again.
      vi.advanceTimersByTime(5000)
      vi.useRealTimers()
    }
  })

  test('B31 R13 a member who is gone takes his own keys along, and the keys of his team go on', async () => {
    const opened = await stream(ofTeam)
    await put(gone('member', memberId), team([]))
    expect(await told(all)).toEqual([401, 'key_inactive'])
    expect((await me(all)).status).toBe(401)
    expect(await told(ofTeam)).toEqual([200])
    expect(opened.chunks.length).toBe(1)
    opened.hangUp()
    await opened.done.catch(() => {})
  })

  test('B31 who was never reached by the catalog stays refused, whatever happens to others', async () => {
    expect(await told(ofBen)).toEqual([403, 'server_not_allowed'])
    await put(team([memberId, elsewhere.id]))
    expect(await told(ofBen)).toEqual([200])
  })

  test('B31 a record that comes late does not bring back what a newer one took', async () => {
    const [late, lateMember] = [team([memberId]), memberRecord('ada', { id: memberId })]
    await put(team([]))
    await put(late)
    expect(await told(all)).toEqual([403, 'server_not_allowed'])
    await put(gone('member', memberId))
    await put(lateMember)
    expect(await told(all)).toEqual([401, 'key_inactive'])
  })
})

describe('tiers', () => {
  const mixed = (reason: string | null) => ({
    ...keyOf(all).record,
    revision: nextRevision(),
    scope: scopeOf({ projects: [projectId, production.id], mixedEnvironments: reason }),
  })

  test('A06 a key of two projects reaches the servers of both, and without one of them only those of the other', async () => {
    const both = [plain, twin].map(idOf)
    await put(catalogRecord('red', both, { teams: [team([]).id] }), projectRecord('production'), mixed(null))
    await put(httpServer('twin', upstream.url, { project: production.id }))
    expect([await told(all, 'plain'), await told(all, 'twin')]).toEqual([[200], [200]])
    await put({ ...keyOf(all).record, revision: nextRevision() })
    expect([await told(all, 'plain'), await told(all, 'twin')]).toEqual([[200], [403, 'server_not_allowed']])
  })

  test('a tier that changes below an open stream cuts it: tiers are not mixed, however both came about', async () => {
    await put(projectRecord('production'), mixed(null))
    const opened = await stream(all)
    await put(projectRecord('production', { tier: 'production' }))
    expect(await ended(opened)).toBe(true)
    expect(await told(all)).toEqual([403, 'environment_mixed'])
    // Who it is, it may still ask: the answer shows the two tiers.
    expect((await me(all)).body.projects.map(({ tier }: { tier: string }) => tier)).toEqual([
      'development',
      'production',
    ])
  })

  test('a reason counts as long as the policy of the organization lets it', async () => {
    await put(mixed('one agent for both'))
    expect(await told(all)).toEqual([403, 'environment_mixed'])
    await put(organization({ mixedEnvironments: 'with-reason' }))
    expect(await told(all)).toEqual([200])
    const opened = await stream(all)
    await put(organization())
    expect(await ended(opened)).toBe(true)
  })

  test('a project that is gone is no tier of its own', async () => {
    await put(mixed(null))
    expect(await told(all)).toEqual([403, 'environment_mixed'])
    await put(gone('project', production.id))
    expect(await told(all)).toEqual([200])
  })
})

describe('other organizations', () => {
  test('G10 nothing of another organization stands behind a key, whatever it names', async () => {
    const foreign = { organization: other }
    const others = [
      organization({ id: other, isDefault: false, slug: 'other' }),
      memberRecord('ben', { ...foreign, id: memberId }),
      teamRecord('blue', [memberId, elsewhere.id], foreign),
      { ...catalogRecord('blue', [idOf(plain)], { everyone: true, members: [elsewhere.id] }), ...foreign },
    ]
    await put(...others)
    expect(await told(ofBen)).toEqual([403, 'server_not_allowed'])
    await put(gone('member', memberId))
    expect(await told(all)).toEqual([401, 'key_inactive'])
  })

  test('D04 a key of another organization is not known here, and where both are held it meets its own servers only', async () => {
    const theirs = await newKey({
      organization: other,
      owner: { type: 'member', id: 'mem_theirs0000000000', name: 'Eve' },
    })
    expect(await told(theirs)).toEqual([401, 'key_invalid'])
    const both = await startGateway(
      [...asItWas(), httpServer('plain', upstream.url), organization({ id: other, isDefault: false }), theirs.record],
      [theirs.proof],
    )
    expect(await told(theirs, 'plain', both)).toEqual([403, 'server_not_allowed'])
    expect(await told(theirs, idOf(plain), both)).toEqual([403, 'server_not_allowed'])
    await both.stop()
  })
})

describe('what the caller is told', () => {
  test('D60 a key that is not for this gateway is 401, on every path of it', async () => {
    const choices: Choice[] = [{ mode: 'none' }, { mode: 'only', items: ['gwy_other'] }]
    for (const gateways of choices) {
      await put({ ...keyOf(all).record, revision: nextRevision(), scope: scopeOf({ gateways }) })
      expect(await told(all)).toEqual([401, 'gateway_not_allowed'])
      const asked = await me(all)
      expect([asked.status, asked.body.code]).toEqual([401, 'gateway_not_allowed'])
    }
    await put({
      ...keyOf(all).record,
      revision: nextRevision(),
      scope: scopeOf({ gateways: { mode: 'except', items: [] } }),
    })
    expect([await told(all), (await me(all)).status]).toEqual([[200], 200])
  })

  test('B17 an unknown server, one of another project, one in no catalog of his and one not chosen are one answer', async () => {
    await put(httpServer('apart', upstream.url, { project: production.id }))
    const scope = scopeOf({ mcp: { servers: { mode: 'except', items: [idOf(plain)] } } })
    await put({ ...keyOf(all).record, revision: nextRevision(), scope })
    const answers = new Set<string>()
    for (const server of ['plain', 'twin', 'apart', 'nowhere', 'srv_0000000000000000']) {
      const { status, headers, text } = await world.ask(`/mcp-connect/${server}`, bearer(keyOf(all).token))
      const { 'x-request-id': id, date: _, ...rest } = headers
      answers.add(JSON.stringify([status, rest, text.replace(String(id), '')]))
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toContain('ostiary explain')
  })

  test('G12 M4 the caller gets code, public rule and the way out, and the log the rule itself with its revision', async () => {
    const revoked = team([])
    await put(revoked)
    const answer = await world.ask('/mcp-connect/plain', bearer(keyOf(all).token))
    const { message, data } = answer.json().error
    expect(data).toEqual({
      code: 'server_not_allowed',
      rule: 'server',
      revision: expect.any(Number),
      grantedBy: expect.stringMatching(/^an owner or admin of /),
      ask: expect.stringMatching(/access-requests$/),
      requestId: answer.headers['x-request-id'],
    })
    expect(message).toMatch(/administrator/)
    const line = await vi.waitFor(() => {
      const found = world.lines.find((each) => each.includes(String(answer.headers['x-request-id'])))
      if (!found) throw new Error('not logged yet')
      return JSON.parse(found)
    })
    expect(line).toMatchObject({ code: 'server_not_allowed', rule: 'owner.catalogs', ruleRevision: expect.any(Number) })
  })

  test('G12 a stream that is cut says in the log which rule did it', async () => {
    const opened = await stream(all)
    const before = world.lines.length
    await put(gone('member', memberId))
    await opened.done
    await vi.waitFor(() => {
      const line = world.lines.slice(before).find((each) => each.includes('"message":"call"'))
      expect(JSON.parse(line ?? '{}')).toMatchObject({ code: 'key_inactive', rule: 'key.owner' })
    })
  })

  test('C01 whoami returns the app, and of a member the name that he has now', async () => {
    expect((await me(ofApp)).body).toMatchObject({
      owner: { type: 'app', id: appId, name: 'robot' },
      organization: { id: organizationId, slug: 'acme' },
      projects: [{ id: projectId, slug: 'first', tier: 'development' }],
      key: { scopes: keyOf(ofApp).record.scope },
    })
    await put(memberRecord('ada', { id: memberId, name: 'Ada Lovelace' }), appRecord('robot', null))
    expect((await me(all)).body.owner).toEqual({ type: 'member', id: memberId, name: 'Ada Lovelace' })
    expect((await me(ofApp)).body.code).toBe('key_revoked')
  })
})
