import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type Era, type Rig, startFixture, startRig } from '../../../../test/aggregate-rig.ts'

let rig: Rig

beforeAll(async () => {
  rig = await startRig({ alpha: await startFixture(), old: await startFixture('legacy') })
})
afterAll(() => rig.stop())

const eras: readonly Era[] = ['legacy', 'modern']
const slugs = ['alpha', 'old']
const textOf = (result: { content?: unknown }) => JSON.stringify(result.content)

describe.each(eras)('R9 a client of the %s era at /mcp', (era) => {
  test('sees the tools of both servers, one server after the other, under names with their slug', async () => {
    await using client = await connect(rig, rig.key, era)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    const owners = names.map((name) => name.split('__')[0])
    expect(owners).toEqual(owners.toSorted())
    expect(names).toContain('alpha__test_simple_text')
    expect(names).toContain('old__test_elicitation')
    expect(new Set(names).size).toBe(names.length)
  })

  test('sees resources, templates and prompts of both', async () => {
    await using client = await connect(rig, rig.key, era)
    const uris = (await client.listResources()).resources.map(({ uri }) => uri)
    expect(uris).toEqual(expect.arrayContaining(['mcp.alpha+test://static-text', 'mcp.old+test://static-text']))
    const templates = (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)
    expect(templates).toEqual(slugs.map((slug) => `mcp.${slug}+test://template/{id}/data`))
    const prompts = (await client.listPrompts()).prompts.map(({ name }) => name)
    expect(prompts).toEqual(expect.arrayContaining(['alpha__test_simple_prompt', 'old__test_simple_prompt']))
  })

  test('is told by a list that a shared cache must not keep it', async () => {
    await using client = await connect(rig, rig.key, era)
    const list = await client.request({ method: 'tools/list' })
    expect(list['cacheScope']).toBe(era === 'modern' ? 'private' : undefined)
  })

  describe.each(slugs)('and the server %s', (slug) => {
    test('calls its tools, with arguments and without', async () => {
      await using client = await connect(rig, rig.key, era)
      const plain = await client.callTool({ name: `${slug}__test_simple_text`, arguments: {} })
      expect(textOf(plain)).toContain('simple text')
      const echo = await client.callTool({ name: `${slug}__test_echo`, arguments: { message: 'héllo' } })
      expect(textOf(echo)).toContain('héllo')
    })

    test('gets what a tool fails with, as the tool says it', async () => {
      await using client = await connect(rig, rig.key, era)
      const result = await client.callTool({ name: `${slug}__test_error_handling`, arguments: {} })
      expect(result.isError).toBe(true)
      expect(textOf(result)).toContain('intentionally')
    })

    test('finds resources inside of results under our URIs', async () => {
      await using client = await connect(rig, rig.key, era)
      const result = await client.callTool({ name: `${slug}__test_embedded_resource`, arguments: {} })
      expect(textOf(result)).toContain(`"mcp.${slug}+test://embedded-resource"`)
    })

    test('reads a resource, also one of a template', async () => {
      await using client = await connect(rig, rig.key, era)
      const uri = `mcp.${slug}+test://static-text`
      expect((await client.readResource({ uri })).contents[0]).toMatchObject({ uri, mimeType: 'text/plain' })
      const filled = `mcp.${slug}+test://template/42/data`
      expect(JSON.stringify((await client.readResource({ uri: filled })).contents)).toContain('Data for ID: 42')
    })

    test('gets prompts, and completions of their arguments', async () => {
      await using client = await connect(rig, rig.key, era)
      const name = `${slug}__test_prompt_with_arguments`
      const prompt = await client.getPrompt({ name, arguments: { arg1: 'a', arg2: 'b' } })
      expect(JSON.stringify(prompt.messages)).toContain("arg1='a', arg2='b'")
      const ref = { type: 'ref/prompt', name } as const
      const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'par' } })
      expect(completion.values).toEqual(['paris', 'park', 'party'])
    })

    test('hears of progress under its own token', async () => {
      await using client = await connect(rig, rig.key, era)
      const heard: number[] = []
      const onprogress = ({ progress }: { progress: number }) => void heard.push(progress)
      await client.callTool({ name: `${slug}__test_tool_with_progress`, arguments: {} }, { onprogress })
      expect(heard).toEqual([0, 50, 100])
    })

    test('gets an answer that the server gives only on a stream that is opened again', async () => {
      await using client = await connect(rig, rig.key, era)
      const result = await client.callTool({ name: `${slug}__test_reconnection`, arguments: {} })
      expect(textOf(result)).toContain('after the stream was closed')
    })

    test('calls a tool that wants an argument mirrored in a header', async () => {
      await using client = await connect(rig, rig.key, era)
      await client.listTools()
      const result = await client.callTool({ name: `${slug}__test_x_mcp_header`, arguments: { region: 'eu-süd' } })
      expect(textOf(result)).toContain('Ran in eu-süd')
    })
  })

  test.each([
    ['tools/call', { name: 'nosuch__tool', arguments: {} }],
    ['tools/call', { name: 'alpha__', arguments: {} }],
    ['tools/call', { name: 'plain', arguments: {} }],
    ['prompts/get', { name: 'nosuch__prompt' }],
    ['resources/read', { uri: 'test://static-text' }],
    ['resources/read', { uri: 'mcp.nosuch+test://static-text' }],
    ['resources/read', { uri: 'mcp.alpha+test://nosuch' }],
  ])('hears invalid params for a thing that is not there: %s %j', async (method, params) => {
    await using client = await connect(rig, rig.key, era)
    await expect(client.request({ method, params } as never)).rejects.toMatchObject({ code: -32602 })
  })
})
