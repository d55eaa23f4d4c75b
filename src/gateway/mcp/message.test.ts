import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasDuplicateKeys } from './duplicate-keys.ts'
import { parseMessage } from './message.ts'
import { decodedHeader } from './mirror.ts'
import { depthLimit } from './unambiguous.ts'

const parse = (text: string | Buffer, headers: Record<string, string> = {}) =>
  parseMessage(Buffer.isBuffer(text) ? text : Buffer.from(text), headers)
const codeOf = (text: string | Buffer, headers: Record<string, string> = {}) => {
  const parsed = parse(text, headers)
  return parsed.ok ? 'ok' : parsed.problem.code
}
const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

/** Any JSON text, with white space and escapes as other writers make them. */
const spaces = fc.constantFrom('', ' ', '\n', '\t ', '\r\n')
const escaped = (text: string) =>
  [...text]
    .map((char) => (/[a-zA-Z]/.test(char) ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char))
    .join('')

describe('a body has one reading', () => {
  test.each([
    'Tools/Call',
    'tools/CALL',
    'TOOLS/LIST',
    'tool\u017f/call',
    ' tools/call',
    'tools/call\n',
    'tools/call\u0000',
    'tools/call\u0000x',
    'tools/ca\u200bll',
  ])('R7 D40 a method that a lenient server could run as a call or a list of tools is refused: %j', (method) => {
    expect(codeOf(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name: 'a' } }))).toBe('message_ambiguous')
  })

  test('everything that JSON.stringify makes of a message is accepted, and nothing about it is changed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.string(), fc.option(fc.nat()), (args, name, indent) => {
        const message = { jsonrpc: '2.0', id: name, method: 'tools/call', params: { name, arguments: { args } } }
        const text = JSON.stringify(message, null, indent === null ? undefined : indent % 8)
        const parsed = parse(text)
        if (!parsed.ok) throw new Error(parsed.problem.detail)
        expect(parsed.value.tool).toBe(name)
        expect(parsed.value.bytes?.toString()).toBe(Buffer.from(text).toString())
      }),
    )
  })

  test('no text with a doubled member is accepted, wherever it stands and however it is spelt', () => {
    const place = fc.constantFrom('top', 'params', 'arguments', 'deep', 'array')
    fc.assert(
      fc.property(
        fc.string(),
        fc.jsonValue(),
        fc.jsonValue(),
        place,
        fc.boolean(),
        spaces,
        (name, a, b, where, spelt, gap) => {
          const plain = JSON.stringify(name)
          const other = spelt ? `"${escaped(plain.slice(1, -1).replaceAll(/\\./g, ''))}"` : plain
          fc.pre(JSON.parse(other) === name)
          const inside = `{${gap}${plain}:${JSON.stringify(a)},${gap}"z-other":1,${other}${gap}:${JSON.stringify(b)}}`
          const body = {
            top: `{"jsonrpc":"2.0","method":"x",${inside.slice(1)}`,
            params: `{"jsonrpc":"2.0","method":"x","params":${inside}}`,
            arguments: call(`{"name":"t","arguments":${inside}}`),
            deep: call(`{"name":"t","arguments":{"a":[1,{"b":{"c":${inside}}}]}}`),
            array: call(`{"name":"t","arguments":[${inside}]}`),
          }[where]
          expect(codeOf(body)).toBe('message_ambiguous')
        },
      ),
    )
  })

  test('the structural look agrees with a slow parser on texts with many near misses', () => {
    const name = fc.constantFrom('a', 'b', '\\u0061', 'a\\"', 'a\\\\', '', '{', '\\",\\"', ':')
    const value: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '"a"', '"\\\\"', '"}"', 'null', '""'),
        fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(' ,')}]`),
        fc
          .array(fc.tuple(name, tie('any')), { maxLength: 4 })
          .map((members) => `{${members.map(([key, item]) => `"${key}" :${item}`).join(', ')}}`),
      ),
    })).any
    fc.assert(
      fc.property(value, (text) => {
        expect(hasDuplicateKeys(text)).toBe(slowly(text))
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['{"jsonrpc":"2.0","method":"tools/list","Method":"tools/call"}'],
    ['{"jsonrpc":"2.0","METHOD":"tools/call","id":1}'],
    ['{"jsonrpc":"2.0","method":"tools/list","param\u017f":{"name":"x"}}'],
    ['{"jsonrpc":"2.0","method":"tools/list","re\u017fult":{}}'],
    ['{"jsonrpc":"2.0","method":"x","__proto__":{"method":"tools/call"}}'],
    [call('{"name":"a","Name":"b"}')],
    [call('{"name":"a","NAME":"b"}')],
    [call('{"Uri":"b"}')],
    [call('{"name":"a","_Meta":{}}')],
    [call('{"name":"a","__proto__":{"name":"b"}}')],
    [call('{"name":"a","_meta":{"__proto__":1}}')],
    [call('{"name":["a"]}')],
    [call('["a"]')],
    ['{"jsonrpc":"2.0","method":["tools/call"]}'],
    ['"tools/call"'],
    ['7'],
    ['null'],
  ])('%s could be read in another way and is refused', (text) => {
    expect(codeOf(text)).toBe('message_ambiguous')
  })

  test('what is nested too deeply is refused, whatever a parser could bear', () => {
    for (const depth of [depthLimit, 5000]) {
      expect(codeOf(call(`{"name":"a","arguments":${nested(depth)}}`))).toBe('message_ambiguous')
    }
  })

  test('arguments may be named as they like, and deep enough', () => {
    expect(codeOf(call('{"name":"a","arguments":{"Name":1,"METHOD":2,"__proto__":{"x":1},"URI":3}}'))).toBe('ok')
    expect(codeOf(call(`{"name":"a","arguments":${nested(depthLimit - 2)}}`))).toBe('ok')
    expect(codeOf('{"b":1,"1":2,"jsonrpc":"2.0","method":"x"}')).toBe('ok')
  })

  test('what is no JSON, no UTF-8 or more than one message has its own code', () => {
    for (const text of ['', '{', '{"a":}', 'undefined', '\ufeff{}', "{'a':1}", '{"a":1}{"a":2}']) {
      expect(codeOf(text)).toBe('malformed_json')
    }
    expect(codeOf(Buffer.from('{"method":"a\xff"}', 'latin1'))).toBe('malformed_json')
    expect(codeOf(Buffer.from('{"method":"a"}', 'utf16le'))).toBe('malformed_json')
    expect(codeOf('[]')).toBe('batch_not_allowed')
    expect(codeOf(`[${call('{"name":"a"}')}]`)).toBe('batch_not_allowed')
  })
})

describe('what is read', () => {
  test('method, tool and id; an answer to the server has no method', () => {
    const read = (text: string) => {
      const parsed = parse(text)
      return parsed.ok ? [parsed.value.method, parsed.value.tool, parsed.value.id] : parsed.problem.code
    }
    expect(read(call('{"name":"a"}'))).toEqual(['tools/call', 'a', 1])
    expect(read('{"jsonrpc":"2.0","id":"x","method":"prompts/get","params":{"name":"p"}}')).toEqual([
      'prompts/get',
      null,
      'x',
    ])
    expect(read('{"jsonrpc":"2.0","id":3,"result":{}}')).toEqual(['response', null, 3])
    // Not exactly representable: an answer with a rounded id would answer somebody else.
    expect(read('{"jsonrpc":"2.0","id":12345678901234567890,"method":"x"}')).toEqual(['x', null, null])
    expect(read('{"jsonrpc":"2.0","id":1.5,"method":"x"}')).toEqual(['x', null, null])
  })

  test.each(['response', 'GET', 'DELETE'])('D40 a method cannot be called as we call what has none: %s', (method) => {
    expect(codeOf(JSON.stringify({ jsonrpc: '2.0', id: 1, method }))).toBe('message_ambiguous')
  })
})

describe('headers do not lie about the body', () => {
  const modern = (method: string, params: object) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
    })
  const b64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`

  test.each([
    ['mcp-method', 'tools/list', modern('tools/call', { name: 'a' })],
    ['mcp-method', 'tools/list', call('{"name":"a"}')],
    ['mcp-method', 'tools/call, tools/list', call('{"name":"a"}')],
    ['mcp-method', 'tools/call', '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['mcp-name', 'b', modern('tools/call', { name: 'a' })],
    ['mcp-name', 'b', call('{"name":"a"}')],
    ['mcp-name', b64('b'), modern('prompts/get', { name: 'a' })],
    ['mcp-name', '=?base64?***?=', modern('tools/call', { name: 'a' })],
    ['mcp-name', 'file:///b', modern('resources/read', { uri: 'file:///a' })],
    ['mcp-name', 't2', modern('tasks/get', { taskId: 't1' })],
    ['mcp-protocol-version', '2025-11-25', modern('tools/list', {})],
  ])('%s: %s', (name, value, text) => {
    expect(codeOf(text, { [name]: value })).toBe('header_mismatch')
  })

  test.each([
    [
      { 'mcp-method': 'tools/call', 'mcp-name': 'a', 'mcp-protocol-version': '2026-07-28' },
      modern('tools/call', { name: 'a' }),
    ],
    [{ 'mcp-name': b64('zürich') }, modern('tools/call', { name: 'zürich' })],
    [{ 'mcp-name': b64('file:///a') }, modern('resources/read', { uri: 'file:///a' })],
    [{ 'mcp-protocol-version': '2025-11-25' }, call('{"name":"a"}')],
    [
      { 'mcp-protocol-version': '2025-06-18' },
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}',
    ],
    [{}, modern('tools/call', { name: 'a' })],
    [{ 'mcp-name': 'whatever' }, modern('vendor/thing', { name: 'a' })],
  ])('%j agrees', (headers, text) => {
    expect(codeOf(text, headers)).toBe('ok')
  })

  test('encoded header values come back as they were, and nothing else passes for them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodedHeader(b64(text))).toBe(text)
      }),
    )
    for (const bad of ['=?base64?YQ?=', '=?base64?/w==?=', '=?base64?YR==?=']) expect(decodedHeader(bad)).toBeNull()
  })
})

/** A parser written the other way round, by recursion and without cleverness. */
function slowly(text: string): boolean {
  let at = 0
  let doubled = false
  const skip = () => {
    while (/[\s:,]/.test(text[at] ?? '')) at += 1
  }
  const string = (): string => {
    const start = at
    at += 1
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at += 1
    return JSON.parse(text.slice(start, at))
  }
  const value = (): void => {
    skip()
    if (text[at] === '"') string()
    else if (text[at] === '{' || text[at] === '[') {
      const isObject = text[at] === '{'
      const seen = new Set<string>()
      at += 1
      for (skip(); text[at] !== '}' && text[at] !== ']'; skip()) {
        if (isObject) {
          const name = string()
          doubled ||= seen.has(name)
          seen.add(name)
        }
        value()
      }
      at += 1
    } else while (at < text.length && !/[\s,\]}]/.test(text[at] ?? '')) at += 1
  }
  value()
  return doubled
}
