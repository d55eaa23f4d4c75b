import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { createNamedRows } from '../../../test/named-rows.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import { beyond } from '../../access/narrow/within.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import type { Result } from '../../problems.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'
import { livePerKey } from './issue.ts'
import { childRoutes } from './routes.ts'
import type { ChildView } from './schema.ts'
import { createSigner } from './signing.ts'
import { childRecord, childRecords, deleteChildrenBefore, insertChild, type StoredChild } from './store.ts'
import { longestToken, parseChild } from './token.ts'
import { isSignedWith } from './verify.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any
type Issued = { access_token: string; token_type: string; expires_in: number; child: ChildView; refs: object }

onEachStore('children of a key', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let signer: ReturnType<typeof createSigner>
  let [github, claude]: string[] = []
  let foreign: string
  let key: KeyView

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    signer = createSigner({ seedOf: (epoch) => Buffer.alloc(32, epoch % 256), now: ring.clock.now })
    const project = await ring.rows.project('tools')
    github = await ring.rows.server('github', project)
    await ring.rows.server('wiki', project)
    claude = await ring.rows.provider('claude', project)
    const deps = { ...ring.keyDeps, sign: signer.sign, beyond }
    call = callRoute([...keyRoutes(deps), ...childRoutes(deps)])
    await addOrganization(database, 'org_BBBBBBBBBBBBBBBB', 'theirs')
    const theirs = createNamedRows(database, 'org_BBBBBBBBBBBBBBBB')
    foreign = await theirs.server('secret', await theirs.project('theirs'))
  })
  const only = (...items: string[]) => ({ mode: 'only', items })
  const scope = {
    projects: ['tools'],
    mcp: { servers: only('github', 'wiki'), tools: { github: only('read', 'list') } },
    llm: { providers: only('claude'), models: only('big', 'small') },
  }
  const newKey = async (body: object = {}, actor: Actor = ring.owner): Promise<KeyView> =>
    (granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...scope, ...body } })) as Json).key
  beforeEach(async () => {
    key = await newKey()
  })
  const ask = (id: string, body: object = {}, actor: Actor = ring.owner): Promise<Result<unknown>> =>
    call(actor, 'POST /keys/:id/children', { params: { id }, body })
  const make = async (id: string, body: object = {}, actor?: Actor) => granted(await ask(id, body, actor)) as Issued
  const list = async (id: string, query: object = {}, actor: Actor = ring.owner): Promise<Json> =>
    granted(await call(actor, 'GET /keys/:id/children', { params: { id }, query }))
  const revoke = (id: string, child: string, actor: Actor = ring.owner) =>
    call(actor, 'DELETE /keys/:id/children/:child', { params: { id, child } })
  const change = async (verb: string, id = key.id, body: object = {}): Promise<Json> =>
    granted(await call(ring.owner, `${verb.includes(' ') ? verb : `POST /keys/:id/${verb}`}`, { params: { id }, body }))
  const problem = (result: Result<unknown>) => (result.ok ? null : result.problem)
  const pointers = (result: Result<unknown>) => problem(result)?.errors?.map(({ pointer }) => pointer)
  const events = (action: string) =>
    database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('action', '=', action).orderBy('row_id').execute(),
    )
  const changesOf = (id: string) =>
    database.system.read((db) => db.selectFrom('changes').select('kind').where('subject_id', '=', id).execute())

  describe('making', () => {
    test('D54 a child is a signed token of an hour that says whose it is and what it may do, and nothing is stored of it', async () => {
      const { access_token, token_type, expires_in, child } = await make(key.id, {
        narrow: { mcp: { servers: only('github') } },
      })
      expect([token_type, expires_in]).toEqual(['Bearer', 3600])
      const token = parseChild(access_token)
      expect(token).toMatchObject({
        issuer: 'https://control.example',
        audience: ['https://gateway.example/default'],
        child: {
          id: child.id,
          key: key.id,
          expiresAt: ring.clock.now() + 3_600_000,
          epoch: 1,
          version: 0,
          narrows: [{ mcp: { servers: only(github ?? '') } }],
          ancestors: [],
        },
      })
      const publicKey = signer.publicKey(token?.kid ?? '')
      if (!publicKey) throw new Error('signed with no key of ours')
      expect(await isSignedWith(publicKey, { text: access_token })).toBe(true)
      expect(child).toMatchObject({ key: key.id, parent: null, depth: 1, status: 'active', secretVersion: null })
      const kept = await database.system.read(async (db) => [
        await db.selectFrom('children').selectAll().execute(),
        await db.selectFrom('audit_events').selectAll().execute(),
      ])
      expect(JSON.stringify([kept, await list(key.id)])).not.toContain(access_token.slice(-40))
    })

    test('G7 it has its audit event, and gateways need not hear of it', async () => {
      const { child } = await make(key.id)
      const [event] = (await events('child.created')).slice(-1)
      expect(event).toMatchObject({ subject_kind: 'key', subject_id: key.id, actor_id: ring.first.owner.id })
      expect(JSON.parse(event?.after ?? '')).toMatchObject({ child: child.id, narrow: {}, version: 0 })
      expect(await changesOf(child.id)).toEqual([])
    })

    test('D29 it lives as long as it was asked for: 1 second to 24 hours, never 0, −1 or 10⁹', async () => {
      for (const ttlSeconds of [1, 60, 86_400]) expect((await make(key.id, { ttlSeconds })).expires_in).toBe(ttlSeconds)
      for (const ttlSeconds of [0, -1, 1e9, 86_401, 1.5, '60', null])
        expect(pointers(await ask(key.id, { ttlSeconds })), String(ttlSeconds)).toEqual(['/ttlSeconds'])
    })

    test('D54 it never outlives its key: what would be left of it is cut, and nothing left is a no', async () => {
      const ending = await newKey({ expiresAt: new Date(ring.clock.now() + 90_500).toISOString() })
      expect((await make(ending.id)).expires_in).toBe(90)
      expect((await make(ending.id, { ttlSeconds: 5 })).expires_in).toBe(5)
      ring.clock.forward(90_000)
      const last = await ask(ending.id)
      expect([codeOf(last), problem(last)?.detail]).toEqual(['invalid', 'The key is over in less than a second.'])
      ring.clock.forward(500)
      expect(problem(await ask(ending.id))?.detail).toContain('expired')
    })

    test('D29 the policy of the organization caps it: by default in silence, beyond it with a name', async () => {
      const set = (maxChildSeconds: number) =>
        database.system.transaction((db) =>
          db
            .updateTable('organizations')
            .set({ policies: JSON.stringify({ maxChildSeconds }) })
            .execute(),
        )
      await set(600)
      try {
        expect((await make(key.id)).expires_in).toBe(600)
        expect((await make(key.id, { ttlSeconds: 600 })).expires_in).toBe(600)
        const refused = await ask(key.id, { ttlSeconds: 601 })
        expect([codeOf(refused), pointers(refused), problem(refused)?.data]).toEqual([
          'policy_refused',
          ['/ttlSeconds'],
          { policy: 'maxChildSeconds' },
        ])
      } finally {
        await set(86_400)
      }
    })

    test('a name says what may be cut: by slug or id, stored by id, shown with names', async () => {
      const narrow = {
        mcp: { servers: only('github', github ?? ''), tools: { github: only('read', 'read') } },
        llm: { providers: only('claude') },
      }
      const { child, refs } = await make(key.id, { narrow })
      expect(child.narrow).toEqual({
        mcp: { servers: only(github ?? ''), tools: { [github ?? '']: only('read') } },
        llm: { providers: only(claude ?? '') },
      })
      expect(refs).toEqual({
        [github ?? '']: { slug: 'github', name: 'GITHUB' },
        [claude ?? '']: { slug: 'claude', name: 'CLAUDE' },
      })
    })

    test('D54 G10 a narrowing that widens, names what is not there or is somebody else’s, is refused where it does', async () => {
      const cases: [object, string[]][] = [
        [{ mcp: { servers: { mode: 'all' } } }, ['/narrow/mcp/servers']],
        [{ mcp: { servers: only('wiki', 'nowhere') } }, ['/narrow/mcp/servers/items/1']],
        [{ mcp: { servers: only(foreign) } }, ['/narrow/mcp/servers/items/0']],
        [{ mcp: { tools: { github: only('read', 'read', 'delete') } } }, ['/narrow/mcp/tools/github/items/2']],
        [{ mcp: { tools: { 'a/b~c': only('x') } } }, ['/narrow/mcp/tools/a~1b~0c']],
        [{ llm: { models: only('huge'), providers: only('gpt') } }, ['/narrow/llm/providers/items/0']],
        [{ llm: { models: only('huge') } }, ['/narrow/llm/models/items/0']],
        [{ addresses: { mode: 'only', cidrs: ['10.0.0.0/8', 'here'] } }, ['/narrow/addresses/cidrs/1']],
      ]
      for (const [narrow, expected] of cases) {
        const refused = await ask(key.id, { narrow })
        expect([codeOf(refused), pointers(refused)], JSON.stringify(narrow)).toEqual(['invalid', expected])
      }
    })

    test('fields that mean nothing yet are refused, not dropped', async () => {
      for (const narrow of [
        { limits: {} },
        { budgets: [] },
        { mcp: { limits: {} } },
        { __proto__: null, gateways: only('x') },
      ])
        expect(codeOf(await ask(key.id, { narrow })), JSON.stringify(narrow)).toBe('invalid')
      expect(codeOf(await ask(key.id, { scope: 'mcp:github' }))).toBe('invalid')
    })

    test('text that no database takes is only text', async () => {
      const narrow = { mcp: { tools: { github: { mode: 'except', items: ['list\u0000', '\ud800'] } } } }
      expect(codeOf(await ask(key.id, { narrow }))).toBe('invalid')
      const models = await newKey({ llm: { providers: only('claude') } })
      const made = await make(models.id, { narrow: { llm: { models: only('a\u0000b') } } })
      expect((await list(models.id)).items[0].narrow).toEqual(made.child.narrow)
      expect(codeOf(await ask(key.id, { narrow: { mcp: { servers: only('gi\u0000thub') } } }))).toBe('invalid')
    })

    test('D54 what does not fit into 4 KiB is refused and not cut, before thousands of names are looked up', async () => {
      const wide = await newKey({ llm: { providers: only('claude') } })
      const models = (n: number) => ({
        narrow: { llm: { models: only(...Array.from({ length: n }, (_, i) => `model-${i}`.padEnd(20, 'x'))) } },
      })
      expect(codeOf(await ask(wide.id, models(150)))).toBe('child_too_large')
      expect(codeOf(await ask(wide.id, models(1000)))).toBe('child_too_large')
      const { access_token } = await make(wide.id, models(60))
      expect(access_token.length).toBeLessThanOrEqual(longestToken)
    })
  })

  describe('who may', () => {
    test('G5 a key that is refused has no tokens: suspended, expired, revoked, deleted, a decoy or one for URLs', async () => {
      await change('suspend')
      expect(problem(await ask(key.id))).toMatchObject({ code: 'invalid', detail: expect.stringContaining('inactive') })
      await change('resume')
      await make(key.id)
      await change('revoke')
      expect(codeOf(await ask(key.id))).toBe('key_is_revoked')
      await change('DELETE /keys/:id')
      expect(codeOf(await ask(key.id))).toBe('not_found')
      const url = await newKey({ kind: 'url', llm: undefined })
      expect(problem(await ask(url.id))?.detail).toContain('URL key')
      const honey = await newKey({ honey: true })
      expect(problem(await ask(honey.id))?.detail).toContain('honey')
    })

    test('B22 G10 to others the key is not there, and with it its children', async () => {
      const { child } = await make(key.id)
      const stranger = await ring.addMember('member')
      const theirs = actorOf('org_BBBBBBBBBBBBBBBB', 'mem_BBBBBBBBBBBBBBBB', 'owner')
      for (const actor of [stranger, theirs]) {
        expect(codeOf(await ask(key.id, {}, actor))).toBe('not_found')
        expect(codeOf(await revoke(key.id, child.id, actor))).toBe('not_found')
        expect(codeOf(await call(actor, 'GET /keys/:id/children', { params: { id: key.id } }))).toBe('not_found')
      }
      for (const id of ['key_AAAAAAAAAAAAAAAA', 'a key', 'key_\u0000']) expect(codeOf(await ask(id))).toBe('not_found')
    })

    test('G5 nobody gets a token of another person’s key, whatever his role: it would act as that person', async () => {
      const member = await ring.addMember('member')
      const own = await newKey({ mcp: { servers: { mode: 'all' } }, llm: undefined }, member)
      expect((await make(own.id, {}, member)).child.key).toBe(own.id)
      for (const role of ['owner', 'admin'] as const) {
        const actor = role === 'owner' ? ring.owner : await ring.addMember('admin')
        expect(codeOf(await ask(own.id, {}, actor))).toBe('not_permitted')
      }
      expect((await list(own.id)).items).toHaveLength(1)
    })

    test('a token of a team’s key is for whoever is in the team or manages all keys', async () => {
      const member = await ring.addMember('member')
      const team = await ring.rows.team('red', [member.memberId])
      const shared = await newKey({ owner: { type: 'team', id: team } })
      for (const actor of [ring.owner, member]) expect((await make(shared.id, {}, actor)).child.key).toBe(shared.id)
      expect(codeOf(await ask(shared.id, {}, await ring.addMember('auditor')))).not.toBe(null)
    })

    test('of two who ask at the last moment none gets a token of a secret that was cut in between', async () => {
      const slow = {
        ...ring.keyDeps,
        beyond,
        sign: async (claims: Parameters<typeof signer.sign>[0]) => {
          await change('revoke')
          return signer.sign(claims)
        },
      }
      const racing = callRoute(childRoutes(slow))
      const before = (await list(key.id)).total
      const late = await racing(ring.owner, 'POST /keys/:id/children', { params: { id: key.id }, body: {} })
      expect(codeOf(late)).toBe('key_is_revoked')
      expect((await list(key.id)).total).toBe(before)
    })

    test(`a key has at most ${livePerKey} tokens that are not over`, async () => {
      const { organizationId } = ring.first
      const rows = (from: number, to: number, expiresAt: number): StoredChild[] =>
        Array.from({ length: to - from }, (_, n) => ({
          ...{
            id: `chd_${key.id.slice(4, 10)}${String(from + n).padStart(10, '0')}`,
            key: key.id,
            parent: null,
            depth: 1,
          },
          ...{
            narrow: {},
            version: 0,
            epoch: 1,
            issuedAt: 1,
            issuedBy: 'mem_1',
            expiresAt,
            revokedAt: null,
            revision: 1,
          },
        }))
      const fill = async (children: readonly StoredChild[]) => {
        for (let at = 0; at < children.length; at += 250)
          await database.system.transaction(async (db) => {
            for (const child of children.slice(at, at + 250)) await insertChild(db, organizationId, child)
          })
      }
      await fill(rows(0, 50, ring.clock.now() - 1))
      await fill(rows(50, 50 + livePerKey - 1, ring.clock.now() + 60_000))
      await make(key.id)
      const refused = await ask(key.id)
      expect([codeOf(refused), problem(refused)?.retryAfterSeconds]).toEqual(['rate_limited', 60])
      ring.clock.forward(60_000)
      await make(key.id)
    }, 120_000)
  })

  describe('afterwards', () => {
    test('a key lists its tokens, newest first and in pages, and never one of them', async () => {
      const made: string[] = []
      for (let n = 0; n < 5; n += 1) {
        made.unshift((await make(key.id)).child.id)
        ring.clock.forward(1000)
      }
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: Json = await list(key.id, { limit: 2, ...(cursor === null ? {} : { cursor }) })
        seen.push(...page.items.map(({ id }: ChildView) => id))
        expect(page.total).toBe(5)
        cursor = page.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(made)
      expect(
        codeOf(await call(ring.owner, 'GET /keys/:id/children', { params: { id: key.id }, query: { cursor: 'x' } })),
      ).toBe('bad_cursor')
    })

    test('G2 G7 a token is ended by itself: gateways hear of it, it stands in the log, and again it is the same', async () => {
      const { child } = await make(key.id)
      const other = await make(key.id)
      const { organizationId } = ring.first
      const record = (id: string) => database.system.read((db) => childRecord(db, organizationId, id))
      expect(await record(child.id)).toBe(null)
      const ended = granted(await revoke(key.id, child.id)) as Json
      expect(ended.child).toMatchObject({ id: child.id, status: 'revoked', revision: 2 })
      expect(ended.effect).toBeDefined()
      const again = granted(await revoke(key.id, child.id)) as Json
      expect(again.child).toEqual(ended.child)
      expect(await record(child.id)).toEqual({
        kind: 'child',
        organization: organizationId,
        id: child.id,
        revision: 2,
        key: key.id,
        expiresAt: Date.parse(child.expiresAt),
      })
      expect(await record(other.child.id)).toBe(null)
      expect(await changesOf(child.id)).toEqual([{ kind: 'child' }, { kind: 'child' }])
      const revoked = (await events('child.revoked')).filter(({ after }) => after?.includes(child.id))
      expect(revoked).toHaveLength(1)
    })

    test('G10 a token of another key is not there under this one', async () => {
      const { child } = await make((await newKey()).id)
      for (const id of [child.id, 'chd_AAAAAAAAAAAAAAAA', 'chd_\u0000', 'x'.repeat(100)])
        expect(codeOf(await revoke(key.id, id))).toBe('not_found')
    })

    test('D54 what becomes of the key shows in the status of its tokens', async () => {
      await make(key.id, { ttlSeconds: 60 })
      const statusOf = async () => (await list(key.id)).items[0].status
      expect(await statusOf()).toBe('active')
      await change('suspend')
      expect(await statusOf()).toBe('active')
      await change('resume')
      ring.clock.forward(60_000)
      expect(await statusOf()).toBe('expired')
      await make(key.id)
      await change('revoke')
      expect((await list(key.id)).items.map(({ status }: ChildView) => status)).toEqual(['revoked', 'revoked'])
    })

    test('a gateway that starts is told of those that were revoked and would not be over yet, of its organization', async () => {
      const [live, short, kept] = [await make(key.id), await make(key.id, { ttlSeconds: 30 }), await make(key.id)]
      for (const { child } of [live, short]) granted(await revoke(key.id, child.id))
      ring.clock.forward(30_000)
      const { organizationId } = ring.first
      const read = (organization: string | null) =>
        database.system.read((db) => childRecords(db, organization, null, 1000, ring.clock.now()))
      const ids = (await read(organizationId)).map(({ id }) => id)
      expect(ids).toContain(live.child.id)
      expect(ids).not.toContain(short.child.id)
      expect(ids).not.toContain(kept.child.id)
      expect((await read(null)).map(({ id }) => id)).toEqual(ids)
      expect(await read('org_BBBBBBBBBBBBBBBB')).toEqual([])
      const [first] = await read(organizationId)
      const place = first && { organization: first.organization, id: first.id }
      const rest = await database.system.read((db) => childRecords(db, null, place ?? null, 1000, ring.clock.now()))
      expect(rest.map(({ id }) => id)).toEqual(ids.slice(1))
    })

    test('tokens that are over are forgotten piece by piece, and no others', async () => {
      const [over, live] = [await make(key.id, { ttlSeconds: 1 }), await make(key.id)]
      ring.clock.forward(2000)
      while (await database.system.transaction((db) => deleteChildrenBefore(db, ring.clock.now())));
      const ids = (await list(key.id)).items.map(({ id }: ChildView) => id)
      expect(ids).toContain(live.child.id)
      expect(ids).not.toContain(over.child.id)
    })
  })
  test('the id of a token is random', async () => {
    const ids = new Set<string>()
    for (let n = 0; n < 20; n += 1) ids.add((await make(key.id)).child.id)
    expect(ids.size).toBe(20)
  })
})
