import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEvents } from './events.ts'
import { isLoudEnough } from './logs.ts'
import { headersFor } from './mirrored.ts'
import { resourceFor, resultFor, templateFor, toolFor } from './rewrite.ts'

describe('R9 what servers say, in our names', () => {
  test('keeps every member that is not a name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (more) => {
        const { name, uri, _meta, content, contents, messages, ...kept } = more
        expect(toolFor('s', { ...kept, name: 'x' })).toEqual({ ...kept, name: 's__x' })
        expect(resultFor('s', { ...kept, content: [{ type: 'text', ...kept }] })).toEqual({
          ...kept,
          content: [{ type: 'text', ...kept }],
        })
      }),
    )
  })

  test('has our URIs wherever one stands', () => {
    const meta = {
      ui: { resourceUri: 'ui://app', csp: 1 },
      'ui/resourceUri': 'ui://app',
      'openai/outputTemplate': 'ui://x',
    }
    const ours = {
      ui: { resourceUri: 'ui://mcp.s/app', csp: 1 },
      'ui/resourceUri': 'ui://mcp.s/app',
      'openai/outputTemplate': 'ui://mcp.s/x',
    }
    expect(toolFor('s', { name: 'x', _meta: meta })).toEqual({ name: 's__x', _meta: ours })
    expect(resourceFor('s', { uri: 'a://b' })).toEqual({ uri: 'mcp.s+a://b' })
    expect(templateFor('s', { uriTemplate: 'a://{b}' })).toEqual({ uriTemplate: 'mcp.s+a://{b}' })
    const link = { type: 'resource_link', uri: 'a://b', name: 'n' }
    const inside = { type: 'resource', resource: { uri: 'a://c', text: 't' } }
    const told = [
      { ...link, uri: 'mcp.s+a://b' },
      { ...inside, resource: { uri: 'mcp.s+a://c', text: 't' } },
    ]
    expect(resultFor('s', { content: [link, inside], _meta: meta })).toEqual({ content: told, _meta: ours })
    expect(resultFor('s', { messages: [{ role: 'user', content: inside }, { content: [link] }] })).toEqual({
      messages: [{ role: 'user', content: told[1] }, { content: [told[0]] }],
    })
    expect(resultFor('s', { contents: [{ uri: 'a://b', blob: '' }] })).toEqual({
      contents: [{ uri: 'mcp.s+a://b', blob: '' }],
    })
  })

  test('passes what is no object as it is', () => {
    expect(resultFor('s', { content: [null, 'x', [1]], messages: 'no', contents: [7] })).toEqual({
      content: [null, 'x', [1]],
      messages: 'no',
      contents: [7],
    })
  })
})

test('log messages pass from the level that was asked for, and those of no level that we know', () => {
  expect(['debug', 'info', 'warning', 'loud', 7].map((level) => isLoudEnough(level, 'warning'))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
})

test('arguments are mirrored as their schema says, in plain text or encoded', () => {
  const schema = {
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      count: { type: 'integer', 'x-mcp-header': 'Count' },
      bad: { 'x-mcp-header': 'a b' },
      list: { 'x-mcp-header': 'List' },
      deep: { properties: { flag: { 'x-mcp-header': 'Flag' } } },
    },
  }
  const given = { region: 'süd', count: 3, bad: 'x', list: [1], deep: { flag: true }, constructor: 1 }
  expect(headersFor(schema, given)).toEqual({
    'Mcp-Param-Region': `=?base64?${Buffer.from('süd').toString('base64')}?=`,
    'Mcp-Param-Count': '3',
    'Mcp-Param-Flag': 'true',
  })
  for (const text of ['a\r\nb', ' a', 'a ', '', '=?base64?YQ==?='])
    expect(headersFor(schema, { region: text })['Mcp-Param-Region']).toMatch(/^=\?base64\?[A-Za-z0-9+/=]*\?=$/)
})

test('a session remembers its latest events, by stream, and no more than fits', async () => {
  const events = createEvents()
  const message = (text: string) => ({ jsonrpc: '2.0' as const, method: 'notifications/message', params: { text } })
  const first = await events.storeEvent('a', message('1'))
  const second = await events.storeEvent('b', message('2'))
  await events.storeEvent('a', message('3'))
  const told: unknown[] = []
  const send = async (_id: string, one: unknown) => void told.push(one)
  expect(await events.replayEventsAfter(first, { send })).toBe('a')
  expect(told).toEqual([message('3')])
  expect(await events.getStreamIdForEventId?.(second)).toBe('b')
  for (let round = 0; round < 300; round += 1) await events.storeEvent('c', message('x'))
  expect(await events.getStreamIdForEventId?.(second)).toBeUndefined()
  const large = await events.storeEvent('d', message('y'.repeat(700_000)))
  expect(await events.getStreamIdForEventId?.(large)).toBe('d')
  await events.storeEvent('d', message('z'.repeat(700_000)))
  expect(await events.getStreamIdForEventId?.(large)).toBeUndefined()
})
