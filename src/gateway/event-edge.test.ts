import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventEdge } from './event-edge.ts'

/** By the standard's own words: lines, and one that is empty. */
const isBetween = (text: string): boolean => {
  const lines = text.split(/\r\n|\r|\n/)
  return text === '' || (lines.length > 2 && lines.at(-1) === '' && lines.at(-2) === '')
}

test('an event ends with a blank line, whatever ends its lines and wherever it is cut into pieces', () => {
  const pieces = fc.array(fc.constantFrom('\n', '\r\n', '\r', 'a', 'data: x', ': c', '\n\n', '\r\n\r\n', ''))
  fc.assert(
    fc.property(pieces, fc.boolean(), (parts, asBytes) => {
      const edge = createEventEdge()
      for (const part of parts) edge.push(asBytes ? Buffer.from(part) : part)
      expect(edge.isBetween()).toBe(isBetween(parts.join('')))
    }),
    { numRuns: 3000, examples: [[['data: x\r', '\n', '\r', '\n'], true]] },
  )
})

test('before the first byte there is room', () => {
  expect(createEventEdge().isBetween()).toBe(true)
})
