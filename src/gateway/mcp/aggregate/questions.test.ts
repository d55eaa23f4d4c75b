import type { Client } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, type Era, type Rig, startFixture, startRig } from '../../../../test/aggregate-rig.ts'
import { newKey, nextRevision, scopeOf, type TestKey } from '../../../../test/fake-control.ts'
import { bearer } from '../../../../test/gateway-world.ts'

let rig: Rig
let other: TestKey

beforeAll(async () => {
  other = await newKey()
  rig = await startRig({ alpha: await startFixture(), old: await startFixture('legacy') }, { keys: [other] })
})
afterAll(() => rig.stop())

const eras: readonly Era[] = ['legacy', 'modern']
const textOf = (result: { content?: unknown }) => JSON.stringify(result.content)
const all = { sampling: {}, elicitation: {}, roots: {} }

const answering =
  (who: string) =>
  (client: Client): void => {
    client.setRequestHandler('elicitation/create', async () => ({
      action: 'accept',
      content: { username: who, email: `${who}@example.com`, name: who, color: 'red', ok: true, context: who },
    }))
    client.setRequestHandler('sampling/createMessage', async () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: `${who} answers` },
    }))
    client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: `file:///${who}` }] }))
  }

describe.each(eras)('R9 a client of the %s era is asked', (era) => {
  test.each([
    ['old__test_elicitation', { message: 'who?' }, 'ada@example.com'],
    ['old__test_sampling', { prompt: 'say' }, 'ada answers'],
    ['alpha__test_input_required_result_elicitation', {}, 'Hello, ada!'],
    ['alpha__test_input_required_result_sampling', {}, 'ada answers'],
    ['alpha__test_input_required_result_list_roots', {}, 'file:///ada'],
    ['alpha__test_input_required_result_request_state', {}, 'state-ok'],
    ['alpha__test_input_required_result_multiple_inputs', {}, 'Everything arrived'],
    ['alpha__test_input_required_result_multi_round', {}, 'ada likes red'],
  ])('by %s', async (name, given, expected) => {
    await using client = await connect(rig, rig.key, era, answering('ada'), all)
    expect(textOf(await client.callTool({ name, arguments: given }))).toContain(expected)
  })

  test('by a prompt', async () => {
    await using client = await connect(rig, rig.key, era, answering('ada'), all)
    const prompt = await client.getPrompt({ name: 'alpha__test_input_required_result_prompt' })
    expect(JSON.stringify(prompt.messages)).toContain('In the context of ada')
  })

  test('never in the place of another that calls the same tool at the same time', async () => {
    await using ada = await connect(rig, rig.key, era, answering('ada'), all)
    await using bob = await connect(rig, rig.key, era, answering('bob'), all)
    const call = (client: Client) => client.callTool({ name: 'old__test_elicitation', arguments: { message: 'who?' } })
    const [first, second, third] = await Promise.all([call(ada), call(bob), call(ada)])
    expect([first, second, third].map(textOf)).toEqual([
      expect.stringContaining('ada@'),
      expect.stringContaining('bob@'),
      expect.stringContaining('ada@'),
    ])
  })

  test('not at all where it has not announced that it answers', async () => {
    await using client = await connect(rig, rig.key, era)
    const call = client.callTool({ name: 'old__test_elicitation', arguments: { message: 'who?' } })
    const said = await call.then(textOf, (error: unknown) => String(error))
    expect(said).toMatch(/not support/i)
  })
})

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': all,
}
const tool = 'old__test_elicitation'
const raw = async (key: TestKey, more: object = {}, name = tool) => {
  const params = { name, arguments: { message: 'who?' }, ...more, _meta: envelope }
  const headers = ['mcp-protocol-version', '2026-07-28', 'mcp-method', 'tools/call', 'mcp-name', name]
  const body = { jsonrpc: '2.0', id: 5, method: 'tools/call', params }
  const told = await rig.world.ask('/mcp', [...bearer(key.token), ...headers], body)
  return { status: told.status, ...JSON.parse(told.text) }
}
const accept = { action: 'accept', content: { username: 'eve', email: 'eve@example.com' } }

describe('a call that waits for answers', () => {
  test('goes on with the state that came with the question', async () => {
    const asked = await raw(rig.key)
    expect(asked.result).toMatchObject({ resultType: 'input_required', requestState: expect.stringMatching(/^gwy_/) })
    const [name = ''] = Object.keys(asked.result.inputRequests)
    const { requestState } = asked.result
    const told = await raw(rig.key, { requestState, inputResponses: { [name]: accept } })
    expect(textOf(told.result)).toContain('eve@example.com')
    const again = await raw(rig.key, { requestState, inputResponses: { [name]: accept } })
    expect(again.error).toMatchObject({ code: -32602 })
  })

  test('asks again for what was not answered', async () => {
    const { result } = await raw(rig.key)
    const again = await raw(rig.key, { requestState: result.requestState, inputResponses: {} })
    expect(again.result.inputRequests).toEqual(result.inputRequests)
  })

  test.each(['key', 'server', 'text'])('is nobody else’s: another %s', async (what) => {
    const { result } = await raw(rig.key)
    const [name = ''] = Object.keys(result.inputRequests)
    const state: string = result.requestState
    const requestState = what === 'text' ? `${state.slice(0, -2)}AA` : state
    const as = what === 'key' ? other : rig.key
    const into = what === 'server' ? 'alpha__test_input_required_result_request_state' : tool
    const told = await raw(as, { requestState, inputResponses: { [name]: accept } }, into)
    expect(told.error).toMatchObject({ code: -32602 })
    expect(JSON.stringify(told)).not.toContain('eve')
  })

  test.each(['at once', 'after its key was narrowed'])(
    'D40 is not gone on with as a call of another tool: %s',
    async (when) => {
      const key = await newKey()
      await rig.world.control.put(key.record)
      rig.world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
      const { result } = await raw(key)
      const [name = ''] = Object.keys(result.inputRequests)
      const only = { mode: 'only' as const, items: ['test_simple_text'] }
      const scope = scopeOf({ mcp: { tools: { [`srv_${'old'.padEnd(16, '0')}`]: only } } })
      if (when !== 'at once') await rig.world.control.put({ ...key.record, scope, revision: nextRevision() })
      const more = { requestState: result.requestState, inputResponses: { [name]: accept } }
      const told = await raw(key, more, 'old__test_simple_text')
      expect(told.error).toMatchObject({ code: -32602 })
      expect(JSON.stringify(told)).not.toContain('eve')
    },
  )

  test('is one of at most twenty of its key', async () => {
    const asked = await Promise.all(Array.from({ length: 25 }, () => raw(other)))
    expect(asked.filter(({ error }) => error?.data?.code === 'rate_limited').length).toBe(5)
  })

  test('waits five minutes and no longer', async () => {
    const { result } = await raw(rig.key)
    const [name = ''] = Object.keys(result.inputRequests)
    rig.world.shiftClocks(6 * 60_000)
    await vi.waitFor(() => expect(rig.world.gateway.ready()).toBe(true))
    const told = await raw(rig.key, { requestState: result.requestState, inputResponses: { [name]: accept } })
    expect(told.error).toMatchObject({ code: -32602 })
  })
})
