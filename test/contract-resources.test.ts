import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Json, type Product, startProduct } from './product.ts'

/** The shapes of people, projects, catalogs, providers and apps, over HTTP, on the product as it is started. */

let product: Product
const made: Record<string, Json> = {}
const rest: Product['rest'] = (...call) => product.rest(...call)
const idOf = (kind: string) => expect.stringMatching(new RegExp(`^${kind}_[0-9A-Za-z]{16}$`))
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const effect = { acked: expect.any(Array), pending: expect.any(Array), effectiveEverywhereBy: time }
const secretOf = (kind: string) => expect.stringMatching(new RegExp(`^ost${kind}_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$`))
const only = (...items: string[]) => ({ mode: 'only', items })
const transport = { type: 'http', url: 'http://127.0.0.1:9/mcp' }
const provider = {
  slug: 'gpt',
  name: 'GPT',
  dialect: 'openai',
  baseUrl: 'https://llm.example.test/v1',
  credential: { value: 'canary-9f81c2d3' },
  models: [{ id: 'gpt-x', aliases: ['best'], price: { inputPerMillion: '2.50', outputPerMillion: '10' } }],
}

const post = async (path: string, body: Json): Promise<Json> => {
  const answer = await rest('POST', path, body)
  expect([answer.status, answer.status === 201 ? '' : answer.text]).toEqual([201, ''])
  return answer.body
}

beforeAll(async () => {
  product = await startProduct({ store: 'sqlite' })
  made['member'] = await post('/members', { email: 'Ada@Example.com', name: 'Ada', role: 'member' })
  made['team'] = await post('/teams', { slug: 'core', name: 'Core', members: [made['member'].member.id] })
  made['project'] = await post('/projects', { slug: 'live', name: 'Live', tier: 'production' })
  made['server'] = await post('/servers', { slug: 'files', project: 'live', transport })
  made['provider'] = await post('/providers', { ...provider, project: 'live' })
  made['catalog'] = await post('/catalogs', {
    slug: 'tools',
    name: 'Tools',
    servers: ['files'],
    providers: ['gpt'],
    audience: { teams: ['core'], members: [made['member'].member.id] },
  })
  made['app'] = await post('/apps', { name: 'Bot', project: 'live', tools: { files: { mode: 'all' } } })
  made['organization'] = await post('/organizations', {
    slug: 'second',
    name: 'Second',
    owner: { email: 'b@example.com', name: 'B' },
  })
})
afterAll(() => product?.stop())

const idIn = (kind: string): string => made[kind][kind].id
const homes: Readonly<Record<string, string>> = {
  organization: '/organizations',
  member: '/members',
  team: '/teams',
  project: '/projects',
  server: '/servers',
  provider: '/providers',
  catalog: '/catalogs',
  app: '/apps',
}
const common = { createdAt: time, revision: 1 }
const shapes: Readonly<Record<string, () => Json>> = {
  organization: () => ({
    id: idOf('org'),
    slug: 'second',
    name: 'Second',
    default: false,
    maxStalenessSeconds: 60,
    ...common,
  }),
  member: () => ({
    id: idOf('mem'),
    email: 'ada@example.com',
    name: 'Ada',
    role: 'member',
    operator: false,
    status: 'invited',
    lastSignInAt: null,
    deactivatedAt: null,
    ...common,
  }),
  team: () => ({
    id: idOf('team'),
    slug: 'core',
    name: 'Core',
    members: [idIn('member')],
    managedBy: null,
    ...common,
  }),
  project: () => ({
    id: idOf('prj'),
    slug: 'live',
    name: 'Live',
    tier: 'production',
    default: false,
    managedBy: null,
    ...common,
  }),
  server: () => ({
    id: idOf('srv'),
    slug: 'files',
    name: 'files',
    project: idIn('project'),
    transport,
    timeouts: { connectSeconds: 5, answerSeconds: 60, idleSeconds: 900, totalSeconds: null },
    perGateway: false,
    toolPrices: {},
    credential: null,
    state: expect.any(String),
    checkedAt: null,
    managedBy: null,
    ...common,
  }),
  provider: () => ({
    id: idOf('prv'),
    slug: 'gpt',
    name: 'GPT',
    project: idIn('project'),
    dialect: 'openai',
    baseUrl: provider.baseUrl,
    preset: null,
    auth: 'bearer',
    credential: { id: idOf('crd') },
    models: provider.models,
    timeouts: { connectSeconds: 5, answerSeconds: 600, idleSeconds: 900, totalSeconds: null },
    retries: 1,
    state: 'unknown',
    checkedAt: null,
    managedBy: null,
    ...common,
  }),
  catalog: () => ({
    id: idOf('cat'),
    slug: 'tools',
    name: 'Tools',
    servers: [idIn('server')],
    providers: [idIn('provider')],
    audience: { everyone: false, teams: [idIn('team')], members: [idIn('member')] },
    joinedByNew: false,
    managedBy: null,
    ...common,
  }),
  app: () => ({
    id: idOf('app'),
    slug: 'bot',
    name: 'Bot',
    project: idIn('project'),
    owner: { type: 'member', id: idOf('mem'), name: 'First owner' },
    tools: { [idIn('server')]: { mode: 'all' } },
    toolsDefault: { mode: 'none' },
    key: idOf('key'),
    ...common,
  }),
}

describe.each(Object.keys(shapes))('%s', (kind) => {
  const path = () => `${homes[kind]}/${idIn(kind)}`

  test('is answered complete to who makes it, and found by id and slug with an ETag', async () => {
    expect(made[kind][kind]).toEqual(shapes[kind]?.())
    const { id, slug } = made[kind][kind]
    for (const name of slug === undefined ? [id] : [id, slug]) {
      const { status, body, headers } = await rest('GET', `${homes[kind]}/${name}`)
      expect([status, headers.get('etag')]).toEqual([200, `"${id}-1"`])
      // What gateways see of a server changes by itself.
      expect(body[kind]).toMatchObject({
        ...shapes[kind]?.(),
        ...(kind === 'server' ? { checkedAt: body.server.checkedAt } : {}),
      })
    }
  })

  test('stands in a list with its total, and is found there by its name', async () => {
    const { name, id } = made[kind][kind]
    const { status, body } = await rest('GET', `${homes[kind]}?search=${encodeURIComponent(name)}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ nextCursor: null, total: body.items.length, refs: expect.any(Object) })
    expect(body.items.map((item: Json) => item.id)).toContain(id)
    expect((await rest('GET', `${homes[kind]}?search=no%20such%20name`)).body).toMatchObject({ items: [], total: 0 })
  })

  test('takes no unknown field, neither when it is made nor when it is changed', async () => {
    for (const [method, where] of [
      ['POST', homes[kind] ?? ''],
      ['PATCH', path()],
    ] as const) {
      for (const body of [{ colour: 'red' }, { id: 'x' }, { revision: 7 }, { createdAt: '2026-01-01T00:00:00Z' }]) {
        const refused = await rest(method, where, body)
        expect([method, refused.status, refused.body.code]).toEqual([method, 422, 'invalid'])
        expect(refused.body.errors.map(({ pointer }: Json) => pointer)).toContain(`/${Object.keys(body)[0]}`)
      }
    }
  })

  test('is changed with its effect, on the state that was read and on no other', async () => {
    const { id, name } = made[kind][kind]
    const old = { 'if-match': `"${id}-1"` }
    const changed = await rest('PATCH', `${path()}?waitMs=0`, { name: 'Renamed' }, old)
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ [kind]: { id, name: 'Renamed', revision: 2 }, effect })
    expect(changed.headers.get('etag')).toBe(`"${id}-2"`)
    const late = [await rest('PATCH', path(), { name: 'Late' }, old)]
    if (kind !== 'organization') late.push(await rest('DELETE', path(), undefined, old))
    for (const { status, body } of late) expect([status, body.code]).toEqual([412, 'stale'])
    const back = await rest('PATCH', `${path()}?waitMs=0`, { name }, { 'if-match': `"${id}-2"` })
    expect(back.body[kind]).toMatchObject({ name, revision: 3 })
  })

  test('has another slug that is free, and no taken one', async () => {
    const { slug } = made[kind][kind]
    if (slug === undefined) return
    const renamed = await rest('PATCH', `${path()}?waitMs=0`, { slug: `${slug}-2` })
    expect(renamed.body[kind]).toMatchObject({ slug: `${slug}-2` })
    await rest('PATCH', `${path()}?waitMs=0`, { slug })
    const taken = { organization: 'default', project: 'default', catalog: 'everyone' }[kind]
    if (taken === undefined) return
    const refused = await rest('PATCH', path(), { slug: taken })
    expect([refused.status, refused.body.code]).toEqual([409, 'slug_taken'])
  })
})

describe('what is shown once', () => {
  test('a founded organization comes with a link to its setup, and with an owner who signs in by it', async () => {
    expect(made['organization'].setupUrl).toMatch(/^http:\/\/[^/]+\/setup#[0-9A-Za-z]{43}$/)
    const code = new URL(made['organization'].setupUrl).hash.slice(1)
    const { managementToken, secret } = await post('/setup', { code })
    expect(managementToken).toMatchObject({ organization: idIn('organization'), scopes: ['*'], lastUsedAt: null })
    const me = await rest('GET', '/me', undefined, { authorization: `Bearer ${secret}` })
    expect(me.body).toMatchObject({
      member: { role: 'owner', name: 'B' },
      organization: { slug: 'second' },
      operator: false,
    })
    expect((await rest('POST', '/setup', { code })).status).toBe(404)
  })

  test('an app comes with its one key and the secret of it; a new secret ends the old one', async () => {
    expect(made['app']).toMatchObject({
      app: { key: made['app'].key.id },
      key: { owner: { type: 'app', id: idIn('app') }, projects: [idIn('project')], status: 'active' },
      secret: secretOf('k'),
    })
    const second = await rest('POST', '/keys', { name: 'second', owner: { type: 'app', id: 'bot' } })
    expect([second.status, second.body.code]).toEqual([409, 'app_has_key'])
    const again = await rest('POST', '/apps/bot/regenerate-key', { waitMs: 0 })
    expect([again.status, again.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(again.body).toMatchObject({
      app: { id: idIn('app') },
      key: { id: made['app'].key.id },
      secret: secretOf('k'),
      effect,
    })
    expect(again.body.secret).not.toBe(made['app'].secret)
    const clone = await post('/apps/bot/clone', { name: 'Bot two' })
    expect(clone).toMatchObject({ app: { slug: 'bot-two', tools: made['app'].app.tools }, secret: secretOf('k') })
    expect(clone.key.id).not.toBe(made['app'].key.id)
  })

  test('a replay of what showed a secret does not show it again', async () => {
    const headers = { 'idempotency-key': 'once' }
    for (const [path, body, shown] of [
      ['/apps', { name: 'Once' }, 'secret'],
      ['/organizations', { slug: 'once', name: 'Once', owner: { email: 'o@example.com', name: 'O' } }, 'setupUrl'],
    ] as const) {
      const [first, again] = [await rest('POST', path, body, headers), await rest('POST', path, body, headers)]
      expect([first.status, again.status, again.headers.get('idempotent-replay')]).toEqual([201, 201, 'true'])
      expect(first.body[shown]).toEqual(expect.any(String))
      expect(again.body[shown]).toBeUndefined()
      expect(again.text).not.toContain(first.body[shown])
    }
  })

  test('the credential of a provider is in no answer', async () => {
    for (const path of ['/providers', '/providers/gpt', '/me/catalog', '/audit-events?limit=200'])
      expect((await rest('GET', path)).text).not.toContain('canary-9f81c2d3')
    expect(product.logs()).not.toContain('canary-9f81c2d3')
  })
})

describe('rights', () => {
  test('policies are read and changed, null sets back, and an unknown one is refused', async () => {
    const { body, headers } = await rest('GET', '/policies')
    expect(body).toEqual({
      policies: {
        id: idOf('org'),
        mixedEnvironments: 'refused',
        maxStalenessSeconds: 60,
        urlKeys: 'on',
        defaultExpiresIn: 'never',
        maxExpiresIn: 'never',
        maxAgeDays: 90,
        nameTemplate: null,
        allServers: 'allowed',
        addresses: { mode: 'any' },
        ceilings: null,
        tiers: {},
        leakAction: 'suspend',
        maxChildSeconds: 86_400,
        maxRotationsPerHourPercent: 10,
        blackouts: [],
        privateNetworks: [],
        requestsKeptDays: 30,
        timeZone: 'UTC',
        secondFactorRoles: [],
        passwordSignIn: 'on',
        sessionIdleMinutes: 720,
        sessionMaxHours: 168,
        managedBy: null,
        revision: expect.any(Number),
      },
    })
    expect(headers.get('etag')).toBe(`"${body.policies.id}-${body.policies.revision}"`)
    const changed = await rest('PATCH', '/policies?waitMs=0', { mixedEnvironments: 'with-reason' })
    expect(changed.body).toMatchObject({ policies: { mixedEnvironments: 'with-reason' }, effect })
    const late = await rest(
      'PATCH',
      '/policies',
      { mixedEnvironments: null },
      { 'if-match': headers.get('etag') ?? '' },
    )
    expect([late.status, late.body.code]).toEqual([412, 'stale'])
    const back = await rest('PATCH', '/policies?waitMs=0', { mixedEnvironments: null })
    expect(back.body.policies.mixedEnvironments).toBe('refused')
    for (const wrong of [{ mixedEnvironments: 'on' }, { urlKeys: 'yes please' }])
      expect((await rest('PATCH', '/policies', wrong)).body.code).toBe('invalid')
  })

  test('a key is changed without its secret: what is present replaces, null sets back, absent stays', async () => {
    const input = {
      name: 'changing',
      projects: ['live'],
      mcp: { servers: only('files') },
      llm: { providers: only('gpt') },
    }
    const { key } = await post('/keys', input)
    expect(key.llm).toEqual({ enabled: true, providers: only(idIn('provider')), models: { mode: 'all' } })
    const narrowed = await rest(
      'PATCH',
      `/keys/${key.id}?waitMs=0`,
      { mcp: { servers: only('files'), tools: { files: only('read') } }, llm: null },
      { 'if-match': `"${key.id}-1"` },
    )
    expect(narrowed.body).toMatchObject({
      key: {
        name: 'changing',
        projects: [idIn('project')],
        mcp: { enabled: true, tools: { [idIn('server')]: only('read') }, toolsDefault: { mode: 'all' } },
        llm: { enabled: false },
        secrets: key.secrets,
        revision: 2,
      },
      effect,
    })
    expect(narrowed.body.secret).toBeUndefined()
    const late = await rest('PATCH', `/keys/${key.id}`, { name: 'late' }, { 'if-match': `"${key.id}-1"` })
    expect([late.status, late.body.code]).toEqual([412, 'stale'])
    for (const wrong of [{ owner: { type: 'team', id: 'core' } }, { kind: 'key' }, { colour: 'red' }, { mcp: {} }])
      expect((await rest('PATCH', `/keys/${key.id}`, wrong)).body.code, JSON.stringify(wrong)).toBe('invalid')
    const moved = await rest('PATCH', `/keys/${key.id}`, { projects: ['live', 'default'] })
    expect([moved.status, moved.body.code]).toEqual([422, 'environment_mixed'])
  })

  test('what a key may call, why it may not, and what its owner could give it', async () => {
    const input = { name: 'asked', projects: ['live'], mcp: { servers: only('files') } }
    const { key } = await post('/keys', input)
    const access = await rest('GET', `/keys/${key.id}/access`)
    expect(access.body).toMatchObject({
      items: [{ server: idIn('server'), state: expect.any(String), tools: { mode: 'all' } }],
      providers: [],
      nothing: null,
      refs: { [idIn('server')]: { slug: 'files', name: 'files' } },
    })
    const explain = async (call: Json) => (await rest('POST', '/access/explain', { key: key.id, call })).body
    expect(await explain({ kind: 'mcp', server: 'files', method: 'tools/call', tool: 'read' })).toMatchObject({
      allowed: true,
      code: null,
      rule: null,
      duties: [],
      trace: expect.arrayContaining([expect.objectContaining({ check: expect.any(String), passed: true })]),
    })
    expect(await explain({ kind: 'llm', model: 'best' })).toMatchObject({
      allowed: false,
      code: 'llm_disabled',
      rule: expect.any(String),
      reason: expect.any(String),
      trace: expect.arrayContaining([expect.objectContaining({ passed: false, code: 'llm_disabled' })]),
    })
    const catalog = await rest('GET', '/me/catalog')
    expect(catalog.body).toMatchObject({ nextCursor: null, total: catalog.body.items.length, refs: expect.any(Object) })
    expect(catalog.body.items).toContainEqual(
      expect.objectContaining({
        id: idIn('server'),
        slug: 'files',
        project: idIn('project'),
        owner: expect.any(Object),
      }),
    )
    expect(catalog.body.providers).toContainEqual(
      expect.objectContaining({ id: idIn('provider'), models: [{ id: 'gpt-x', aliases: ['best'] }] }),
    )
  })

  test('a management token says when it was last used', async () => {
    const { managementToken } = await post('/management-tokens', { name: 'ci', scopes: ['keys:read'] })
    expect(managementToken).toMatchObject({ lastUsedAt: null, revokedAt: null })
    const { body } = await rest('GET', `/management-tokens/${managementToken.id}`)
    expect(body.managementToken).toMatchObject({ id: managementToken.id, lastUsedAt: null })
  })
})

describe('refusals that only these have', () => {
  const code = async (method: string, path: string, body?: Json) => {
    const answer = await rest(method, path, body)
    return [answer.status, answer.body.code]
  }

  test('the last owner stays, a used project and an owning team stay, and a tier is changed with a yes', async () => {
    const { member } = (await rest('GET', '/me')).body
    expect(await code('DELETE', `/members/${member.id}`)).toEqual([409, 'last_owner'])
    expect(await code('PATCH', `/members/${member.id}`, { role: 'admin' })).toEqual([409, 'last_owner'])
    expect(await code('DELETE', '/projects/live')).toEqual([409, 'in_use'])
    const { key } = await post('/keys', { name: 'of the team', owner: { type: 'team', id: 'core' } })
    expect(await code('DELETE', '/teams/core')).toEqual([409, 'in_use'])
    await rest('DELETE', `/keys/${key.id}?waitMs=0`)
    const asked = await rest('PATCH', '/projects/live', { tier: 'staging' })
    expect([asked.status, asked.body.code]).toEqual([409, 'confirmation_needed'])
    expect(asked.body.errors.length).toBeGreaterThan(0)
    const sure = await rest('PATCH', '/projects/live?waitMs=0', { tier: 'staging', confirm: true })
    expect([sure.status, sure.body.project?.tier]).toEqual([200, 'staging'])
    const { uses } = (await rest('GET', '/projects/live/uses')).body
    expect(uses).toMatchObject({ servers: [idIn('server')], providers: [idIn('provider')], total: expect.any(Number) })
  })

  test('a name that nobody has is refused where it stands', async () => {
    for (const [path, body, pointer] of [
      ['/teams', { slug: 'x', members: ['mem_0000000000000000'] }, '/members/0'],
      ['/catalogs', { slug: 'x', servers: ['files', 'nowhere'] }, '/servers/1'],
      ['/catalogs', { slug: 'x', audience: { teams: ['nowhere'] } }, '/audience/teams/0'],
      ['/servers', { slug: 'x', transport, project: 'nowhere' }, '/project'],
      ['/servers', { slug: 'x', transport, catalogs: ['nowhere'] }, '/catalogs/0'],
      ['/apps', { name: 'x', project: 'nowhere' }, '/project'],
      ['/apps', { name: 'x', tools: { nowhere: { mode: 'all' } } }, '/tools/nowhere'],
      ['/keys', { name: 'x', projects: ['default', 'nowhere'] }, '/projects/1'],
      ['/keys', { name: 'x', owner: { type: 'team', id: 'nowhere' } }, '/owner/id'],
      ['/keys', { name: 'x', mcp: { servers: only('files', 'nowhere') } }, '/mcp/servers/items/1'],
      ['/keys', { name: 'x', llm: { providers: only('nowhere') } }, '/llm/providers/items/0'],
      ['/keys', { name: 'x', gateways: only('nowhere') }, '/gateways/items/0'],
    ] as const) {
      const { status, body: refused } = await rest('POST', path, body)
      expect([path, status, refused.errors?.map((error: Json) => error.pointer)]).toEqual([path, 422, [pointer]])
    }
  })

  test('what is deleted is gone, and its slug is free again', async () => {
    for (const [path, body] of [
      ['/teams', { slug: 'gone-soon' }],
      ['/projects', { slug: 'gone-soon' }],
      ['/catalogs', { slug: 'gone-soon' }],
      ['/providers', { slug: 'gone-soon', dialect: 'anthropic', baseUrl: 'https://llm.example.test' }],
      ['/apps', { name: 'Gone soon', slug: 'gone-soon' }],
      ['/servers', { slug: 'gone-soon', transport }],
    ] as const) {
      await post(path, body)
      const gone = await rest('DELETE', `${path}/gone-soon?waitMs=0`)
      expect([path, gone.status, gone.body.effect]).toEqual([path, 200, effect])
      expect((await rest('GET', `${path}/gone-soon`)).status).toBe(404)
      expect((await rest('DELETE', `${path}/gone-soon`)).status).toBe(404)
      await post(path, body)
      await rest('DELETE', `${path}/gone-soon?waitMs=0`)
    }
  })
})
