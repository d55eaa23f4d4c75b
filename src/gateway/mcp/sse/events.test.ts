import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endpointOf } from './endpoint.ts'
import { createEvents, type ServerEvent } from './events.ts'

const read = (text: string, cuts: readonly number[] = [], cap = 1024 * 1024): ServerEvent[] => {
  const events: ServerEvent[] = []
  const stream = createEvents(cap, (event) => void events.push(event))
  const bytes = Buffer.from(text)
  let from = 0
  for (const cut of [...cuts.map((one) => one % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    stream.push(bytes.subarray(from, cut))
    from = cut
  }
  return events
}

describe('an event stream', () => {
  test('is read by the standard: names, several lines of data, comments, a mark at its beginning, whatever ends a line', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      const lines = [
        '\u{FEFF}event: endpoint',
        'data: /m',
        '',
        ': comment',
        'data:one',
        'data: two',
        'id: 7',
        'retry: 1',
        '',
      ]
      expect(read(lines.join(end) + end)).toEqual([
        { name: 'endpoint', data: '/m' },
        { name: 'message', data: 'one\ntwo' },
      ])
    }
  })

  test('an event without data is none, one without its blank line has not come, and a name counts for one event', () => {
    expect(read('event: x\n\ndata\n\ndata: left')).toEqual([{ name: 'message', data: '' }])
    expect(read('event: x\ndata: 1\n\ndata: 2\n\n').map(({ name }) => name)).toEqual(['x', 'message'])
  })

  test('is the same wherever it is cut', () => {
    const line = fc.constantFrom(
      'data: a',
      'data:ä€😀',
      'event: message',
      'event: endpoint',
      ': c',
      '',
      'data',
      'data: {"x":1}',
    )
    const end = fc.constantFrom('\n', '\r', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end)), fc.array(fc.nat(400)), (lines, cuts) => {
        const text = lines.map(([one, after]) => one + after).join('')
        expect(read(text, cuts)).toEqual(read(text))
      }),
    )
  })

  test('a line or an event without end is reported before it fills our memory', () => {
    const cap = 10_000
    const feed = (chunk: Buffer) => {
      const stream = createEvents(cap, () => {})
      for (let bytes = 0; bytes <= 10 * cap; bytes += chunk.length) if (stream.push(chunk) === 'too-long') return bytes
      return null
    }
    expect(feed(Buffer.from('x'.repeat(100)))).toBeLessThan(cap)
    expect(feed(Buffer.from('data: xxxxxxxxxxxxxxxx\n'))).toBeLessThan(cap)
    expect(feed(Buffer.from('data:\n'))).toBeLessThan(cap)
    expect(feed(Buffer.from('x'))).toBeLessThan(cap)
    expect(feed(Buffer.from('data: fine\n\n'))).toBeNull()
    expect(feed(Buffer.from(': comment\n'))).toBeNull()
  })
})

describe('where messages go', () => {
  const base = new URL('https://tools.example:8443/a/sse?x=1')
  test.each([
    ['/message?sessionId=1', 'https://tools.example:8443/message?sessionId=1'],
    ['message', 'https://tools.example:8443/a/message'],
    ['?s=2', 'https://tools.example:8443/a/sse?s=2'],
    ['https://tools.example:8443/m', 'https://tools.example:8443/m'],
    ['//tools.example:8443/m', 'https://tools.example:8443/m'],
  ])('%s is on the server', (said, url) => {
    expect(endpointOf(base, said)).toMatchObject({ ok: true, url: new URL(url) })
  })

  test.each([
    ['https://evil.example/m', 'another origin (https://evil.example)'],
    ['//evil.example/m', 'another origin'],
    ['\\\\evil.example/m', 'another origin'],
    ['https:\\\\evil.example', 'another origin'],
    ['/\t/evil.example/m', 'another origin'],
    ['http://tools.example:8443/m', 'another origin'],
    ['https://tools.example/m', 'another origin'],
    ['javascript:alert(1)', 'the scheme javascript:'],
    ['data:text/plain,x', 'the scheme data:'],
    ['file:///etc/passwd', 'the scheme file:'],
    ['https://user:pass@tools.example:8443/m', 'a user name or password'],
    ['//user@tools.example:8443/m', 'a user name or password'],
    ['http://', 'no address'],
    [`/${'x'.repeat(5000)}`, 'longer than'],
  ])('%s is refused', (said, why) => {
    expect(endpointOf(base, said)).toMatchObject({ ok: false, why: expect.stringContaining(why) })
  })

  test('whatever a server says, a message goes to its own origin or nowhere', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      ':',
      '@',
      '//',
      'https',
      'evil.example',
      '?',
      '#',
      '\t',
      '\n',
      '..',
      '%2f',
      'x',
      '[',
      ']',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const found = endpointOf(base, parts.join(''))
        expect(!found.ok || (found.url.origin === base.origin && found.url.username === '')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
