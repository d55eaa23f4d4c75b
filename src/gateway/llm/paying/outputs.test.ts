import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOutputs, outputUnknown } from './outputs.ts'

describe('how much output a call is expected to have', () => {
  test('512 tokens until five calls were seen; then what four of five stay below, within the next half doubling', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500_000 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const outputs = createOutputs()
        for (const size of sizes) outputs.note('key', 'model', size)
        const exact = [...sizes].sort((one, other) => one - other)[Math.ceil(sizes.length * 0.8) - 1] ?? 0
        const said = outputs.p80('key', 'model')
        if (sizes.length < 5) {
          expect(said).toBe(outputUnknown)
          return
        }
        expect(said).toBeGreaterThanOrEqual(exact)
        expect(said).toBeLessThanOrEqual(Math.ceil(exact * Math.SQRT2))
      }),
    )
  })

  test('each key and model by itself, and what was long ago is forgotten', () => {
    const outputs = createOutputs()
    for (let at = 0; at < 100; at += 1) outputs.note('key', 'model', 100_000)
    expect(outputs.p80('key', 'other')).toBe(outputUnknown)
    expect(outputs.p80('other', 'model')).toBe(outputUnknown)
    for (let at = 0; at < 1000; at += 1) outputs.note('key', 'model', 8)
    expect(outputs.p80('key', 'model')).toBe(8)
  })

  test('attack: keys without end take no memory without end', () => {
    const outputs = createOutputs(10)
    const note = (key: string): void => {
      for (let at = 0; at < 5; at += 1) outputs.note(key, 'model', 8)
    }
    for (let at = 0; at < 100; at += 1) {
      note(`key${at}`)
      note('busy')
    }
    expect(outputs.p80('key0', 'model')).toBe(outputUnknown)
    expect(outputs.p80('busy', 'model')).toBe(8)
    expect(outputs.p80('key99', 'model')).toBe(8)
  })
})
