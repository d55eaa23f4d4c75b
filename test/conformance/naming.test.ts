import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEventNaming, createNaming } from './naming.ts'

const naming = createNaming('fixture')
const said = (message: object) => {
  const { body, method } = naming.bytesToGateway(Buffer.from(JSON.stringify(message)))
  return { method, params: JSON.parse(body.toString()).params }
}

describe('what a client says', () => {
  test.each([
    ['tools/call', { name: 'a', arguments: { name: 'b' } }, { name: 'fixture__a', arguments: { name: 'b' } }],
    ['prompts/get', { name: 'a' }, { name: 'fixture__a' }],
    ['resources/read', { uri: 'test://a' }, { uri: 'mcp.fixture+test://a' }],
    ['resources/subscribe', { uri: 'ui://a/b' }, { uri: 'ui://mcp.fixture/a/b' }],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'a' } },
      { ref: { type: 'ref/prompt', name: 'fixture__a' } },
    ],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'test://{a}' } },
      { ref: { type: 'ref/resource', uri: 'mcp.fixture+test://{a}' } },
    ],
    [
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['test://a'] } },
      { notifications: { resourceSubscriptions: ['mcp.fixture+test://a'] } },
    ],
    ['tools/list', { cursor: 'a' }, { cursor: 'a' }],
  ])('%s', (method, params, expected) => {
    expect(said({ jsonrpc: '2.0', id: 1, method, params })).toEqual({ method, params: expected })
  })

  test('bytes that name nothing stay as they are, JSON or not', () => {
    for (const text of ['{ "method" : "ping" }', '[{"method":"tools/call"}]', '{', '', '7']) {
      const body = Buffer.from(text)
      expect(naming.bytesToGateway(body).body).toBe(body)
    }
  })

  test('a header in both of its forms, and what is no form of it', () => {
    const b64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`
    expect(naming.headerToGateway('a', 'tools/call')).toBe('fixture__a')
    expect(naming.headerToGateway('test://a', 'resources/read')).toBe('mcp.fixture+test://a')
    expect(naming.headerToGateway(b64('zürich'), 'prompts/get')).toBe(b64('fixture__zürich'))
    expect(naming.headerToGateway('=?base64?***?=', 'tools/call')).toBe('=?base64?***?=')
    expect(naming.headerToGateway('a', 'tools/list')).toBe('a')
  })
})

test('what a client hears loses the names where they belong, and nowhere else', () => {
  const heard = {
    result: {
      tools: [{ name: 'fixture__a', description: 'fixture__a' }],
      contents: [{ uri: 'mcp.fixture+test://a', text: 'mcp.fixture+test://a' }],
      resourceTemplates: [{ uriTemplate: 'mcp.fixture+test://{a}', name: 'other__b' }],
    },
  }
  expect(JSON.parse(naming.textToClient(JSON.stringify(heard)))).toEqual({
    result: {
      tools: [{ name: 'a', description: 'fixture__a' }],
      contents: [{ uri: 'test://a', text: 'mcp.fixture+test://a' }],
      resourceTemplates: [{ uriTemplate: 'test://{a}', name: 'other__b' }],
    },
  })
})

test('a stream comes out alike, however it is cut', () => {
  const stream =
    'id: 1\ndata: {"result":{"tools":[{"name":"fixture__a"}]}}\n\n: open\n\nretry: 5\n\nevent: message\ndata: {"params":{"uri":"mcp.fixture+x:a"}}\n\nid: 2\ndata: \n\n'
  const expected =
    'id: 1\ndata: {"result":{"tools":[{"name":"a"}]}}\n\n: open\n\nretry: 5\n\nevent: message\ndata: {"params":{"uri":"x:a"}}\n\nid: 2\ndata: \n\n'
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const events = createEventNaming(naming.textToClient)
      const places = [...cuts, 0, stream.length].sort((a, b) => a - b)
      const pieces = places.slice(1).map((place, at) => stream.slice(places[at], place))
      expect(pieces.map((piece) => events.push(piece)).join('') + events.end()).toBe(expected)
    }),
  )
})
