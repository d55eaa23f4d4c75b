import { expect, test } from 'vitest'
import { withoutSecrets } from './withoutSecrets.ts'

const id = '0123456789abcdef'
const secret = 'S'.repeat(49)

test.each(['ostk', 'ostu', 'osta', 'ostg'])('of a whole %s_ credential only its preview is left', (kind) => {
  expect(withoutSecrets(`${kind}_${id}_${secret}`)).toBe(`${kind}_${id}`)
  expect(withoutSecrets(`Bearer ${kind}_${id}_${secret} `)).toBe(`Bearer ${kind}_${id} `)
  expect(withoutSecrets(`https://gateway.example/u/${kind}_${id}_${secret}/mcp`)).not.toContain('SSS')
})

test('of a child token nothing is left', () => {
  expect(withoutSecrets('oste_eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl')).toBe('oste_…')
})

test('previews, ids and words stay as they are', () => {
  for (const text of ['', 'rebuild', `ostk_${id}`, 'ostk_0123', 'key_0123456789abcdef', 'oste_'])
    expect(withoutSecrets(text)).toBe(text)
})
