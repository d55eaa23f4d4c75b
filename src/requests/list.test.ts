import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { chat, keep, noon, refused, toolCall } from '../../test/requests-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { seenAtMost } from './found/store.ts'
import type { RequestView } from './schema.ts'

type Listed = { items: RequestView[]; nextCursor: string | null; refs: Record<string, { name: string }> }

onEachStore('the log of requests', (open) => {
  let database: Database
  let surface: Awaited<ReturnType<typeof createWholeSurface>>
  let member: Actor
  let own: { id: string }
  let other: { id: string }
  let organization = ''
  beforeAll(async () => {
    database = await open()
    surface = await createWholeSurface(database)
    surface.clock.now = noon
    organization = surface.organizationId
    member = await surface.addMember('member', 'ada')
    other = (await surface.ask('POST /keys', { body: { name: 'of the owner' } })).key
    own = (await surface.as(member)('POST /keys', { body: { name: 'of Ada' } })).key
  })
  const list = async (query: Record<string, string> = {}, actor: Actor = surface.owner): Promise<Listed> =>
    surface.as(actor)('GET /requests', { query })
  const all = async (query: Record<string, string> = {}, actor?: Actor): Promise<RequestView[]> => {
    const found: RequestView[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Listed = await list({ ...query, ...(cursor === '' ? {} : { cursor }) }, actor)
      found.push(...page.items)
      cursor = page.nextCursor
    }
    return found
  }
  const ids = (items: readonly RequestView[]) => items.map(({ id }) => id)
  const of = (key: string) => ({ organization, key })
  /** In a day of its own, so that one promise does not see what another has written. */
  const dayOf = (day: number) => ({
    at: (n: number) => Date.UTC(2026, 9, day, 10) + n,
    within: { from: `2026-10-${day}T00:00:00Z`, to: `2026-10-${day + 1}T00:00:00Z` },
  })

  test('D33 a call is shown with what it used, what it cost and the metadata of its key; nothing of what was said', async () => {
    const { at, within } = dayOf(10)
    const metadata = { team: 'payments', ticket: 12, nested: { a: [1] } }
    const server = await surface.addServer('github')
    const tool = toolCall(1, { ...of(other.id), at: at(1), server: server.id, metadata: JSON.stringify(metadata) })
    await keep(database, [tool, chat(2, { ...of(other.id), at: at(2), estimated: true })])
    const { items, refs } = await list(within)
    expect(items).toMatchObject([
      {
        kind: 'llm',
        model: 'gpt-5',
        costUsd: '0.001234567',
        tokens: { input: 100, output: 20, cached: 40, cacheWrite: 0, reasoning: 5, estimated: true },
      },
      {
        id: 'req_1',
        at: new Date(at(1)).toISOString(),
        kind: 'mcp',
        key: other.id,
        keyName: 'My key',
        secretVersion: 1,
        owner: { type: 'member', id: 'mem_aaaaaaaaaaaaaaaa' },
        server: server.id,
        tool: 'echo',
        status: 200,
        tokens: null,
        costUsd: null,
        latencyMs: 12,
        address: '198.51.100.7',
        gateway: 'gwy_aaaaaaaaaaaaaaaa',
        metadata,
      },
    ])
    expect(refs[server.id]).toEqual({ slug: 'github', name: 'github' })
  })

  test('every filter finds what it says and nothing else', async () => {
    const { at, within } = dayOf(11)
    await keep(database, [
      toolCall(1, { ...of(other.id), at: at(1), project: 'prj_1', server: 'srv_1', tool: 'read' }),
      chat(2, { ...of(other.id), at: at(2), provider: 'prv_1', model: 'small', owner: 'tea_1', ownerType: 'team' }),
      refused(3, { ...of(own.id), at: at(3), server: 'srv_2' }),
      toolCall(4, { ...of(own.id), at: at(4), metadata: '{"stage":"a%b","n":1,"deep":{"stage":"x"}}' }),
      toolCall(5, { ...of(own.id), at: at(5), metadata: '{"stage":"a_b","n":12}' }),
    ])
    const found = async (query: Record<string, string>) => ids((await list({ ...within, ...query })).items)
    expect(await found({})).toEqual(['req_5', 'req_4', 'req_3', 'req_2', 'req_1'])
    expect(await found({ key: own.id })).toEqual(['req_5', 'req_4', 'req_3'])
    expect(await found({ owner: 'tea_1' })).toEqual(['req_2'])
    expect(await found({ project: 'prj_1' })).toEqual(['req_1'])
    expect(await found({ kind: 'llm' })).toEqual(['req_2'])
    expect(await found({ server: 'srv_1' })).toEqual(['req_1'])
    expect(await found({ tool: 'read' })).toEqual(['req_1'])
    expect(await found({ provider: 'prv_1' })).toEqual(['req_2'])
    expect(await found({ model: 'small' })).toEqual(['req_2'])
    expect(await found({ status: '403' })).toEqual(['req_3'])
    expect(await found({ code: 'tool_not_allowed' })).toEqual(['req_3'])
    expect(await found({ 'metadata.stage': 'a%b' })).toEqual(['req_4'])
    expect(await found({ 'metadata.stage': 'a_b' })).toEqual(['req_5'])
    expect(await found({ 'metadata.stage': 'x' })).toEqual([])
    expect(await found({ 'metadata.n': '1' })).toEqual(['req_4'])
    expect(await found({ 'metadata.n': '1', 'metadata.stage': 'a%b' })).toEqual(['req_4'])
    expect(await found({ server: 'no such thing!' })).toEqual([])
    expect(await found({ from: new Date(at(4)).toISOString(), to: new Date(at(5)).toISOString() })).toEqual(['req_4'])
  })

  test('D59 calls are found by whether they were refused, by where they came from and by what calls itself how', async () => {
    const { at, within } = dayOf(16)
    const from = (n: number, address: string, client: string) =>
      toolCall(n, { ...of(other.id), at: at(n), address, client })
    await keep(database, [
      from(1, '10.1.0.7', 'claude-code/2.1'),
      from(2, '10.1.2.3', 'Mozilla/5.0 (X11) Cursor%1_x'),
      from(3, '10.10.0.7', ''),
      from(4, '2001:db8::7', 'CLAUDE/3'),
      refused(5, { ...of(other.id), at: at(5), address: '10.1.0.70', client: 'curl/8' }),
    ])
    const found = async (query: Record<string, string>) => ids((await list({ ...within, ...query })).items)
    expect(await found({ admitted: 'false' })).toEqual(['req_5'])
    expect(await found({ admitted: 'true' })).toEqual(['req_4', 'req_3', 'req_2', 'req_1'])
    // However the address is spelled, and a network only as whole octets.
    expect(await found({ address: '10.1.0.7' })).toEqual(['req_1'])
    expect(await found({ address: '::ffff:10.1.0.7' })).toEqual(['req_1'])
    expect(await found({ address: '2001:0DB8:0::7' })).toEqual(['req_4'])
    expect(await found({ address: '10.0.0.0/8' })).toEqual(['req_5', 'req_3', 'req_2', 'req_1'])
    expect(await found({ address: '10.1.9.9/16' })).toEqual(['req_5', 'req_2', 'req_1'])
    expect(await found({ address: '10.1.0.0/24', admitted: 'true' })).toEqual(['req_1'])
    // Three characters or more anywhere, fewer at the beginning; capitals count for nothing, and no character is wild.
    expect(await found({ client: 'Claude' })).toEqual(['req_4', 'req_1'])
    expect(await found({ client: 'cursor%1_' })).toEqual(['req_2'])
    expect(await found({ client: 'r%x' })).toEqual([])
    expect(await found({ client: 'cu' })).toEqual(['req_5'])
    for (const query of [
      { admitted: 'no' },
      { address: '10.1.' },
      { address: '10.1.0.0/20' },
      { address: '2001:db8::/32' },
      { client: '' },
    ])
      expect(codeOf(await surface.call(surface.owner, 'GET /requests', { query })), JSON.stringify(query)).toBe(
        'invalid',
      )
  })

  test('pages are whole and in order, and go on where they ended while calls arrive', async () => {
    const { at, within } = dayOf(12)
    const calls = Array.from({ length: 25 }, (_, n) => toolCall(n + 1, { ...of(other.id), at: at(Math.floor(n / 3)) }))
    await keep(database, calls)
    const first = await list({ ...within, limit: '10' })
    await keep(database, [toolCall(1, { ...of(other.id), id: 'req_new', at: at(100) })])
    await keep(database, [toolCall(1, { ...of(other.id), id: 'req_late', at: at(0) })])
    const seen = [...first.items]
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const page: Listed = await list({ ...within, limit: '10', cursor })
      seen.push(...page.items)
      cursor = page.nextCursor
    }
    expect(
      ids(seen)
        .filter((id) => id !== 'req_late')
        .toSorted(),
    ).toEqual(calls.map(({ id }) => id).toSorted())
    expect(ids(seen)).toContain('req_late')
    const times = seen.map((item) => item.at)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  test('a cursor of another question, or one that somebody has made up, is refused', async () => {
    const { nextCursor } = await list({ ...dayOf(12).within, limit: '10' })
    for (const query of [{ limit: '10', cursor: nextCursor ?? '' }, { cursor: 'bm9wZQ' }]) {
      const answer = await surface.call(surface.owner, 'GET /requests', { query })
      expect(answer).toMatchObject({ ok: false, problem: { code: 'bad_cursor' } })
    }
  })

  test('B22 a member sees calls of his own keys and of those of his teams, whatever he asks for', async () => {
    const { at, within } = dayOf(13)
    const team = (await surface.ask('POST /teams', { body: { slug: 'ops', members: [member.memberId] } })).team
    await keep(database, [
      toolCall(1, { ...of(other.id), at: at(1), owner: surface.owner.memberId }),
      toolCall(2, { ...of(own.id), at: at(2), owner: member.memberId }),
      toolCall(3, { ...of('key_00000000000000te'), at: at(3), owner: team.id, ownerType: 'team' }),
    ])
    expect(ids(await all({ ...within, limit: '1' }, member))).toEqual(['req_3', 'req_2'])
    expect(ids(await all({ ...within, key: other.id }, member))).toEqual([])
    expect(ids(await all({ ...within, owner: surface.owner.memberId }, member))).toEqual([])
    expect(ids(await all({ ...within, owner: 'me' }, member))).toEqual(['req_2'])
    expect(ids(await all({ ...within, owner: 'ops' }, member))).toEqual(['req_3'])
    expect(ids(await all(within))).toEqual(['req_3', 'req_2', 'req_1'])
    await surface.ask('PATCH /teams/:id', { params: { id: team.id }, body: { members: [] } })
    expect(ids(await all(within, member))).toEqual(['req_2'])
  })

  test('G10 calls of another organization are nowhere, not even by the id of their key', async () => {
    const { at, within } = dayOf(14)
    const theirs = { organization: 'org_zzzzzzzzzzzzzzzz', key: 'key_zzzzzzzzzzzzzzzz' }
    await keep(database, [toolCall(1, { ...theirs, at: at(1) }), toolCall(2, { ...of(own.id), at: at(2) })])
    expect(ids((await list(within)).items)).toEqual(['req_2'])
    expect((await list({ ...within, key: theirs.key })).items).toEqual([])
    expect((await list({ ...within, owner: 'mem_aaaaaaaaaaaaaaaa', key: theirs.key })).items).toEqual([])
  })

  test('a page looks at so many calls at most and says where it has come to', async () => {
    const { at, within } = dayOf(15)
    const many = Array.from({ length: seenAtMost + 5 }, (_, n) => toolCall(n + 1, { ...of(other.id), at: at(n) }))
    await keep(database, [...many.slice(0, 2).map((call) => ({ ...call, tool: 'rare' })), ...many.slice(2)])
    const first = await list({ ...within, tool: 'rare' })
    expect(first.items).toEqual([])
    expect(first.nextCursor).not.toBeNull()
    const second = await list({ ...within, tool: 'rare', cursor: first.nextCursor ?? '' })
    expect(ids(second.items)).toEqual(['req_2', 'req_1'])
    expect(second.nextCursor).toBeNull()
  }, 60_000)
})
