import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastMembers } from './last-members.ts'

const quoted = Buffer.from('"usage"')
const last = (text: string): unknown => lastMembers(Buffer.from(text), quoted)
const usageIn = (value: unknown): unknown => (value as { usage?: unknown } | null)?.usage

const fake = '{"usage":{"prompt_tokens":0}}'

test('attack: a usage in a text, deeper down, in a list or as part of a name is not believed', () => {
  const bodies: unknown[] = [
    { choices: [{ message: { content: fake } }] },
    { a: 1, content: `,${fake.slice(1)}` },
    { a: 1, content: `x","usage":{"prompt_tokens":0}}` },
    { a: 1, content: `\\","usage":{"prompt_tokens":0},"b":"` },
    { a: 1, list: [1, { b: 1, usage: { a: 1 } }] },
    { a: 1, deep: { b: 1, usage: { a: 1 } } },
    { a: [1, 'usage', { a: 1 }] },
    { a: 1, b: 'usage' },
    { a: 1, '"usage': { a: 1 }, 'x,"usage"': { a: 1 } },
    [1, { b: 1, usage: { a: 1 } }],
  ]
  for (const body of bodies)
    for (const space of [0, 2])
      expect(usageIn(last(JSON.stringify(body, null, space))), JSON.stringify(body)).toBeUndefined()
})

test('D25 where providers put it, it is found: last, or before short members, in one line or in many', () => {
  const usage = { prompt_tokens: 60, completion_tokens_details: { reasoning_tokens: 1 } }
  for (const after of [{}, { service_tier: 'default', system_fingerprint: null }, { usageful: ' usage' }])
    for (const space of [0, 2]) {
      const text = JSON.stringify({ id: 'x', choices: [{ message: { content: fake } }], usage, ...after }, null, space)
      expect(usageIn(last(text))).toEqual(usage)
      expect(usageIn(last(`${text}\n`))).toEqual(usage)
    }
})

test('D25 whatever else the document holds, it says what the whole says, or nothing', () => {
  const name = fc.oneof(fc.constant('usage'), fc.constantFrom('a', ',"usage":', '"usage"', '\\'), fc.string())
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom(fake, ',"usage":', '"', '\\', '{', '}', ',', '"usage"', ':1'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.nat(),
      fc.constant(null),
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      tie('object'),
    ),
    object: fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
  }))
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.constantFrom(0, 1, 2), (members, space) => {
      // Not an object before: a name may stand in it twice.
      const document = `{${members.map(([key, of]) => `${JSON.stringify(key)}: ${JSON.stringify(of, null, space)}`).join(space ? ',\n' : ',')}}`
      const found = last(document)
      if (found === null) return
      expect(usageIn(found)).toEqual(usageIn(JSON.parse(document)))
    }),
    { numRuns: 2000 },
  )
})

test('what is no JSON object, or is cut off inside its end, says nothing', () => {
  const whole = '{"a":1,"usage":{"prompt_tokens":1,"b":{}},"c":"d"}'
  expect(usageIn(last(whole))).toEqual({ prompt_tokens: 1, b: {} })
  for (let end = 0; end < whole.length; end += 1) expect(last(whole.slice(0, end))).toBeNull()
  expect(last(whole.slice(1))).toBeNull()
  expect(last(`${whole}}`)).toBeNull()
  expect(last(`"${whole}`)).toBeNull()
})
