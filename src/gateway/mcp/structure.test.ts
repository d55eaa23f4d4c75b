import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage } from './message.ts'
import { excessOf } from './structure.ts'

type Size = { depth: number; members: number; values: number }

/** The same counts from what JSON.parse made of the text; an empty array or object counts like one with one value. */
function sizeOf(value: unknown): Size {
  if (typeof value !== 'object' || value === null) return { depth: 0, members: 0, values: 0 }
  const items = Object.values(value)
  const inside = items.map(sizeOf)
  const sum = (of: (size: Size) => number) => inside.reduce((total, size) => total + of(size), 0)
  return {
    depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
    members: (Array.isArray(value) ? 0 : items.length) + sum(({ members }) => members),
    values: Math.max(1, items.length) + sum(({ values }) => values),
  }
}
const codeOf = (text: string, limits?: Size, from?: number) => {
  const excess = excessOf(Buffer.from(text), limits, from)
  return excess === null ? 'ok' : excess.problem.code
}

/** Strings made of what could be taken for structure, too. */
const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'"\\{}[]:,x') }))
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(texts, fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(texts, tie('json'), { maxKeys: 5 }),
  ),
}))

test('what the pass over the bytes counts is what JSON.parse finds, for any value, spacing and string', () => {
  fc.assert(
    fc.property(json, fc.nat({ max: 3 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const size = sizeOf(JSON.parse(text))
      expect(codeOf(text, size, -1)).toBe('ok')
      if (size.depth === 0) return
      expect(codeOf(text, { ...size, depth: size.depth - 1 }, -1)).toBe('message_ambiguous')
      expect(codeOf(text, { ...size, values: size.values - 1 }, -1)).toBe('too_large')
      if (size.members > 0) expect(codeOf(text, { ...size, members: size.members - 1 }, -1)).toBe('too_large')
    }),
  )
})

test('bytes that are no JSON are left to the parser, which says so', () => {
  const limits = { depth: 9, members: 9, values: 9 }
  for (const text of ['', '"', '"\\', '}}}', '{"a', '"\\"', ']["', '\\"{']) expect(codeOf(text, limits, -1)).toBe('ok')
})

test('a long call is accepted for long strings, for rows and for vectors; one made of crumbs is too large', () => {
  const call = (args: unknown) =>
    parseMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params: { args } })), {})
  const rows = Array.from({ length: 4000 }, (_, n) => ({ id: n, name: `row ${n}`, a: 1, b: 2, c: null, d: '', e: [] }))
  const vectors = Array.from({ length: 64 }, () => Array.from({ length: 1536 }, (_, n) => 1 / (n + 3)))
  for (const args of ['{[,"'.repeat(500_000), rows, vectors]) expect(call(args).ok).toBe(true)
  const crumbs = call(Array.from({ length: 160_000 }, () => 0))
  expect(crumbs.ok ? 'ok' : crumbs.problem.code).toBe('too_large')
})
