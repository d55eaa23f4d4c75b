import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScanner, formsOf, redactText } from './scan.ts'

const secret = 'tok/en+12 34=ä?'
const forms = formsOf(secret)

const run = (chunks: readonly Buffer[], with_ = forms) => {
  const scanner = createScanner(with_)
  const out = chunks.map((chunk) => scanner.push(chunk))
  return { out, all: Buffer.concat([...out, scanner.end()]) }
}
/** Cuts a buffer at random places. */
const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length))
}
const cuts = fc.array(fc.nat(), { maxLength: 8 })
/** Text that is full of beginnings of the secret. */
const teasing = fc
  .array(
    fc.oneof(
      fc.string(),
      fc.nat(secret.length - 1).map((n) => secret.slice(0, n)),
      fc.constant('\n\n'),
    ),
  )
  .map((parts) => Buffer.from(parts.join('')))
  .filter((bytes) => forms.every((form) => !bytes.includes(form)))

describe('the scanner', () => {
  test('G11 without a hit the bytes are the same, however they are cut', () => {
    fc.assert(
      fc.property(teasing, cuts, (bytes, at) => {
        expect(run(cut(bytes, at)).all.equals(bytes)).toBe(true)
      }),
    )
  })

  test('G11 a chunk whose end begins no secret goes out at once and as it is', () => {
    const begins = (chunk: Buffer) =>
      forms.some((form) => form.subarray(0, 1).equals(chunk.subarray(-1)) || endsIn(chunk, form))
    fc.assert(
      fc.property(teasing, cuts, (bytes, at) => {
        const chunks = cut(bytes, at).filter((chunk) => chunk.length > 0)
        fc.pre(chunks.every((chunk) => !begins(chunk)))
        expect(run(chunks).out.map(String)).toEqual(chunks.map(String))
      }),
    )
    const whole = Buffer.from('data: {"a":1}\n\n')
    expect(createScanner(forms).push(whole)).toBe(whole)
  })

  test('G11 nothing waits across the boundary of an event', () => {
    const endings = fc.constantFrom('\n\n', '\r\n\r\n', '\r\r')
    fc.assert(
      fc.property(teasing, endings, (bytes, ending) => {
        const event = Buffer.concat([bytes, Buffer.from(ending)])
        const scanner = createScanner(forms)
        expect(scanner.push(event).equals(event)).toBe(true)
        expect(scanner.end().length).toBe(0)
      }),
    )
  })

  test('G6 a secret in any form is caught, however it is cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.string(), fc.string(), cuts, (form, before, after, at) => {
        const bytes = Buffer.concat([Buffer.from(before), form, Buffer.from(after), form])
        const { all } = run(cut(bytes, at))
        for (const other of forms) expect(all.includes(other)).toBe(false)
        expect(all.includes('[redacted]')).toBe(true)
      }),
    )
  })

  test('G6 base64 around the secret is caught at every alignment', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        fc.boolean(),
        (before, after, url) => {
          const value = 'a-long-enough-secret-0123456789'
          const text = Buffer.concat([before, Buffer.from(value), after]).toString(url ? 'base64url' : 'base64')
          const { all } = run([Buffer.from(text)], formsOf(value))
          expect(all.includes('[redacted]')).toBe(true)
          expect(Buffer.from(all.toString().split('[redacted]').join(''), 'base64').includes(value.slice(2, 9))).toBe(
            false,
          )
        },
      ),
    )
  })

  test('G6 a secret with signs that some encoders write as numbers is caught in each such writing', () => {
    const value = `a&b<c>d+e'f"g\\h`
    const number = (char: string, inCase: (hex: string) => string) => `\\u00${inCase(char.charCodeAt(0).toString(16))}`
    for (const inCase of [(hex: string) => hex, (hex: string) => hex.toUpperCase()]) {
      const go = JSON.stringify(value).replaceAll(/[&<>]/g, (char) => number(char, inCase))
      const net = `"${[...value].map((char) => (`&<>+'"`.includes(char) ? number(char, inCase) : JSON.stringify(char).slice(1, -1))).join('')}"`
      for (const text of [go, net, JSON.stringify(go), JSON.stringify(net)]) {
        expect(JSON.parse(text.startsWith('"\\"') ? JSON.parse(text) : text)).toBe(value)
        expect(redactText(text, formsOf(value))).toMatch(/^["\\]+\[redacted\]["\\]+$/)
      }
    }
  })

  test('a secret without such signs has no more forms for them', () => {
    expect(
      formsOf('plain-secret-0123')
        .map(String)
        .filter((form) => form.includes('u00')),
    ).toEqual([])
  })

  test('a secret of a few characters is not looked for: it stands in every second answer', () => {
    expect(formsOf('abc')).toEqual([])
    expect(run([Buffer.from('abc abc')], formsOf('abc')).all.toString()).toBe('abc abc')
  })

  test('header values are cleaned too', () => {
    expect(redactText(`x ${secret} y`, forms)).toBe('x [redacted] y')
    expect(redactText(encodeURIComponent(secret), forms)).toBe('[redacted]')
  })
})

const endsIn = (chunk: Buffer, form: Buffer): boolean => {
  for (let n = 1; n < form.length; n += 1) {
    if (chunk.length >= n && chunk.subarray(-n).equals(form.subarray(0, n))) return true
  }
  return false
}
