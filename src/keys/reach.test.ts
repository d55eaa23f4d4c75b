import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { keyRecord } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type Made = { key: KeyView; refs: Record<string, { slug: string | null; name: string }> }

onEachStore('what a key may name', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let ada: Actor
  let ids: Record<'project' | 'open' | 'hidden' | 'elsewhere' | 'llm' | 'secretLlm' | 'gateway', string>
  const all = { mode: 'all' }
  const only = (...items: string[]) => ({ mode: 'only', items })
  const post = (actor: Actor, body: object) =>
    call(actor, 'POST /keys', { body: { name: 'ci', projects: ['main'], ...body } })
  const make = async (actor: Actor, body: object) => granted(await post(actor, body)) as Made
  const patch = (actor: Actor, id: string, body: object) => call(actor, 'PATCH /keys/:id', { params: { id }, body })
  const record = (id: string) =>
    database.read(ring.owner.organizationId, (db) => keyRecord(db, ring.owner.organizationId, id))

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    ada = await ring.addMember('member')
    const bob = await ring.addMember('member')
    const [project, other] = [await ring.rows.project('main'), await ring.rows.project('other')]
    const [hers, his] = [
      await ring.rows.catalog('hers', [ada.memberId]),
      await ring.rows.catalog('his', [bob.memberId]),
    ]
    ids = {
      project,
      open: await ring.rows.server('open', project, [hers]),
      hidden: await ring.rows.server('hidden', project, [his]),
      elsewhere: await ring.rows.server('elsewhere', other, [hers]),
      llm: await ring.rows.provider('llm', project, [hers]),
      secretLlm: await ring.rows.provider('secret-llm', project, [his]),
      gateway: await ring.rows.gateway('Frankfurt, 1'),
    }
  })

  test('to a member a server or provider beyond his reach is unknown: slugs cannot be probed, by no field', async () => {
    const attempts = (server: string, provider: string): object[] => [
      { mcp: { servers: only(server) } },
      { mcp: { servers: { mode: 'except', items: [server] } } },
      { mcp: { servers: all, tools: { [server]: all } } },
      { mcp: { enabled: false, servers: only(server) } },
      { llm: { providers: only(provider) } },
      { llm: { providers: { mode: 'except', items: [provider] } } },
    ]
    const { key } = await make(ada, {})
    const answersTo = async (server: string, provider: string) => {
      const answers = []
      for (const body of attempts(server, provider)) {
        answers.push(await post(ada, body), await patch(ada, key.id, body))
      }
      return JSON.stringify(answers).replaceAll(server, 'NAME').replaceAll(provider, 'NAME')
    }
    const unknown = await answersTo('no-such-server', 'no-such-provider')
    expect(unknown).not.toContain('"ok":true')
    expect(await answersTo('hidden', 'secret-llm')).toBe(unknown)
    expect(await answersTo(ids.hidden, ids.secretLlm)).toBe(unknown)
    for (const body of attempts('open', 'llm')) expect(codeOf(await post(ada, body))).toBeNull()
    for (const body of attempts('hidden', 'secret-llm')) expect(codeOf(await post(ring.owner, body))).toBeNull()
  })

  test('B16 D35 D40 all servers, for a member, are those that he reaches: the answer names no other, the word stays', async () => {
    const hers = await make(ada, { mcp: { servers: all } })
    expect(hers.key.mcp).toEqual({ enabled: true, servers: all, tools: { [ids.open]: all }, toolsDefault: all })
    expect(JSON.stringify(hers)).not.toContain(ids.hidden)
    const full = await make(ring.owner, {
      mcp: { servers: all, tools: { open: only('read') }, toolsDefault: { mode: 'none' } },
    })
    expect(full.key.mcp.tools).toEqual({ [ids.open]: only('read'), [ids.hidden]: { mode: 'none' } })
    expect(full.refs).toMatchObject({ [ids.open]: { slug: 'open' }, [ids.hidden]: { slug: 'hidden' } })
  })

  test('B15 B17 D40 the record of a key holds what its answer shows: each admitted server with its tools, by id', async () => {
    const { key } = await make(ring.owner, {
      projects: ['main', 'other'],
      mcp: { servers: { mode: 'except', items: ['hidden'] }, tools: { [ids.open]: only('read', 'read') } },
    })
    expect(key.mcp).toEqual({
      enabled: true,
      servers: { mode: 'except', items: [ids.hidden] },
      tools: { [ids.open]: only('read'), [ids.elsewhere]: all },
      toolsDefault: all,
    })
    expect((await record(key.id))?.scope).toEqual({
      projects: key.projects,
      mixedEnvironments: key.mixedEnvironments,
      mcp: key.mcp,
      llm: key.llm,
      addresses: key.addresses,
      gateways: key.gateways,
    })
    for (const mcp of [{}, { enabled: true }, { tools: { open: all } }])
      expect(await post(ring.owner, { mcp })).toMatchObject({ problem: { code: 'invalid' } })
  })

  test('D40 another project brings its servers with the default, and changes no entry that there is', async () => {
    const { key } = await make(ring.owner, {
      mcp: { servers: all, tools: { open: only('read') }, toolsDefault: { mode: 'none' } },
    })
    const after = granted(await patch(ring.owner, key.id, { projects: ['other', 'main'] })) as Made
    expect(after.key.mcp.tools).toEqual({ ...key.mcp.tools, [ids.elsewhere]: { mode: 'none' } })
    const renamed = granted(await patch(ring.owner, key.id, { name: 'x' })) as Made
    expect(renamed.key.mcp).toEqual(after.key.mcp)
  })

  test('what a key holds already may be said again, although its owner reaches it no more', async () => {
    const { key } = await make(ada, { mcp: { servers: only('open'), tools: { open: only('read') } } })
    const id = key.id
    granted(await patch(ring.owner, id, { mcp: { servers: only('open', 'hidden') } }))
    const shown = granted(await call(ada, 'GET /keys/:id', { params: { id } })) as Made
    expect(codeOf(await patch(ada, id, { mcp: shown.key.mcp }))).toBeNull()
    expect(codeOf(await patch(ada, id, { mcp: { servers: only('open') } }))).toBeNull()
    expect(codeOf(await patch(ada, id, { mcp: { servers: only('open', 'hidden') } }))).toBe('invalid')
  })

  test('D60 gateways are named by id or name, stored by id, and named beside the key', async () => {
    const { key, refs } = await make(ada, { gateways: only('Frankfurt, 1', ids.gateway) })
    expect(key.gateways).toEqual(only(ids.gateway))
    expect(refs[ids.gateway]).toEqual({ slug: null, name: 'Frankfurt, 1' })
    for (const item of ['Frankfurt', 'a\0', '\ud800', 'x\u202ey'])
      expect(await post(ada, { gateways: only(item) })).toMatchObject({
        problem: { errors: [{ pointer: '/gateways/items/0' }] },
      })
    expect((await make(ada, { gateways: only() })).key.gateways).toEqual(only())
  })

  test('D30 D31 providers are stored by id with the models as they were said, and named beside the key', async () => {
    const { key, refs } = await make(ada, {
      llm: { providers: only('llm'), models: { mode: 'except', items: ['big', 'big'] } },
    })
    expect(key.llm).toEqual({ enabled: true, providers: only(ids.llm), models: { mode: 'except', items: ['big'] } })
    expect(refs[ids.llm]).toEqual({ slug: 'llm', name: 'LLM' })
  })

  test('names that mean something to JavaScript or to a database name nothing', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'a\0', "' or ''='", '../open', '']) {
      // As JSON brings it: an own member of that name.
      const tools: unknown = JSON.parse(`{${JSON.stringify(name)}: {"mode": "all"}}`)
      const answer = await post(ring.owner, { mcp: { servers: all, tools } })
      // The parser of control refuses `__proto__` before; without it, it is left out, and gives nothing to anybody.
      if (name === '__proto__')
        expect(Object.keys((granted(answer) as Made).key.mcp.tools).toSorted()).toEqual(
          [ids.open, ids.hidden].toSorted(),
        )
      else expect(codeOf(answer)).toBe('invalid')
      for (const field of [{ projects: [name] }, { mcp: { servers: only(name) } }, { llm: { providers: only(name) } }])
        expect([name, codeOf(await post(ring.owner, field))]).toEqual([name, 'invalid'])
    }
  })

  test('a thousand names are looked up, a thousand and one are refused', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, n) => `s-${n}`)
    const refused = await post(ring.owner, { mcp: { servers: only(...names(1000)) } })
    expect(refused).toMatchObject({ problem: { code: 'invalid' } })
    expect(refused.ok ? 0 : refused.problem.errors?.length).toBe(100)
    expect(await post(ring.owner, { mcp: { servers: only(...names(1001)) } })).toMatchObject({
      problem: { errors: [{ pointer: '/mcp/servers/items' }] },
    })
  })
})
