import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gateOf, hashSecret, sameGate, verifySecret } from './hash.ts'
import { mint } from './token.ts'

const pepper = randomBytes(32)
const token = mint('k', randomBytes).secret.reveal()

test('C08 a secret is stored as Argon2id, 19 MiB, two passes, one lane, under the pepper', async () => {
  const stored = await hashSecret(token, pepper, 'root1')
  expect(stored.phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(stored.pepperId).toBe('root1')
  expect(JSON.stringify(stored)).not.toContain(token.slice(22, 65))
  expect(await verifySecret(stored.phc, token, pepper)).toBe(true)
  expect(await verifySecret(stored.phc, token, randomBytes(32))).toBe(false)
  expect(await verifySecret(stored.phc, mint('k', randomBytes).secret.reveal(), pepper)).toBe(false)
})

test('the same secret is stored differently each time', async () => {
  const [one, two] = await Promise.all([hashSecret(token, pepper, 'r'), hashSecret(token, pepper, 'r')])
  expect(one.phc).not.toBe(two.phc)
  expect(one.gate).toBe(two.gate)
})

test('C08 the gate is the first 32 bits of HMAC-SHA-256(pepper, token)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.string(), (key, text) => {
      const expected = createHmac('sha256', key).update(text).digest().readUInt32BE(0)
      expect(gateOf(text, Buffer.from(key))).toBe(expected)
    }),
  )
  expect(() => gateOf(token, Buffer.alloc(65))).toThrow('at most 64')
})

test('C10 gates are equal when all 32 bits are', () => {
  expect(sameGate(0xffffffff, 0xffffffff)).toBe(true)
  for (let bit = 0; bit < 32; bit += 1) expect(sameGate(0xdeadbeef, (0xdeadbeef ^ (1 << bit)) >>> 0)).toBe(false)
})
