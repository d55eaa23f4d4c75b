import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, ask, type Json, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'

/** The shapes of a key's whole life, over HTTP, on the product as it is started. */

let product: Product
/** A member of his own rights, beside the first owner. */
let ada: { readonly id: string; readonly rest: Product['rest'] }
const rest: Product['rest'] = (...call) => product.rest(...call)
const idOf = (kind: string) => expect.stringMatching(new RegExp(`^${kind}_[0-9A-Za-z]{16}$`))
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const effect = { acked: expect.any(Array), pending: expect.any(Array), effectiveEverywhereBy: time }
const secretOf = (kind: string) => expect.stringMatching(new RegExp(`^ost${kind}_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$`))
const childToken = expect.stringMatching(/^oste_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/)
const only = (...items: string[]) => ({ mode: 'only', items })
const mcp = { servers: only('files') }

const post = async (path: string, body: Json = {}, status = 201): Promise<Json> => {
  const answer = await rest('POST', path, body)
  expect([path, answer.status, answer.status === status ? '' : answer.text]).toEqual([path, status, ''])
  return answer.body
}
const newKey = async (more: Json = {}) => post('/keys', { name: 'life', mcp, ...more })
/** Listed once they stand in the chain, which is a moment after the answer. */
const eventsOf = (id: string, many: number): Promise<Json[]> =>
  eventually(async () => {
    const { items } = (await rest('GET', `/audit-events?subject=${id}`)).body
    return items.length >= many ? items : null
  }, `there are ${many} events of ${id}`)
const problem = ({ status, body, headers }: Answer) => {
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body).toMatchObject({
    type: `urn:ostiary:error:${body.code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: headers.get('x-request-id'),
  })
  return [status, body.code, ...(body.errors ?? []).map(({ pointer }: Json) => pointer)]
}

beforeAll(async () => {
  product = await startProduct({ store: 'sqlite', env: { OSTIARY_INSECURE_HTTP: '1' } })
  await product.addServer({ slug: 'files', transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  const { member } = await post('/members', { email: 'ada@example.com', name: 'Ada', role: 'member' })
  const token = await post('/management-tokens', { name: 'ada', scopes: ['*'], member: member.id })
  const authorization = { authorization: `Bearer ${token.secret}` }
  ada = { id: member.id, rest: (method, path, body, more) => rest(method, path, body, { ...authorization, ...more }) }
})
afterAll(() => product?.stop())

const fields = {
  name: 'life',
  kind: 'key',
  description: '',
  status: 'active',
  honey: false,
  ephemeral: false,
  limits: { requestsPerMinute: null, tokensPerMinute: null, concurrent: null, streams: 100, detached: 'share' },
  budgets: [],
  metadata: {},
  tags: [],
  pinNetwork: false,
  pinnedNetwork: null,
  rotation: null,
  rotationDueAt: time,
  claim: null,
  stateReason: null,
  exposedAt: null,
  revokedAt: null,
  seenInBrowserAt: null,
  lastUsedAt: null,
  requests: 0,
  share: expect.any(Number),
  createdAt: time,
  expiresAt: null,
  revision: 1,
}

describe('what POST /keys answers', () => {
  test('for oneself: the key and its secret, which no cache may keep', async () => {
    const { status, body, headers } = await rest('POST', '/keys', { name: 'life', mcp })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(Object.keys(body).toSorted()).toEqual(['key', 'refs', 'secret'])
    expect(body.secret).toEqual(secretOf('k'))
    expect(body.key).toMatchObject({ ...fields, id: idOf('key'), preview: body.secret.slice(0, 21) })
    expect(body.key.secrets).toEqual([{ version: 1, createdAt: time, lastUsedAt: null, validUntil: null }])
  })

  test('every field that may be said is said back', async () => {
    const said = {
      description: 'for the nightly run',
      metadata: { ticket: 'OPS-7', costs: { centre: 12 } },
      tags: ['team:core', 'nightly'],
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      maxStalenessSeconds: 5,
      limits: { requestsPerMinute: 60, tokensPerMinute: null, concurrent: 2, streams: null, detached: 'closed' },
      rotation: { everyDays: 30, deliverTo: null, graceSeconds: 86_400 },
    }
    const { key } = await newKey({ ...said, expiresIn: '90d', active: false })
    expect(key).toMatchObject({ ...fields, ...said, status: 'inactive', expiresAt: time, rotationDueAt: time })
  })

  test('with kind url: the address to paste as well', async () => {
    const body = await newKey({ kind: 'url', pinNetwork: true })
    expect(body.secret).toEqual(secretOf('u'))
    expect(body.url).toBe(`${product.gatewayUrl}/mcp/${body.secret}`)
    expect(body.key).toMatchObject({ kind: 'url', preview: body.secret.slice(0, 21), pinNetwork: true })
  })

  test('for another member: a link instead of a secret, which opens for him and once', async () => {
    const body = await newKey({ owner: { type: 'member', id: ada.id } })
    expect(Object.keys(body).toSorted()).toEqual(['claim', 'key', 'refs'])
    expect(body.claim).toEqual({
      url: expect.stringMatching(new RegExp(`^${product.controlUrl}/claim#[0-9A-Za-z]{43}$`)),
      expiresAt: time,
    })
    expect(body.key).toMatchObject({ secrets: [], claim: { expiresAt: body.claim.expiresAt } })
    const code = new URL(body.claim.url).hash.slice(1)
    expect(problem(await rest('POST', '/claims', { code }))).toEqual([404, 'not_found'])
    const revealed = await ada.rest('POST', '/claims', { code })
    expect([revealed.status, revealed.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(revealed.body).toMatchObject({ key: { id: body.key.id, claim: null }, secret: secretOf('k') })
    expect(problem(await ada.rest('POST', '/claims', { code }))).toEqual([409, 'claim_used'])
    const actions = ['key.claim-reused', 'key.claimed', 'key.claim-created', 'key.created']
    expect((await eventsOf(body.key.id, 4)).map(({ action }: Json) => action)).toEqual(actions)
  })

  test('with ephemeral: one token that ends, and no long-lived secret', async () => {
    const { status, body, headers } = await rest('POST', '/keys', { name: 'life', mcp, ephemeral: { ttlSeconds: 600 } })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body).toMatchObject({
      access_token: childToken,
      token_type: 'Bearer',
      expires_in: 600,
      child: { id: idOf('chd'), key: body.key.id },
      key: { ...fields, ephemeral: true, secrets: [], expiresAt: time, rotationDueAt: null },
    })
    expect(body.secret).toBeUndefined()
  })

  test('B05 a key ends when that is said, by date or by days, and never where nothing is', async () => {
    const endOf = async (said: object) => {
      const answer = await rest('POST', '/keys', { name: 'ends', mcp, ...said })
      expect([answer.status, said]).toEqual([201, said])
      const { createdAt, expiresAt } = answer.body.key
      return expiresAt === null ? null : Date.parse(expiresAt) - Date.parse(createdAt)
    }
    expect(await endOf({})).toBeNull()
    expect(await endOf({ expiresIn: 'never' })).toBeNull()
    expect(await endOf({ expiresAt: null })).toBeNull()
    expect(await endOf({ expiresIn: '30d' })).toBe(30 * 86_400_000)
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    const dated = await rest('POST', '/keys', { name: 'ends', mcp, expiresAt: inAnHour })
    expect([dated.status, dated.body.key.expiresAt]).toEqual([201, inAnHour])
  })

  test('what policies refuse names the policy where it was broken', async () => {
    await rest('PATCH', '/policies?waitMs=0', { urlKeys: 'off', maxExpiresIn: '90d', nameTemplate: 'ci-*' })
    const refused = await rest('POST', '/keys', { name: 'life', kind: 'url', mcp, expiresIn: 'never' })
    expect(problem(refused)).toEqual([422, 'policy_refused', '/name', '/kind', '/expiresIn'])
    expect(refused.body.detail).toMatch(/nameTemplate.*urlKeys.*maxExpiresIn/)
    await rest('PATCH', '/policies?waitMs=0', { urlKeys: null, maxExpiresIn: null, nameTemplate: null })
  })

  test('a field that does not fit is refused where it stands', async () => {
    for (const [wrong, pointer] of [
      [{ limits: { requestsPerMinute: 0 } }, '/limits/requestsPerMinute'],
      [{ budgets: [{ usd: '1', thresholds: '80,foo' }] }, '/budgets/0/thresholds'],
      [{ budgets: [{ usd: '1' }, { usd: '2' }] }, '/budgets/1/period'],
      [{ pinNetwork: true }, '/pinNetwork'],
      [{ kind: 'url', llm: { providers: { mode: 'all' } } }, '/llm'],
      [{ metadata: { token: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' } }, '/metadata/token'],
      [{ tags: ['two words'] }, '/tags/0'],
      [{ ephemeral: { ttlSeconds: 86_401 } }, '/ephemeral/ttlSeconds'],
    ] as const)
      expect(problem(await rest('POST', '/keys', { name: 'life', mcp, ...wrong })), pointer).toEqual([
        422,
        'invalid',
        pointer,
      ])
  })

  test.each([
    ['a secret', {}, 'secret'],
    ['a URL', { kind: 'url' }, 'url'],
    ['a token', { ephemeral: {} }, 'access_token'],
  ])('an Idempotency-Key replays it without %s', async (what, more, shown) => {
    const headers = { 'idempotency-key': `replay-${what.replace(' ', '-')}` }
    const [first, again] = [
      await rest('POST', '/keys', { name: 'once', mcp, ...more }, headers),
      await rest('POST', '/keys', { name: 'once', mcp, ...more }, headers),
    ]
    expect([first.status, again.status, again.headers.get('idempotent-replay')]).toEqual([201, 201, 'true'])
    expect(first.body[shown]).toEqual(expect.any(String))
    expect(again.body.key.id).toBe(first.body.key.id)
    for (const gone of ['secret', 'url', 'access_token']) expect(again.body[gone]).toBeUndefined()
    expect(again.text).not.toMatch(/ost[ku]_[0-9A-Za-z]{16}_|oste_/)
  })

  test('a link for another member is in no replay either, nor is a rotated secret, a child or a copy', async () => {
    const { key } = await newKey()
    for (const [path, body] of [
      ['/keys', { name: 'for her', owner: { type: 'member', id: ada.id } }],
      [`/keys/${key.id}/rotate`, { mode: 'grace' }],
      [`/keys/${key.id}/children`, {}],
      [`/keys/${key.id}/duplicate`, {}],
      ['/keys/import', { keys: [{ name: 'imported' }] }],
      ['/apps', { name: 'Replayed', keyKind: 'url' }],
      ['/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['key.*'] }],
      [`/keys/${key.id}/compromise`, { waitMs: 0 }],
    ] as const) {
      const headers = { 'idempotency-key': `none-${path.replaceAll('/', '-')}` }
      const [first, again] = [await rest('POST', path, body, headers), await rest('POST', path, body, headers)]
      expect([path, first.status, again.status]).toEqual([path, first.status, first.status])
      expect(first.status, first.text).toBeLessThan(300)
      expect([path, again.headers.get('idempotent-replay')]).toEqual([path, 'true'])
      const shown = /ost[ku]_[0-9A-Za-z]{16}_\w+|oste_\w+|claim#\w+|whsec_[\w+/=]+/
      expect([path, first.text]).toEqual([path, expect.stringMatching(shown)])
      expect([path, again.text.match(shown)]).toEqual([path, null])
    }
  })
})

describe('what becomes of it', () => {
  test('a change answers key, effect and ETag; a stale one is refused; null sets back', async () => {
    const { key } = await newKey({ tags: ['a'], metadata: { a: 1 } })
    const at = `/keys/${key.id}`
    const changed = await rest('PATCH', `${at}?waitMs=2000`, { tags: ['b'] }, { 'if-match': `"${key.id}-1"` })
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, `"${key.id}-2"`])
    expect(changed.body).toMatchObject({ key: { tags: ['b'], metadata: { a: 1 }, revision: 2 }, effect })
    expect(changed.body.effect).toMatchObject({ acked: [{ gateway: idOf('gwy'), afterMs: expect.any(Number) }] })
    expect(problem(await rest('PATCH', at, { tags: null }, { 'if-match': `"${key.id}-1"` }))).toEqual([412, 'stale'])
    const { body } = await rest('PATCH', `${at}?waitMs=0`, { tags: null, metadata: null, active: false })
    expect(body.key).toMatchObject({ tags: [], metadata: {}, status: 'inactive', revision: 3 })
    const gone = await rest('DELETE', `${at}?waitMs=0`)
    expect(gone.body).toMatchObject({ key: { id: key.id, status: 'revoked' }, effect })
    expect(problem(await rest('GET', at))).toEqual([404, 'not_found'])
  })

  test('it is suspended, resumed and revoked, each with a reason and an effect, and revoked is for good', async () => {
    const { key } = await newKey()
    for (const [verb, status, stateReason] of [
      ['suspend', 'inactive', 'lunch'],
      ['resume', 'active', null],
      ['revoke', 'revoked', 'lunch'],
    ] as const) {
      const done = await rest('POST', `/keys/${key.id}/${verb}`, { reason: 'lunch', waitMs: 0 })
      expect([verb, done.status]).toEqual([verb, 200])
      expect(done.body).toMatchObject({ key: { id: key.id, status, stateReason }, effect })
      expect(done.body.secret).toBeUndefined()
    }
    const refused = await rest('POST', `/keys/${key.id}/resume`, {})
    expect(problem(refused)).toEqual([409, 'key_is_revoked'])
    expect(refused.body.detail).toMatch(/replacement/)
    expect(problem(await rest('PATCH', `/keys/${key.id}`, { active: true }))).toEqual([409, 'key_is_revoked'])
    const replacement = await post(`/keys/${key.id}/replacement`)
    expect(replacement).toMatchObject({ key: { name: 'life', status: 'active' }, secret: secretOf('k') })
    expect(replacement.key.id).not.toBe(key.id)
  })

  test.each(['immediate', 'grace', 'on-first-use'] as const)('it is rotated: %s', async (mode) => {
    const { key, secret } = await newKey()
    const { status, body, headers } = await rest('POST', `/keys/${key.id}/rotate`, { mode, waitMs: 0 })
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toMatchObject({
      key: { id: key.id, secrets: expect.any(Array) },
      secret: secretOf('k'),
      previous: { version: 1, validUntil: time },
      rotation: { id: idOf('rot'), key: key.id, mode, from: 1, to: 2 },
      clients: [],
      effect,
    })
    expect(body.secret).not.toBe(secret)
    expect(body.rotation.state).toBe(mode === 'immediate' ? 'finished' : 'draining')
    const meter = (await rest('GET', `/keys/${key.id}/rotation`)).body
    expect(meter).toMatchObject({ rotation: { id: body.rotation.id }, versions: expect.any(Array) })
    expect((await rest('GET', `/rotations/${body.rotation.id}`)).body.rotation).toEqual(meter.rotation)
    const listed = (await rest('GET', '/rotations')).body
    expect(listed).toMatchObject({ nextCursor: null, total: listed.items.length, refs: { [key.id]: { name: 'life' } } })
    if (mode === 'immediate') return
    const undone = await rest('POST', `/keys/${key.id}/rotation/undo`, { waitMs: 0 })
    expect(undone.body).toMatchObject({ key: { id: key.id }, effect })
    await rest('POST', `/keys/${key.id}/rotate`, { mode })
    const finished = await rest('POST', `/keys/${key.id}/rotation/finish`, { waitMs: 0 })
    expect(finished.body).toMatchObject({ key: { id: key.id }, effect })
  })

  test('it has children, which are listed without their token and ended', async () => {
    const { key } = await newKey()
    const narrow = { mcp: { tools: { files: only('read') } } }
    const made = await rest('POST', `/keys/${key.id}/children`, { ttlSeconds: 60, narrow })
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(made.body).toMatchObject({
      access_token: childToken,
      token_type: 'Bearer',
      expires_in: 60,
      child: { id: idOf('chd'), key: key.id, parent: null, depth: 1, status: 'active', expiresAt: time },
    })
    const long = await rest('POST', `/keys/${key.id}/children`, {})
    expect(long.body.expires_in).toBe(3600)
    const listed = await rest('GET', `/keys/${key.id}/children`)
    expect(listed.body).toMatchObject({ nextCursor: null, total: 2 })
    const ids = listed.body.items.map(({ id }: Json) => id)
    expect(ids.toSorted()).toEqual([made.body.child.id, long.body.child.id].toSorted())
    expect(listed.text).not.toContain('oste_')
    const ended = await rest('DELETE', `/keys/${key.id}/children/${made.body.child.id}?waitMs=0`)
    expect(ended.body).toMatchObject({ child: { id: made.body.child.id, status: 'revoked', revokedAt: time }, effect })
    const children = (body: Json) => rest('POST', `/keys/${key.id}/children`, body)
    expect(problem(await children({ narrow: { mcp: { servers: only('nowhere') } } }))).toEqual([
      422,
      'invalid',
      '/narrow/mcp/servers/items/0',
    ])
    expect(problem(await children({ narrow: { limits: {} } }))).toEqual([422, 'invalid', '/narrow/limits'])
    const many = Array.from({ length: 200 }, (_, n) => `tool-with-a-long-name-${n}`)
    const large = await children({ narrow: { mcp: { tools: { files: only(...many) } } } })
    expect(problem(large)).toEqual([422, 'child_too_large'])
  })

  test('many are changed at once, each with a result of its own', async () => {
    const keys: string[] = []
    for (const name of ['one', 'two', 'three']) keys.push((await newKey({ name })).key.id)
    const none = 'key_0000000000000000'
    const ids = [...keys, none]
    const bulk = (body: Json) => post('/keys/bulk', { keys: ids, waitMs: 0, ...body }, 200)
    const results = [...keys.map((id) => ({ id, ok: true })), { id: none, ok: false, code: 'not_found' }]
    for (const body of [
      { action: 'tag', tags: ['batch'] },
      { action: 'suspend', reason: 'audit' },
      { action: 'resume' },
      { action: 'revoke' },
    ])
      expect(await bulk(body)).toMatchObject({ results, effect })
    const tagged = (await rest('GET', '/keys?tag=batch&status=revoked')).body
    expect(tagged).toMatchObject({ total: 3, nextCursor: null })
    expect((await bulk({ action: 'resume' })).results).toMatchObject([
      ...keys.map((id) => ({ id, ok: false, code: 'key_is_revoked' })),
      { ok: false },
    ])
    expect(await bulk({ action: 'delete' })).toMatchObject({ results })
    const refuse = async (body: Json) => problem(await rest('POST', '/keys/bulk', body)).slice(0, 2)
    expect(await refuse({ action: 'tag', keys })).toEqual([422, 'invalid'])
    expect(await refuse({ action: 'rotate', keys })).toEqual([422, 'invalid'])
    expect(await refuse({ action: 'revoke', keys: [] })).toEqual([422, 'invalid'])
  })

  test('compromised it is over, with a link for its owner and what is known of it', async () => {
    const { key } = await newKey()
    const tried = await post(`/keys/${key.id}/compromise`, { dryRun: true }, 200)
    expect(tried).toMatchObject({ key: { status: 'active' }, replacement: null, effect: null, dryRun: true })
    const { body } = await rest('POST', `/keys/${key.id}/compromise`, { reason: 'posted in a chat', waitMs: 0 })
    expect(body).toMatchObject({
      key: { id: key.id, status: 'revoked', exposedAt: time },
      replacement: { key: { id: idOf('key') }, claim: { url: expect.stringContaining('/claim#'), expiresAt: time } },
      evidence: { since: time, clients: [], calls: [], children: [], versions: [{ version: 1 }], events: [{}] },
      effect,
      dryRun: false,
    })
  })
})

describe('beside it', () => {
  test('an app has one key of the kind that is asked for', async () => {
    const { app, key, secret, url } = await post('/apps', { name: 'Pasted', keyKind: 'url' })
    expect(app).toMatchObject({ id: idOf('app'), key: key.id })
    expect([key.kind, secret]).toEqual(['url', secretOf('u')])
    expect(url).toBe(`${product.gatewayUrl}/mcp/${secret}`)
    const second = await rest('POST', '/keys', { name: 'second', owner: { type: 'app', id: app.id } })
    expect(problem(second)).toEqual([409, 'app_has_key'])
    const again = await rest('POST', `/apps/${app.id}/regenerate-key`, { waitMs: 0 })
    expect(again.body).toMatchObject({ app: { id: app.id }, key: { id: key.id }, secret: secretOf('u'), effect })
    expect(again.body.url).toBe(`${product.gatewayUrl}/mcp/${again.body.secret}`)
    const headers = await post('/apps', { name: 'With headers', keyKind: 'key' })
    expect([headers.key.kind, headers.secret, headers.url]).toEqual(['key', secretOf('k'), undefined])
  })

  test('a webhook answers its secret once and is listed, read, changed and removed without it', async () => {
    const { webhook, secret } = await post('/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['key.created'] })
    expect(webhook).toMatchObject({ id: idOf('whk'), url: 'http://127.0.0.1:9/hook', events: ['key.created'] })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/)
    const at = `/webhooks/${webhook.id}`
    const read = await rest('GET', at)
    expect([read.body.webhook, read.headers.get('etag')]).toEqual([webhook, `"${webhook.id}-1"`])
    const listed = await rest('GET', '/webhooks')
    expect(listed.body).toMatchObject({ nextCursor: null, total: listed.body.items.length })
    const changed = await rest('PATCH', at, { events: ['key.*'] })
    expect(changed.body.webhook).toMatchObject({ events: ['key.*'], revision: 2 })
    for (const { text } of [read, listed, changed]) expect(text).not.toContain(secret.slice(6))
    expect(problem(await rest('POST', '/webhooks', { url: 'http://127.0.0.1:9/', events: ['key.nonsense'] }))).toEqual([
      422,
      'invalid',
      '/events/0',
    ])
    expect((await rest('DELETE', at)).status).toBe(200)
    expect(problem(await rest('GET', at))).toEqual([404, 'not_found'])
  })

  test('whoever reports a leak is answered 202, whatever he brings', async () => {
    const { key, secret } = await newKey()
    const report = (token: string) =>
      ask(`${product.controlUrl}/api/v1/leaks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      })
    const answers = [await report('nothing at all'), await report(secret)]
    for (const { status, text } of answers) expect([status, text]).toEqual([202, answers[0]?.text])
    await eventually(async () => {
      const shown = (await rest('GET', `/keys/${key.id}`)).body.key
      return shown.status === 'inactive' && shown.exposedAt !== null
    }, 'the key is stopped')
  })

  test('an audit event says from where, and what was before and after', async () => {
    const { key } = await newKey()
    await rest('PATCH', `/keys/${key.id}?waitMs=0`, { name: 'renamed' })
    const items = await eventsOf(key.id, 2)
    expect(items.map(({ action }: Json) => action)).toEqual(['key.updated', 'key.created'])
    expect(items[0]).toMatchObject({
      id: idOf('evt'),
      seq: expect.any(Number),
      at: time,
      actor: { kind: 'bootstrap', id: 'bootstrap' },
      subject: { kind: 'key', id: key.id },
      before: { name: 'life' },
      after: { name: 'renamed' },
      requestId: idOf('req'),
      address: '127.0.0.1',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(items[1].before).toBeUndefined()
  })

  test('keys are filtered by every word of the contract, and counted at least where a filter counts them', async () => {
    const { member } = (await rest('GET', '/me')).body
    const { app } = await post('/apps', { name: 'Filtered' })
    for (const filter of [
      'search=lif',
      'status=active',
      `owner=${member.id}`,
      'owner=me',
      'project=default',
      'server=files',
      `app=${app.id}`,
      'tag=nightly',
      'expiring=120',
      'unused=1',
    ]) {
      const { status, body } = await rest('GET', `/keys?${filter}&sort=-createdAt&limit=2`)
      expect([filter, status]).toEqual([filter, 200])
      expect(body).toMatchObject({ items: expect.any(Array), total: expect.any(Number) })
      expect(body.total).toBeGreaterThanOrEqual(body.items.length)
      if (body.nextCursor === null) expect([filter, body.total]).toEqual([filter, body.items.length])
      else
        expect((await rest('GET', `/keys?${filter}&sort=-createdAt&limit=2&cursor=${body.nextCursor}`)).status).toBe(
          200,
        )
    }
    for (const sort of 'name owner status createdAt expiresAt lastUsedAt requests share'.split(' '))
      for (const word of [sort, `-${sort}`]) expect((await rest('GET', `/keys?sort=${word}`)).status).toBe(200)
    expect(problem(await rest('GET', '/keys?sort=colour'))).toEqual([422, 'invalid', '?sort'])
  })
})
