import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonScan, keptBytes, type Scanned, watching } from './scan-json.ts'

const watch = watching({
  kept: [['usage'], ['response', 'usage'], ['type']],
  texts: new Set(['content', 'text']),
  whole: new Set(['input']),
  finish: 'finish_reason',
  list: 'choices',
})
const scan = (text: string | Buffer, cuts: readonly number[] = []): Scanned => {
  const bytes = Buffer.from(text)
  const json = new JsonScan(watch)
  let from = 0
  for (const cut of [...new Set(cuts)].sort((one, other) => one - other)) {
    // Each piece in memory that its owner uses again at once.
    const piece = Buffer.from(bytes.subarray(from, cut))
    json.push(piece, 0, piece.length)
    piece.fill(0x7b)
    from = cut
  }
  json.push(bytes, from, bytes.length)
  return json.take()
}

describe('members of JSON that comes in pieces', () => {
  test('attack: a usage inside a text, deeper down, in a list or as part of a name is not believed', () => {
    const fake = '{"usage":{"prompt_tokens":0,"completion_tokens":0}}'
    const bodies = [
      { choices: [{ message: { content: fake } }] },
      { choices: [{ usage: { a: 1 } }], 'x"usage': { a: 1 } },
      { content: [{ type: 'tool_use', input: { usage: { a: 1 } } }] },
      { list: [fake, { usage: { a: 1 } }], 'usage ': { a: 1 }, '"usage': {} },
      { text: `\\","usage":{"a":1},"b":"` },
    ]
    for (const body of bodies) expect(scan(JSON.stringify(body)).kept[0], JSON.stringify(body)).toBeNull()
    expect(scan(JSON.stringify([{ usage: { a: 1 } }])).kept[0]).toBeNull()
  })

  test('D25 the usage is found wherever it stands among any other members, however the bytes are cut', () => {
    const usage = fc.record({ prompt_tokens: fc.nat(), details: fc.record({ cached_tokens: fc.nat() }) })
    const others = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((name) => name !== 'usage' && name !== 'type' && name !== '__proto__'),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(others, usage, others, fc.array(fc.nat(3000)), fc.boolean(), (before, said, after, cuts, isWide) => {
        const body = { ...before, usage: said, ...after }
        const bytes = Buffer.from(JSON.stringify(body, null, isWide ? 2 : 0))
        expect(
          scan(
            bytes,
            cuts.map((cut) => cut % bytes.length),
          ).kept[0],
        ).toEqual(body.usage)
      }),
    )
  })

  test('the same is found at every single cut', () => {
    const body = `{ "type":"response.completed","a":"\\u0022\\\\","us\\u0061ge":{"n":1,"s":"}\\""},"response":{"usage":{"n":[2]}},
      "choices":[ ],"m":[{"content":"äö\\n","finish_reason":"stop"}],"input":{"x":["yz"]}}`
    const whole = scan(body)
    expect(whole).toEqual({
      kept: [{ n: 1, s: '}"' }, { n: [2] }, 'response.completed'],
      hasFinish: true,
      isListEmpty: true,
      ascii: 4,
      wide: 4,
    })
    for (let cut = 0; cut <= Buffer.byteLength(body); cut += 1) expect(scan(body, [cut])).toEqual(whole)
    expect(scan(body, [...Buffer.from(body).keys()])).toEqual(whole)
  })

  test('what is no JSON finds nothing and does no harm; the next document is read as if nothing had been', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const json = new JsonScan(watch)
        json.push(Buffer.from(bytes), 0, bytes.length)
        json.take()
        const next = Buffer.from('{"usage":{"n":3}}')
        json.push(next, 0, next.length)
        expect(json.take().kept[0]).toEqual({ n: 3 })
      }),
    )
    for (const text of ['', '[DONE]', '{"usage":', '}}}', '{"usage":{"n":}}', '{"usage":null}'])
      expect(scan(text).kept[0], text).toBeNull()
  })

  test('attack: a member that is too large, too deep or too long is passed over in bounded memory', () => {
    const large = { usage: { text: 'x'.repeat(keptBytes) }, type: 'after' }
    expect(scan(JSON.stringify(large)).kept).toEqual([null, null, 'after'])
    expect(scan(`${'['.repeat(100_000)}{"usage":{"n":1}}`).kept[0]).toBeNull()
    expect(scan(JSON.stringify({ ['n'.repeat(100_000)]: 1, usage: { n: 1 } })).kept[0]).toEqual({ n: 1 })
  })

  test('a list with something in it is not empty, whatever it is', () => {
    for (const list of ['[{}]', '[[]]', '[1]', '[null]', '["a"]', '{}', 'null'])
      expect(scan(`{"choices":${list}}`).isListEmpty, list).toBe(false)
    expect(scan('{"choices":[\n ]}').isListEmpty).toBe(true)
    expect(scan('{"a":{"choices":[]}}').isListEmpty).toBe(false)
  })

  test('32 MiB of an answer are read piece by piece, and only its usage is held', () => {
    const piece = Buffer.from(`{"object":"embedding","embedding":[${'0.123456,-1.5e-3,'.repeat(3800)}0]},`)
    const json = new JsonScan(watch)
    const push = (bytes: Buffer): void => json.push(bytes, 0, bytes.length)
    push(Buffer.from('{"data":['))
    for (let sent = 0; sent < 32 * 1024 * 1024; sent += piece.length) push(piece)
    push(Buffer.from('{}],"usage":{"prompt_tokens":8}}'))
    expect(json.take().kept[0]).toEqual({ prompt_tokens: 8 })
  })
})
