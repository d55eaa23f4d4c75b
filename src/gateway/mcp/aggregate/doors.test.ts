import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, type Era, type Rig, startFixture, startRig } from '../../../../test/aggregate-rig.ts'
import { newKey, nextRevision, scopeOf, type TestKey, type TestScope } from '../../../../test/fake-control.ts'
import { bearer, refused } from '../../../../test/gateway-world.ts'

let rig: Rig
let keys: Record<'weak' | 'none' | 'off' | 'other' | 'doomed' | 'url', TestKey>
const idOf = (slug: string) => `srv_${slug.padEnd(16, '0')}`

beforeAll(async () => {
  const only = { mode: 'only' as const, items: ['test_simple_text'] }
  keys = {
    weak: await newKey({ scope: { mcp: { tools: { [idOf('alpha')]: only } } } }),
    none: await newKey({ scope: { mcp: { servers: { mode: 'none' } } } }),
    off: await newKey({ scope: { mcp: { enabled: false } } }),
    other: await newKey(),
    doomed: await newKey(),
    url: await newKey({ tokenKind: 'u' }),
  }
  const upstreams = { alpha: await startFixture(), beta: await startFixture('legacy') }
  rig = await startRig(upstreams, { keys: Object.values(keys) })
})
afterAll(() => rig.stop())

const eras: readonly Era[] = ['legacy', 'modern']
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}
const list = (id: unknown = 2) => ({ jsonrpc: '2.0', id, method: 'tools/list' })
const open = async (key: TestKey, path = '/mcp') => {
  const headers = path === '/mcp' ? bearer(key.token) : []
  const told = await rig.world.ask(path, headers, initialize)
  const session = String(told.headers['mcp-session-id'])
  return { told, session, headers: [...headers, 'mcp-session-id', session] }
}
const change = (key: TestKey, scope: TestScope | null, more: object = {}) =>
  rig.world.control.put({
    ...key.record,
    ...(scope === null ? {} : { scope: scopeOf(scope) }),
    ...more,
    revision: nextRevision(),
  })
const eventsIn = (text: string): { id?: unknown; method?: string; result?: unknown; error?: { data?: unknown } }[] =>
  text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6))] : []))

describe('R9 D12 the door of /mcp', () => {
  test.each([
    ['none', [403, 'server_not_allowed']],
    ['off', [403, 'mcp_disabled']],
  ] as const)('refuses a key that reaches no server: %s', async (which, expected) => {
    const { token } = keys[which]
    expect(refused(await rig.world.ask('/mcp', bearer(token), initialize))).toEqual(expected)
    expect(refused(await rig.world.ask('/mcp', bearer(token), {}, 'GET'))).toEqual(expected)
  })

  test('asks who it is before it reads anything', async () => {
    expect(refused(await rig.world.ask('/mcp', [], 'no json'))).toEqual([401, 'key_missing'])
    expect(refused(await rig.world.ask('/mcp', bearer('ostk_wrong'), initialize))).toEqual([401, 'key_invalid'])
  })

  test.each([
    ['a batch', [initialize], [400, 'batch_not_allowed']],
    [
      'a member twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}',
      [400, 'message_ambiguous'],
    ],
    ['what is no JSON', '{', [400, 'malformed_json']],
  ])('refuses %s', async (_what, body, expected) => {
    expect(refused(await rig.world.ask('/mcp', bearer(rig.key.token), body))).toEqual(expected)
  })

  test('takes a URL key in the path, and shows it the same', async () => {
    const path = `/mcp/${keys.url.token}`
    const { headers } = await open(keys.url, path)
    const told = await rig.world.ask(path, headers, list())
    expect(told.text).toContain('alpha__test_simple_text')
    expect(rig.world.lines.join('\n')).not.toContain(keys.url.token)
  })

  test.each(eras)('hides the tools that a key may not call, and refuses them in the same words: %s', async (era) => {
    await using client = await connect(rig, keys.weak, era)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('alpha__'))).toEqual(['alpha__test_simple_text'])
    expect(names.filter((name) => name.startsWith('beta__')).length).toBeGreaterThan(5)
    const said: string[] = []
    for (const name of ['alpha__test_echo', 'alpha__nosuch', 'nosuch__tool', 'beta_x']) {
      const call = client.callTool({ name, arguments: { message: 'x' } })
      const error = await call.then(
        () => null,
        (reason: { code: number; message: string; data: { code: string; rule: string } }) => reason,
      )
      expect(error).toMatchObject({ code: -32602, data: { code: 'tool_not_allowed', rule: 'tool' } })
      said.push(error?.message ?? '')
    }
    expect(new Set(said).size).toBe(1)
  })

  test('answers a tool that is not allowed with HTTP 200, and says in the log which it was', async () => {
    const { headers } = await open(keys.weak)
    const call = { jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'alpha__test_echo', arguments: {} } }
    const told = await rig.world.ask('/mcp', headers, call)
    expect([...refused(told), told.json().id]).toEqual([200, 'tool_not_allowed', 'x'])
    const line = JSON.parse(rig.world.lines.findLast((one) => one.includes('tool_not_allowed')) ?? '{}')
    expect(line).toMatchObject({ method: 'tools/call', code: 'tool_not_allowed' })
  })

  test('counts and logs a call by the server and the tool’s own name', async () => {
    await using client = await connect(rig, rig.key, 'modern')
    await client.callTool({ name: 'beta__test_simple_text', arguments: {} })
    const line = JSON.parse(rig.world.lines.findLast((one) => one.includes('test_simple_text')) ?? '{}')
    expect(line).toMatchObject({ server: 'beta', tool: 'test_simple_text', method: 'tools/call' })
  })
})

describe('a session of the older era', () => {
  test('is a key’s own: another key, and a forged id, are answered 404', async () => {
    const { session, headers } = await open(rig.key)
    expect(session).toMatch(/^gwy_/)
    const foreign = [...bearer(keys.other.token), 'mcp-session-id', session]
    for (const method of ['POST', 'GET', 'DELETE'])
      expect(refused(await rig.world.ask('/mcp', foreign, list(), method))).toEqual([404, 'session_unknown'])
    const forged = [...bearer(rig.key.token), 'mcp-session-id', `${session.slice(0, -2)}AA`]
    expect(refused(await rig.world.ask('/mcp', forged, list()))).toEqual([404, 'session_unknown'])
    expect((await rig.world.ask('/mcp', headers, list())).status).toBe(200)
  })

  test('is no session of one server, and the other way round', async () => {
    const { session } = await open(rig.key)
    const told = await rig.world.ask(
      '/mcp-connect/alpha',
      [...bearer(rig.key.token), 'mcp-session-id', session],
      list(),
    )
    expect(refused(told)).toEqual([404, 'session_unknown'])
    const single = await rig.world.ask('/mcp-connect/alpha', bearer(rig.key.token), initialize)
    const id = String(single.headers['mcp-session-id'])
    const other = await rig.world.ask('/mcp', [...bearer(rig.key.token), 'mcp-session-id', id], list())
    expect(refused(other)).toEqual([404, 'session_unknown'])
  })

  test('ends with DELETE', async () => {
    const { headers } = await open(rig.key)
    expect((await rig.world.ask('/mcp', headers, {}, 'DELETE')).status).toBe(200)
    expect(refused(await rig.world.ask('/mcp', headers, list()))).toEqual([404, 'session_unknown'])
  })

  test('is asked for where a call needs one', async () => {
    expect(refused(await rig.world.ask('/mcp', bearer(rig.key.token), list()))).toEqual([400, 'session_unknown'])
  })

  test('CVE-2026-25536: gets its own answers where others use the same ids', async () => {
    const sessions = await Promise.all([open(rig.key), open(rig.key), open(keys.other)])
    const echo = (message: string) => ({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'beta__test_echo', arguments: { message } },
    })
    const calls = sessions.flatMap(({ headers }, at) =>
      Array.from({ length: 5 }, (_, round) =>
        rig.world.ask('/mcp', headers, { ...echo(`s${at}r${round}`), id: round }),
      ),
    )
    const texts = (await Promise.all(calls)).map(({ text }) => text)
    for (const [at, text] of texts.entries()) expect(text).toContain(`"s${Math.floor(at / 5)}r${at % 5}"`)
  })

  test('delivers what its client has missed', async () => {
    const { headers } = await open(rig.key)
    const call = {
      jsonrpc: '2.0',
      id: 9,
      method: 'tools/call',
      params: { name: 'beta__test_tool_with_progress', arguments: {}, _meta: { progressToken: 'p' } },
    }
    const opened = await rig.world.open('/mcp', [...headers, 'mcp-protocol-version', '2025-11-25'], call)
    await vi.waitFor(() => expect(Buffer.concat(opened.chunks).toString()).toMatch(/^id: /m))
    const first = /^id: (.+)$/m.exec(Buffer.concat(opened.chunks).toString())?.[1] ?? ''
    opened.hangUp()
    const again = await rig.world.ask('/mcp', [...headers, 'last-event-id', first], {}, 'GET')
    expect(eventsIn(again.text).at(-1)).toMatchObject({ id: 9, result: {} })
    expect(again.text).toContain('"progressToken":"p"')
  })
})

describe('G2 what is no longer allowed', () => {
  test('is not told again to a client that comes back for what it has missed', async () => {
    const key = await newKey()
    await rig.world.control.put(key.record)
    rig.world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
    const { headers } = await open(key)
    const params = { name: 'beta__test_echo', arguments: { message: 'of beta' } }
    const call = { jsonrpc: '2.0', id: 4, method: 'tools/call', params }
    const first = await rig.world.ask('/mcp', [...headers, 'mcp-protocol-version', '2025-11-25'], call)
    expect(first.text).toContain('of beta')
    const last = ['last-event-id', /^id: (.+)$/m.exec(first.text)?.[1] ?? '']
    const before = await rig.world.ask('/mcp', [...headers, ...last], {}, 'GET')
    expect(before.text).toContain('of beta')
    await change(key, { mcp: { servers: { mode: 'except', items: [idOf('beta')] } } })
    const after = await rig.world.ask('/mcp', [...headers, ...last], {}, 'GET')
    expect(after.text).not.toContain('of beta')
    expect(eventsIn(after.text)).toMatchObject([
      { id: 4, error: { message: expect.any(String), data: { code: 'tool_not_allowed' } } },
    ])
  })

  test.each(['revoked', 'narrowed'])('ends a running call and its stream: %s', async (how) => {
    const key = await newKey()
    await rig.world.control.put(key.record)
    rig.world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
    const { headers } = await open(key)
    const get = await rig.world.open('/mcp', headers, {}, 'GET')
    const params = { name: 'beta__test_elicitation', arguments: { message: 'x' } }
    const asking = { ...initialize, params: { ...initialize.params, capabilities: { elicitation: {} } } }
    const told = await rig.world.ask('/mcp', bearer(key.token), asking)
    const own = [...bearer(key.token), 'mcp-session-id', String(told.headers['mcp-session-id'])]
    const call = await rig.world.open('/mcp', own, { jsonrpc: '2.0', id: 3, method: 'tools/call', params })
    await vi.waitFor(() => expect(Buffer.concat(call.chunks).toString()).toContain('elicitation/create'))
    if (how === 'revoked') await change(key, null, { state: 'revoked' })
    else await change(key, { mcp: { servers: { mode: 'except', items: [idOf('beta')] } } })
    const { text } = await call.done
    const code = how === 'revoked' ? 'key_revoked' : 'server_not_allowed'
    expect(eventsIn(text).at(-1)).toMatchObject({ id: 3, error: { data: { code } } })
    if (how === 'revoked') {
      await get.done
      expect(refused(await rig.world.ask('/mcp', own, list()))).toEqual([401, 'key_revoked'])
    } else {
      await vi.waitFor(() => expect(Buffer.concat(get.chunks).toString()).toContain('tools/list_changed'))
      const after = await rig.world.ask('/mcp', own, list())
      expect(after.text).toContain('alpha__')
      expect(after.text).not.toContain('beta__')
      get.hangUp()
    }
  })
})
