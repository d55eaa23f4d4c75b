import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Filter } from './filter-answer.ts'
import { createEventFilter } from './filter-events.ts'

const admits = (tool: string) => tool === 'read'
const view = { admits: () => admits, clean: (text: string) => text }
const run = (chunks: readonly (Buffer | string)[], filter: Filter = createEventFilter(view)): string | null => {
  const out = [...chunks.map((chunk) => filter.push(Buffer.from(chunk))), filter.end()]
  return out.includes(null) ? null : Buffer.concat(out.flatMap((piece) => piece ?? [])).toString()
}
const list = (...names: string[]) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: names.map((name) => ({ name })), nextCursor: 'c' } })
const both = list('write', 'read')
const one = list('read')

test('D40 an event with a list is written anew, everything around it passes byte by byte', () => {
  const before = ': hello\r\n\r\nid: 1\r\nretry: 100\r\ndata: \r\n\r\nevent: message\r\ndata: {"method":"x"}\r\n\r\n'
  const after = 'event: message\nid: 3\ndata: {"jsonrpc":"2.0",\ndata: "method":"notifications/message"}\n\n'
  expect(run([`${before}event: message\nid: 2\ndata: ${both}\n\n${after}`])).toBe(
    `${before}event: message\nid: 2\ndata: ${one}\n\n${after}`,
  )
})

test.each([
  [
    'the data over several lines',
    'data: {"jsonrpc":"2.0","id":1,"result":\ndata:{"tools":[{"name":"write"},\ndata: {"name":"read"}],"nextCursor":"c"}}\nid: 9\n\n',
    `data: ${one}\nid: 9\n\n`,
  ],
  [
    'fields between the lines',
    `data: {"jsonrpc":"2.0",\nid: 9\ndata: ${both.slice(17)}\n: note\n\n`,
    `data: ${one}\nid: 9\n: note\n\n`,
  ],
  ['no space after the colon', `data:${both}\n\n`, `data: ${one}\n\n`],
  ['CRLF', `id: 1\r\ndata: ${both}\r\n\r\n`, `id: 1\r\ndata: ${one}\r\n\r\n`],
  ['CR', `id: 1\rdata: ${both}\r\r: x\r`, `id: 1\rdata: ${one}\r\r: x\r`],
  ['a byte order mark', `\ufeffdata: ${both}\n\n`, `\ufeffdata: ${one}\n\n`],
  ['no blank line at the end', `data: ${both}\n`, `data: ${one}\n`],
  ['no line end at all', `data: ${both}`, `data: ${one}`],
  ['a batch', `data: [${both},{"id":2,"result":{}}]\n\n`, `data: [${one},{"id":2,"result":{}}]\n\n`],
])('D40 a list is found with %s', (_, said, left) => {
  expect(run([said])).toBe(left)
})

test.each([
  ['fields that only begin like data', `dataset: ${both}\n Data: ${both}\n data: ${both}\n\n`],
  ['a list in a comment', `: data: ${both}\n\n`],
  ['a notification that names tools', 'data: {"method":"notifications/tools/list_changed"}\n\n'],
  ['a result that speaks of tools', 'data: {"id":1,"result":{ "content":[{"text":"\\"tools\\":[1.0]"}] } }\n\n'],
  ['a second byte order mark', '\ufeff\ufeffdata: {}\n\n'],
  ['an error', 'data: {"id":1,"error":{"code":-32602,"message":"no such tool"}}\n\n'],
])('G11 %s passes byte by byte', (_, said) => {
  expect(run([said])).toBe(said)
})

describe('an event that names tools in what is no JSON', () => {
  const unreadable = '"result":{"tools":[{"name":"write","max":NaN,"id":8,"method":"x"}]}'

  test.each([
    ['no message', '<b>tools</b>'],
    ['a notification', '{"jsonrpc":"2.0","method":"tools","params":{"progress":NaN}}'],
  ])('R7 loses its data when nobody waits for it, as it is %s, and the next one passes', (_, data) => {
    expect(run([`id: 1\ndata: ${data}\nretry: 5\n\ndata: {"id":2}\n\n`])).toBe('id: 1\nretry: 5\n\ndata: {"id":2}\n\n')
    expect(run(['data: ping\n\n'])).toBe('data: ping\n\n')
  })

  test.each([
    ['5', `{"jsonrpc":"2.0","id":5,${unreadable}}`],
    ['"a-1 [x]"', `{ ${unreadable} ,\n "jsonrpc":"id", "id" : "a-1 [x]" }`],
    ['-7', `\ufeff{"id":-7,"big":${'['.repeat(9000)}${']'.repeat(9000)},${unreadable}}`],
  ])('R7 ends the call that it answers with an error of its id: %s', (id, data) => {
    const said = `id: 1\ndata: ${data.replaceAll('\n', '\ndata: ')}\n\ndata: {"id":2}\n\n`
    const [, told = '', rest] = /^id: 1\ndata: (.*)\n\n(.*)\n\n$/.exec(String(run([said]))) ?? []
    expect(rest).toBe('data: {"id":2}')
    expect(told).toContain(`"id":${id},`)
    expect(JSON.parse(told)).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'upstream_unreachable' } } })
    expect(told).not.toContain('write')
  })

  test.each([
    ['is missing', `{"jsonrpc":"2.0",${unreadable}}`],
    ['is not in JSON’s quotes', "{'id':5,'result':{'tools':[{'name':'write'}]}}"],
    ['is there twice', `{"id":5,${unreadable},"id":6}`],
    ['may be another one', `{"id":5,${unreadable},"\\u0069d":6}`],
    ['is no whole number', `{"id":1.5,${unreadable}}`],
    ['is larger than a number of ours', `{"id":9007199254740993,${unreadable}}`],
    ['is written with escapes', `{"id":"\\u0031",${unreadable}}`],
    ['could be part of a text', `{"id":5,"result":{"tools":" " "}}`],
    ['is cut off', '{"id":5,"result":{"tools":['],
    ['stands behind more texts than a message has', `{${'"a" '.repeat(40)},"id":5,${unreadable}}`],
    ['is one of many', `[{"id":5,${unreadable}}]`],
  ])('R7 ends the stream when its id %s, so that no client waits for ever', (_, data) => {
    expect(run([`data: ${data}\n\n`])).toBe(null)
  })
})

const otherEnds = ['\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029']

test.each(otherEnds)('R7 a line in which some clients see another one is left out unless it is data: %j', (end) => {
  const hidden = `${end}data: ${both}${end}${end}`
  for (const ending of ['\n', '\r\n', '\r']) {
    const said = [
      `: é…${hidden}`,
      'id: 1',
      `event: x${hidden}`,
      `data: {"text":"é${end}"}`,
      `: y${hidden}`,
      'retry: 2',
      '',
    ]
    const left = ['id: 1', `data: {"text":"é${end}"}`, 'retry: 2', '']
    const bytes = Buffer.from(said.map((line) => line + ending).join(''))
    expect(run([bytes])).toBe(left.map((line) => line + ending).join(''))
    expect(run(Array.from(bytes, (byte) => Buffer.of(byte)))).toBe(run([bytes]))
  }
})

test('an event goes out with its last byte, and what is no data at once', () => {
  const filter = createEventFilter(view)
  const push = (text: string) => String(filter.push(Buffer.from(text)))
  expect(push(': still here\n')).toBe(': still here\n')
  expect(push('id: 7\r')).toBe('id: 7\r')
  expect(push('\nevent: message\n')).toBe('\nevent: message\n')
  expect(push('data: {"id":1,')).toBe('')
  expect(push('"result":{}}\n')).toBe('')
  expect(push('\n')).toBe('data: {"id":1,"result":{}}\n\n')
})

describe('an event that is too large ends the stream', () => {
  test.each([
    ['one line that never ends', Array.from({ length: 12 }, () => 'data: xxxx')],
    ['a comment that never ends', [':', ...Array.from({ length: 12 }, () => 'xxxxxxxxxx')]],
    ['one byte at a time', ['d', 'a', 't', 'a']],
    ['many lines', Array.from({ length: 12 }, () => 'data\n')],
    ['many fields after the data', ['data: 1\n', ...Array.from({ length: 12 }, () => 'id: 1\n')]],
  ])('%s', (_, chunks) => {
    expect(run(chunks, createEventFilter(view, 600))).toBe(null)
  })

  test('but not a long stream of small ones', () => {
    const events = Array.from({ length: 50 }, (_, n) => `data: ${n}\n\n`)
    expect(run(events, createEventFilter(view, 600))).toBe(events.join(''))
  })

  test('nor more values than are parsed', () => {
    expect(run([`data: {"tools":[${'{},'.repeat(700_000)}{}]}\n\n`])).toBe(null)
  })
})

/** One of the lines that an event may consist of, and what of it stays. */
const ends = fc.constantFrom('\n', '\r\n', '\r')
const fields = fc.constantFrom('id: 4', 'retry: 10', ': comment', 'event: message', 'id', 'unknown: é😀')
const messages = fc.oneof(
  fc.array(fc.constantFrom('read', 'write', 'réad', '😀')).map((names) => list(...names)),
  fc.constantFrom('{"method":"notifications/progress"}', '', 'ping', '{"id":2, "result":{"tool":"é"}}'),
)
const events = fc
  .tuple(fc.array(fields, { maxLength: 3 }), fc.option(messages), fc.array(fields, { maxLength: 2 }), ends)
  .map(([before, data, after, end]) =>
    [...before, ...(data === null ? [] : [`data: ${data}`]), ...after, ''].map((line) => line + end).join(''),
  )
const streams = fc
  .tuple(fc.boolean(), fc.array(events, { maxLength: 6 }))
  .map(([mark, all]) => Buffer.from((mark ? '\ufeff' : '') + all.join('')))

/** As the standard says it, in the plainest way: whole texts, no chunks. */
function read(stream: string): { data: string; id: string }[] {
  const found: { data: string; id: string }[] = []
  let data: string[] = []
  let id = ''
  for (const line of stream.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) found.push({ data: data.join('\n'), id })
      data = []
    } else if (line === 'id' || line.startsWith('id:')) id = line.slice(4)
    else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return found
}
const shown = (data: string): string => {
  if (!data.includes('"tools":[')) return data
  const value = JSON.parse(data)
  value.result.tools = value.result.tools.filter(({ name }: { name: string }) => admits(name))
  return JSON.stringify(value)
}

test('D40 G11 however a stream is cut, its client reads the same events, with admitted tools only', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(), { maxLength: 12 }), (bytes, at) => {
      const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
      const chunks = [0, ...places].map((from, n) => bytes.subarray(from, places[n] ?? bytes.length))
      const whole = run([bytes])
      expect(run(chunks)).toBe(whole)
      expect(run(Array.from(bytes, (byte) => Buffer.of(byte)))).toBe(whole)
      expect(read(String(whole))).toEqual(read(bytes.toString()).map(({ data, id }) => ({ data: shown(data), id })))
    }),
    { numRuns: 500 },
  )
})

test('G11 a stream without a list comes out with the very same bytes', () => {
  const free = streams.filter((bytes) => !bytes.includes('tools'))
  fc.assert(fc.property(free, (bytes) => run([bytes]) === bytes.toString()))
})
