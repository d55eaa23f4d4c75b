import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database } from '../db/database.ts'
import type { TokenAnswer, TokenRequest } from '../fleet/schema.ts'
import { signingKey } from '../keys/children/signing.ts'
import { parseChild } from '../keys/children/token.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

/** Tokens that gateways ask for, proved, decided, signed and written by control. */
onEachStore('tokens for gateways', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let organizationId: string
  let [wiki, hidden]: Json[] = []
  let made: Json
  const all = { mode: 'all' } as const
  const only = (...items: string[]) => ({ mode: 'only', items })
  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    wiki = await world.addServer('wiki')
    await world.addServer('code')
    await world.addServer('read')
    hidden = await world.addServer('hidden', { catalogs: [] })
    const models = [{ id: 'big-2026', aliases: ['big'] }, { id: 'small' }]
    const llm = { slug: 'llm', dialect: 'openai', baseUrl: 'https://llm.example/v1', models }
    await world.ask('POST /providers', { body: llm })
    organizationId = (await world.ask('GET /me')).organization.id
  })
  const newKey = (body: object = {}): Promise<Json> =>
    world.ask('POST /keys', {
      body: { name: 'ci', mcp: { servers: all }, llm: { providers: all, models: only('big-2026') }, ...body },
    })
  beforeEach(async () => {
    made = await newKey()
  })
  const gateway = () => ({ id: 'gwy_1', name: 'one', organizationId, publicUrl: 'http://127.0.0.1:8420' })
  const request = (secret: string, more: Partial<TokenRequest> = {}): TokenRequest => ({
    ...{ type: 'token-request', n: 1, requestId: 'req_AAAABBBBCCCCDDDD', address: '192.0.2.7', secret },
    ...{ scope: null, ttlSeconds: null },
    ...more,
  })
  const ask = (secret: string, more: Partial<TokenRequest> = {}, by = gateway()): Promise<TokenAnswer['result']> =>
    world.tokens.feed.answerToken(by, request(secret, more))
  const granted = async (...given: Parameters<typeof ask>) => {
    const result = await ask(...given)
    if (!result.ok) throw new Error(`${result.code}: ${result.detail}`)
    const token = parseChild(result.accessToken)
    if (!token) throw new Error('no token')
    return { ...result, claims: token.child, audience: token.audience, issuer: token.issuer }
  }
  const refused = async (...given: Parameters<typeof ask>) => {
    const result = await ask(...given)
    return result.ok ? null : result.code
  }
  const verb = (name: string, id = made.key.id, body: object = {}) =>
    world.ask(`POST /keys/:id/${name}`, { params: { id }, body })

  describe('a key', () => {
    test('D54 gets a token that names it and the secret that asked, may all that the key may, and is in its list', async () => {
      const { accessToken, expiresIn, scope, child, claims, audience, issuer } = await granted(made.secret)
      expect(claims).toMatchObject({ id: child, key: made.key.id, version: 1, epoch: 1, narrows: [{}], ancestors: [] })
      expect([expiresIn, scope, issuer]).toEqual([3600, '', 'https://control.example'])
      expect(audience).toEqual(['http://127.0.0.1:8420/default'])
      expect(accessToken).not.toContain(made.secret)
      const { items } = await world.ask('GET /keys/:id/children', { params: { id: made.key.id } })
      expect(items).toMatchObject([{ id: child, secretVersion: 1, issuedBy: made.key.id, status: 'active' }])
      const [event] = await database.system.read((db) =>
        db
          .selectFrom('audit_events')
          .selectAll()
          .where('action', '=', 'child.created')
          .orderBy('row_id', 'desc')
          .execute(),
      )
      expect(event).toMatchObject({
        actor_kind: 'key',
        actor_id: made.key.id,
        subject_id: made.key.id,
        address: '192.0.2.7',
        request_id: 'req_AAAABBBBCCCCDDDD',
      })
    })

    test('D54 a scope cuts the token to servers, tools and models, and leaves out the rest', async () => {
      const narrowOf = async (...scope: string[]) => (await granted(made.secret, { scope })).claims.narrows[0]
      expect(await narrowOf('mcp:wiki')).toEqual({ mcp: { servers: only(wiki.id) }, llm: { enabled: false } })
      expect(await narrowOf(`mcp:${wiki.id}:read`, 'mcp:wiki:list')).toEqual({
        mcp: { servers: only(wiki.id), tools: { [wiki.id]: only('read', 'list') } },
        llm: { enabled: false },
      })
      expect(await narrowOf('mcp:wiki:read', 'mcp:wiki')).toEqual({
        mcp: { servers: only(wiki.id) },
        llm: { enabled: false },
      })
      expect(await narrowOf('mcp:wiki:a:b')).toMatchObject({ mcp: { tools: { [wiki.id]: only('a:b') } } })
      expect(await narrowOf('llm:big')).toEqual({ mcp: { enabled: false }, llm: { models: only('big-2026') } })
      expect((await granted(made.secret, { scope: ['mcp:wiki', 'llm:big'] })).scope).toBe('mcp:wiki llm:big')
    })

    test('D54 a scope that is not known, or wider than the key, is refused alike: nobody learns what there is', async () => {
      const cut = await newKey({ mcp: { servers: only('wiki'), tools: { wiki: only('read') } }, llm: undefined })
      const scopes = [
        ['mcp:nowhere'],
        ['mcp:code'],
        ['mcp:hidden'],
        [`mcp:${hidden.id}`],
        ['mcp:wiki:write'],
        ['llm:big'],
        ['llm:nothing'],
        ['mcp:wiki', 'mcp:code'],
        ['mcp'],
        ['mcp:'],
        ['mcp:wiki:'],
        ['llm:'],
        ['openid'],
        ['MCP:wiki'],
        ['mcp:wi\u0000ki'],
        Array.from({ length: 200 }, (_, n) => `mcp:s${n}`),
      ]
      const answers = new Set<string>()
      for (const scope of scopes) {
        const result = await ask(cut.secret, { scope })
        expect(result.ok ? null : result.code, scope.join(' ').slice(0, 80)).toBe('invalid_scope')
        answers.add(JSON.stringify(result))
      }
      expect(answers.size).toBe(1)
      expect((await granted(cut.secret, { scope: ['mcp:wiki:read'] })).claims.narrows).toHaveLength(1)
    })

    test('mcp:read is no scope until tools can be marked as reading, not even where a server has that name', async () => {
      expect(await refused(made.secret, { scope: ['mcp:read'] })).toBe('invalid_scope')
      const { id } = (await world.ask('GET /servers/:id', { params: { id: 'read' } })).server
      expect((await granted(made.secret, { scope: [`mcp:${id}`] })).claims.narrows).toMatchObject([
        { mcp: { servers: only(id) } },
      ])
    })

    test('D29 a token lives for 1 second to a day; 0, −1 and 10⁹ are no life', async () => {
      for (const ttlSeconds of [1, 86_400])
        expect((await granted(made.secret, { ttlSeconds })).expiresIn).toBe(ttlSeconds)
      for (const ttlSeconds of [0, -1]) expect(await refused(made.secret, { ttlSeconds })).toBe('invalid')
      expect(await refused(made.secret, { ttlSeconds: 1e9 })).toBe('policy_refused')
    })

    test('G5 what would not be let in at a gateway gets no token: off, revoked, rotated out, from elsewhere, elsewhere', async () => {
      const elsewhere = await newKey({ addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } })
      expect(await refused(elsewhere.secret)).toBe('address_not_allowed')
      expect((await granted(elsewhere.secret, { address: '10.1.2.3' })).claims.key).toBe(elsewhere.key.id)
      const nowhere = await newKey({ gateways: { mode: 'none' } })
      expect(await refused(nowhere.secret)).toBe('gateway_not_allowed')
      await verb('suspend')
      expect(await refused(made.secret)).toBe('key_inactive')
      await verb('resume')
      const rotated = await verb('rotate')
      expect(await refused(made.secret)).toBe('key_revoked')
      const { claims } = await granted(rotated.secret)
      expect(claims).toMatchObject({ version: 2, epoch: rotated.key ? claims.epoch : 0 })
      await verb('revoke')
      expect(await refused(rotated.secret)).toBe('key_revoked')
    })

    test('D28 a decoy, a key for URLs and what is no key at all get none', async () => {
      const honey = await newKey({ honey: true })
      expect(await refused(honey.secret)).toBe('key_revoked')
      const url = await newKey({ kind: 'url', llm: undefined })
      expect(await refused(url.secret)).toBe('key_kind')
      for (const text of ['', 'x', 'ostk_', `${made.secret}x`, 'oste_a.b.c'])
        expect(await refused(text)).toBe('key_invalid')
    })
  })

  describe('a gateway', () => {
    test('G5 that was taken over has everything but a secret, and gets nothing by it', async () => {
      const { id } = made.key
      const [stored] = await database.system.read((db) =>
        db.selectFrom('secret_versions').selectAll().where('key_id', '=', id).execute(),
      )
      const forged = signingKey(Buffer.alloc(32))
      const guesses = [
        stored?.phc ?? '',
        String(stored?.gate),
        id,
        made.key.preview,
        `${made.key.preview}_${'A'.repeat(49)}`,
        forged.kid,
      ]
      for (const guess of guesses) expect(await refused(guess)).toBe('key_invalid')
      const other = await newKey()
      const crossed = `${made.secret.slice(0, 22)}${other.secret.slice(22)}`
      expect(await refused(crossed)).toBe('key_invalid')
    })

    test('G10 of another organization gets none for keys that it does not serve', async () => {
      const theirs = { ...gateway(), organizationId: 'org_BBBBBBBBBBBBBBBB' }
      expect(await refused(made.secret, {}, theirs)).toBe('key_invalid')
      expect((await granted(made.secret, {}, { ...theirs, serves: 'all' } as never)).claims.key).toBe(made.key.id)
    })
  })

  describe('a child', () => {
    test('G5 D54 gets a child of its own, cut by both, with the same secret behind it, and no longer than it lives', async () => {
      const first = await granted(made.secret, { scope: ['mcp:wiki', 'mcp:code'], ttlSeconds: 60 })
      const second = await granted(first.accessToken, { scope: ['mcp:wiki'] })
      expect(second.claims).toMatchObject({
        key: made.key.id,
        version: 1,
        narrows: [...first.claims.narrows, { mcp: { servers: only(wiki.id) } }],
        ancestors: [first.child],
      })
      expect(second.expiresIn).toBe(60)
      expect(await refused(first.accessToken, { scope: ['llm:big'] })).toBe('invalid_scope')
      expect(await refused(second.accessToken, { scope: ['mcp:code'] })).toBe('invalid_scope')
    })

    test('D54 has descendants down to the fourth, and the fifth is refused', async () => {
      let { accessToken } = await granted(made.secret)
      for (let depth = 2; depth <= 4; depth += 1) {
        const next = await granted(accessToken)
        expect(next.claims.ancestors).toHaveLength(depth - 1)
        accessToken = next.accessToken
      }
      expect(await refused(accessToken)).toBe('invalid')
    })

    test('G5 of a revoked key has no children, nor has a child of one, nor one that was revoked, or whose parent was', async () => {
      const first = await granted(made.secret)
      const second = await granted(first.accessToken)
      const third = await granted(second.accessToken)
      const end = (child: string) =>
        world.ask('DELETE /keys/:id/children/:child', { params: { id: made.key.id, child } })
      await end(third.child)
      expect(await refused(third.accessToken)).toBe('key_revoked')
      await granted(second.accessToken)
      await end(first.child)
      expect(await refused(second.accessToken)).toBe('key_revoked')
      const live = await granted((await granted(made.secret)).accessToken)
      await verb('revoke')
      expect(await refused(live.accessToken)).toBe('key_revoked')
    })

    test('that is over, forged, unknown here or for other gateways has none', async () => {
      const first = await granted(made.secret, { ttlSeconds: 60 })
      const elsewhere = { ...gateway(), publicUrl: 'https://elsewhere.example' }
      expect(await refused(first.accessToken, {}, elsewhere)).toBe('key_invalid')
      const [head, body] = first.accessToken.split('.')
      expect(await refused(`${head}.${body}.${'A'.repeat(86)}`)).toBe('key_invalid')
      await database.system.transaction((db) => db.deleteFrom('children').where('id', '=', first.child).execute())
      expect(await refused(first.accessToken)).toBe('key_invalid')
      const second = await granted(made.secret, { ttlSeconds: 60 })
      world.clock.now += 60_000
      expect(await refused(second.accessToken)).toBe('key_expired')
    })

    test('G5 what it was cut to holds for addresses as well', async () => {
      const { access_token } = await world.ask('POST /keys/:id/children', {
        params: { id: made.key.id },
        body: { narrow: { addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } } },
      })
      expect(await refused(access_token)).toBe('address_not_allowed')
      const { claims } = await granted(access_token, { address: '10.9.9.9' })
      expect(claims).toMatchObject({ version: 0, ancestors: [expect.any(String)] })
    })
  })

  describe('explain', () => {
    const explain = (body: object) => world.call(world.owner, 'POST /access/explain', { body })
    const call = (server: string) => ({ call: { kind: 'mcp', server, tool: 'echo' } })

    test('R15 G12 a child is explained like its key, by its id, and says what cuts it', async () => {
      const { child } = await granted(made.secret, { scope: ['mcp:wiki'] })
      expect(await explain({ child, ...call('wiki') })).toMatchObject({ value: { allowed: true } })
      const no = await explain({ child, key: made.key.id, ...call('code') })
      expect(no).toMatchObject({ value: { allowed: false, code: 'server_not_allowed', rule: 'child.mcp.servers' } })
      expect(JSON.stringify(no)).toContain(child)
      await world.ask('DELETE /keys/:id/children/:child', { params: { id: made.key.id, child } })
      expect(await explain({ child, ...call('wiki') })).toMatchObject({ value: { rule: 'child.revokedAt' } })
    })

    test('G10 a child that there is not, or is another key’s, is not there; of nobody nothing is explained', async () => {
      const other = await newKey()
      const { child } = await granted(made.secret)
      for (const body of [{ child: 'chd_AAAAAAAAAAAAAAAA' }, { child, key: other.key.id }, { child: 'chd_\u0000' }])
        expect(codeOf(await explain({ ...body, ...call('wiki') }))).toBe('not_found')
      expect(codeOf(await explain(call('wiki')))).toBe('invalid')
    })
  })

  test('G10 an accident on our side is answered as one, and does not end the feed', async () => {
    const broken = { ...gateway(), publicUrl: undefined as never }
    expect(await refused(made.secret, {}, broken)).toBe(null)
    const { accessToken } = await granted(made.secret)
    expect(await refused(accessToken, {}, broken)).toBe('internal')
  })

  test('gateways are told public keys only, and when they turn', async () => {
    const { signing } = world.tokens.feed
    const before = signing.turn()
    const { issuer, keys } = signing.keys()
    expect(issuer).toBe('https://control.example')
    for (const { jwk } of keys) expect(Object.keys(jwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
    world.clock.now += 91 * 86_400_000
    expect(signing.turn()).not.toBe(before)
    expect(signing.keys().keys.map(({ kid }) => kid)).not.toEqual(keys.map(({ kid }) => kid))
  })
})
