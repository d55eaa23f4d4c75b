import type { Client, ClientOptions } from '@modelcontextprotocol/client'
import { expect } from 'vitest'
import { eventually } from '../programs.ts'
import type { Era, Feature } from './cells.data.ts'

/** One address of the fixture, and what its things are called there. */
export type Place = {
  readonly era: Era
  /** The server's, where it speaks but one; else it goes by the client. */
  readonly serverEra: Era
  readonly connect: (options?: ClientOptions) => Promise<Client>
  readonly tool: (own: string) => string
  readonly uri: (own: string) => string
}

/** Each feature, really done by a client against the fixture (test/fixtures/mcp-fixture.ts). */
export const deeds: Readonly<Record<Feature, (at: Place) => Promise<void>>> = {
  tools: async (at) => {
    const client = await at.connect()
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain(at.tool('test_simple_text'))
    expect(await said(client, at, 'test_echo', { message: 'Grüße' })).toBe('Grüße')
  },
  prompts: async (at) => {
    const client = await at.connect()
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toContain(at.tool('test_simple_prompt'))
    const given = { name: at.tool('test_prompt_with_arguments'), arguments: { arg1: 'a', arg2: 'b' } }
    expect(JSON.stringify(await client.getPrompt(given))).toContain("arg1='a', arg2='b'")
  },
  resources: async (at) => {
    const client = await at.connect()
    const uri = at.uri('test://static-text')
    expect((await client.listResources()).resources.map((one) => one.uri)).toContain(uri)
    const { contents } = await client.readResource({ uri })
    expect(contents).toMatchObject([{ uri, text: 'This is the content of the static text resource.' }])
  },
  templates: async (at) => {
    const client = await at.connect()
    const { resourceTemplates } = await client.listResourceTemplates()
    const template = at.uri('test://template/{id}/data')
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(template)
    const { contents } = await client.readResource({ uri: template.replace('{id}', '7') })
    expect(JSON.stringify(contents)).toContain('Data for ID: 7')
  },
  completion: async (at) => {
    const client = await at.connect()
    const ref = { type: 'ref/prompt' as const, name: at.tool('test_prompt_with_arguments') }
    const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'par' } })
    expect(completion.values).toEqual(['paris', 'park', 'party'])
  },
  subscriptions: async (at) => {
    const client = await at.connect()
    const uri = at.uri('test://watched-resource')
    const heard: string[] = []
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri))
    if (at.era === 'legacy') await client.subscribeResource({ uri })
    else await client.listen({ resourceSubscriptions: [uri] })
    const trigger = () => said(client, at, 'test_trigger_resource_update', { uri: 'test://watched-resource' })
    await untilHeard(trigger, () => heard.length > 0)
    expect(new Set(heard)).toEqual(new Set([uri]))
  },
  'list changed': async (at) => {
    const client = await at.connect()
    const heard = new Set<string>()
    for (const kind of ['tools', 'prompts', 'resources'] as const)
      client.setNotificationHandler(`notifications/${kind}/list_changed`, () => void heard.add(kind))
    if (at.era === 'modern')
      await client.listen({ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true })
    for (const kind of ['tool', 'prompt', 'resource'] as const)
      await untilHeard(
        () => said(client, at, `test_trigger_${kind}_change`),
        () => heard.has(`${kind}s`),
      )
  },
  logging: async (at) => {
    const client = await at.connect()
    const heard: unknown[] = []
    client.setNotificationHandler('notifications/message', ({ params }) => void heard.push(params.data))
    if (at.era === 'legacy') await client.setLoggingLevel('info')
    const level = at.era === 'legacy' ? {} : { _meta: { 'io.modelcontextprotocol/logLevel': 'info' } }
    await client.callTool({ name: at.tool('test_tool_with_logging'), arguments: {}, ...level })
    await eventually(() => heard.length === 3, 'three messages have come')
    expect(heard).toEqual(['Tool execution started', 'Tool processing data', 'Tool execution completed'])
  },
  progress: async (at) => {
    const client = await at.connect()
    const heard: number[] = []
    const onprogress = ({ progress }: { progress: number }) => void heard.push(progress)
    await client.callTool({ name: at.tool('test_tool_with_progress'), arguments: {} }, { onprogress })
    expect(heard).toEqual([0, 50, 100])
  },
  cancellation: async (at) => {
    const client = await at.connect()
    const name = `${at.era} ${at.tool('x')}`
    const stop = new AbortController()
    const call = client.callTool(
      { name: at.tool('test_wait'), arguments: { name } },
      { signal: stop.signal, onprogress: () => stop.abort('enough') },
    )
    await expect(call).rejects.toThrow(/enough/)
    await eventually(
      async () => (await said(client, at, 'test_cancelled')).includes(name),
      'the server has heard of it',
    )
  },
  sampling: async (at) => {
    const client = await at.connect({ capabilities: { sampling: {} } })
    client.setRequestHandler('sampling/createMessage', () => ({
      model: 'm',
      role: 'assistant' as const,
      content: { type: 'text' as const, text: 'Paris, says the model' },
    }))
    const name = at.serverEra === 'legacy' ? 'test_sampling' : 'test_input_required_result_sampling'
    expect(await said(client, at, name, at.serverEra === 'legacy' ? { prompt: 'x' } : {})).toContain(
      'Paris, says the model',
    )
  },
  'elicitation by form': async (at) => {
    const client = await at.connect({ capabilities: { elicitation: { form: {} } } })
    const content = at.serverEra === 'legacy' ? { username: 'Ada', email: 'ada@example.com' } : { name: 'Ada' }
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept' as const, content }))
    const name = at.serverEra === 'legacy' ? 'test_elicitation' : 'test_input_required_result_elicitation'
    expect(await said(client, at, name, at.serverEra === 'legacy' ? { message: 'x' } : {})).toContain('Ada')
  },
  'elicitation by URL': async (at) => {
    const client = await at.connect({ capabilities: { elicitation: { url: {} } } })
    const shown: unknown[] = []
    client.setRequestHandler('elicitation/create', ({ params }) => {
      shown.push('url' in params ? params.url : null)
      return { action: 'accept' as const }
    })
    expect(await said(client, at, 'test_elicitation_url')).toBe('The page: accept')
    expect(shown).toEqual(['https://example.com/sign-in'])
  },
  roots: async (at) => {
    const client = await at.connect({ capabilities: { roots: {} } })
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home/ada', name: 'home' }] }))
    expect(await said(client, at, 'test_input_required_result_list_roots')).toBe('Roots: file:///home/ada')
  },
  ping: async (at) => {
    expect(await (await at.connect()).ping()).toEqual({})
  },
}

async function said(client: Client, at: Place, name: string, given: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name: at.tool(name), arguments: given })
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** Again and again: what is announced before the client's stream is open, nobody hears. */
async function untilHeard(announce: () => Promise<unknown>, isHeard: () => boolean): Promise<void> {
  await eventually(async () => {
    await announce()
    return isHeard()
  }, 'it is heard of')
}
