import type { Client } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, type Era, type Rig, startFixture, startRig, startSpeaker } from '../../../../test/aggregate-rig.ts'
import { httpServer, newKey, nextRevision, scopeOf, type TestKey } from '../../../../test/fake-control.ts'

let rig: Rig
let speaker: Awaited<ReturnType<typeof startSpeaker>>
let narrowed: TestKey

beforeAll(async () => {
  narrowed = await newKey()
  speaker = await startSpeaker()
  const upstreams = { alpha: await startFixture(), old: await startFixture('legacy'), speaker }
  rig = await startRig(upstreams, { keys: [narrowed] })
})
afterAll(() => rig.stop())

const eras: readonly Era[] = ['legacy', 'modern']
const slugs = ['alpha', 'old']
const listening = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }

function hearing(heard: string[]) {
  return (client: Client): void => {
    client.fallbackNotificationHandler = async ({ method, params }) => {
      heard.push(`${method.replace('notifications/', '')} ${params?.['uri'] ?? params?.['data'] ?? ''}`.trim())
    }
  }
}

async function connected(era: Era, heard: string[], key = rig.key, uris: string[] = []) {
  const client = await connect(rig, key, era, hearing(heard))
  if (era === 'modern')
    await client.listen({ ...listening, ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}) })
  else {
    await client.listTools()
    for (const uri of uris) await client.subscribeResource({ uri })
  }
  return client
}

describe.each(eras)('R9 a client of the %s era hears', (era) => {
  test('that a list of a newer server has changed', async () => {
    const heard: string[] = []
    await using client = await connected(era, heard)
    await vi.waitFor(async () => {
      await client.callTool({ name: 'alpha__test_trigger_tool_change', arguments: {} })
      expect(heard).toContain('tools/list_changed')
    })
  })

  test('what an older server tells all its sessions of its lists and of watched resources', async () => {
    const heard: string[] = []
    await using _client = await connected(era, heard, rig.key, ['mcp.speaker+note://1'])
    await vi.waitFor(() => {
      speaker.say({ method: 'notifications/resources/list_changed' })
      speaker.say({ method: 'notifications/resources/updated', params: { uri: 'note://1' } })
      expect(heard).toEqual(
        expect.arrayContaining(['resources/list_changed', 'resources/updated mcp.speaker+note://1']),
      )
    })
  })

  test('that its key reaches less, and goes on', async () => {
    const heard: string[] = []
    await using client = await connected(era, heard, narrowed)
    const mode = era === 'legacy' ? (['except', 'old'] as const) : (['except', 'alpha'] as const)
    const servers = { mode: mode[0], items: [`srv_${mode[1].padEnd(16, '0')}`] }
    await rig.world.control.put({ ...narrowed.record, scope: scopeOf({ mcp: { servers } }), revision: nextRevision() })
    await vi.waitFor(() => expect(heard).toContain('tools/list_changed'))
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names.some((name) => name.startsWith(`${mode[1]}__`))).toBe(false)
    expect(names.length).toBeGreaterThan(5)
  })

  test('that there is one server more', async () => {
    const heard: string[] = []
    await using _client = await connected(era, heard)
    await rig.world.control.put(httpServer(`new-${era}`, 'http://127.0.0.1:1/mcp'))
    await vi.waitFor(() => expect(heard).toContain('tools/list_changed'))
  })

  test.each(slugs)('what a tool of %s logs during its own call, and nobody else does', async (slug) => {
    const [mine, others]: [string[], string[]] = [[], []]
    await using client = await connect(rig, rig.key, era, hearing(mine))
    await using _other = await connected(era, others)
    const level = { 'io.modelcontextprotocol/logLevel': 'info' }
    if (era === 'legacy') await client.setLoggingLevel('info')
    const params = {
      name: `${slug}__test_tool_with_logging`,
      arguments: {},
      ...(era === 'modern' ? { _meta: level } : {}),
    }
    await client.callTool(params)
    await vi.waitFor(() =>
      expect(mine).toEqual(
        expect.arrayContaining(['message Tool execution started', 'message Tool execution completed']),
      ),
    )
    expect(others.filter((line) => line.startsWith('message'))).toEqual([])
  })
})

describe('R9 subscriptions to single resources', () => {
  test('of a session are its own, and end with it', async () => {
    const heard: string[] = []
    const uri = 'mcp.old+test://watched-resource'
    await using client = await connect(rig, rig.key, 'legacy', hearing(heard))
    await expect(client.subscribeResource({ uri })).resolves.toBeDefined()
    await expect(client.unsubscribeResource({ uri })).resolves.toBeDefined()
    await expect(client.subscribeResource({ uri: 'mcp.nosuch+test://x' })).rejects.toMatchObject({ code: -32602 })
  })

  test('of a listening client hold what its key reaches, and nothing else', async () => {
    await using client = await connect(rig, rig.key, 'modern')
    const uri = 'mcp.alpha+test://watched-resource'
    const { honoredFilter } = await client.listen({ resourceSubscriptions: [uri, 'mcp.nosuch+test://x', 'test://y'] })
    expect(honoredFilter).toEqual({ resourceSubscriptions: [uri] })
  })
})
