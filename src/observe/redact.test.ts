import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { createRedact, redact } from './redact.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const word = (length: number) => fc.string({ unit: fc.constantFrom(...base62), minLength: length, maxLength: length })
const opaque = fc.tuple(fc.constantFrom('k', 'u', 'a', 'g'), word(16), word(49)).map((parts) => {
  const [kind, id, secret] = parts
  return { text: `ost${kind}_${id}_${secret}`, secret }
})
const child = fc
  .tuple(word(30), word(120), word(86))
  .map((parts) => ({ text: `oste_${parts.join('.')}`, secret: parts[2] }))

test('G1 A35 a token of any kind is gone from a text, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.oneof(opaque, child), fc.string(), (before, token, after) => {
      expect(redact(`${before}${token.text}${after}`)).not.toContain(token.secret)
    }),
  )
})

test('G1 A35 a token that was cut short or glued to words is gone too', () => {
  fc.assert(
    fc.property(opaque, fc.integer({ min: 24, max: 70 }), word(3), (token, length, glue) => {
      const part = token.text.slice(0, length)
      expect(redact(`${glue}${part} and more`)).not.toContain(part.slice(22))
    }),
  )
})

test('the public id stays, because it says whose token it was', () => {
  const text = 'key ostk_AAAAAAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB refused'
  expect(redact(text)).toBe('key ostk_AAAAAAAAAAAAAAAA[redacted] refused')
  expect(redact('preview ostk_AAAAAAAAAAAAAAAA is fine')).toBe('preview ostk_AAAAAAAAAAAAAAAA is fine')
})

test('G1 A35 a configured secret is gone by value: as it is, in JSON, in JSON in JSON, in a URL, as base64', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 32 }), fc.string(), (value, around) => {
      const clean = createRedact([new Secret(value, 'bootstrap token'), null])
      const once = JSON.stringify({ a: value })
      const forms = [value, once, JSON.stringify({ b: once }), Buffer.from(value).toString('base64')]
      for (const form of forms) {
        const result = clean(`${around}|${form}|${around}`)
        expect(result).toContain('[redacted bootstrap token]')
        expect(result.includes(form)).toBe(false)
      }
    }),
  )
})

test('hostile text does not slow the search down', () => {
  const text = 'oste_'.repeat(200_000) + 'ostk_'.repeat(200_000)
  const started = performance.now()
  redact(text)
  expect(performance.now() - started).toBeLessThan(5000)
})

test('the grammar of keys and what is redacted here agree', async () => {
  const { mint } = await import('../keys/token.ts')
  for (const kind of ['k', 'u', 'a', 'g'] as const) {
    const { secret, id16 } = mint(kind, randomBytes)
    expect(redact(`x${secret.reveal()}x`)).not.toContain(secret.reveal().slice(22, 40))
    expect(redact(secret.reveal())).toContain(id16)
  }
})
