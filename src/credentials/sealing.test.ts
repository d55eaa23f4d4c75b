import { expect, test } from 'vitest'
import { createSealer, createUnsealer, newSealingKeys, seal, unseal } from './sealing.ts'

const canary = 'canary-7f3a-secret'

test('a sealed text opens for the gateway that it was sealed to', () => {
  const keys = newSealingKeys()
  const sealed = seal(keys.publicKey, 'organization:org_a', canary)
  expect(unseal(keys.privateKey, 'organization:org_a', sealed).toString()).toBe(canary)
  expect(Buffer.from(keys.publicKey, 'base64url')).toHaveLength(32)
})

test('another gateway cannot open it', () => {
  const [one, other] = [newSealingKeys(), newSealingKeys()]
  const sealed = seal(one.publicKey, 'a', canary)
  expect(() => unseal(other.privateKey, 'a', sealed)).toThrow()
})

test('it opens only for what it was bound to', () => {
  const keys = newSealingKeys()
  const sealed = seal(keys.publicKey, 'credential:org_a:crd_1:1', canary)
  expect(() => unseal(keys.privateKey, 'credential:org_a:crd_1:2', sealed)).toThrow()
  expect(() => unseal(keys.privateKey, 'credential:org_b:crd_1:1', sealed)).toThrow()
})

test('not a bit of it can be changed', () => {
  const keys = newSealingKeys()
  const bytes = Buffer.from(seal(keys.publicKey, 'a', canary), 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => unseal(keys.privateKey, 'a', changed.toString('base64url')), `byte ${at}`).toThrow()
  }
  expect(() => unseal(keys.privateKey, 'a', bytes.subarray(0, 40).toString('base64url'))).toThrow()
})

test('the same text never looks the same twice, and does not show through', () => {
  const keys = newSealingKeys()
  const sealer = createSealer(keys.publicKey)
  const texts = [sealer('a', canary), sealer('a', canary), seal(keys.publicKey, 'a', canary)]
  expect(new Set(texts).size).toBe(3)
  for (const text of texts) expect(Buffer.from(text, 'base64url').includes(canary)).toBe(false)
  const open = createUnsealer(keys)
  for (const text of texts) expect(open('a', text).toString()).toBe(canary)
})

test('an empty and a long text are sealed like any other', () => {
  const keys = newSealingKeys()
  for (const text of ['', 'x'.repeat(1_000_000)]) {
    expect(unseal(keys.privateKey, 'a', seal(keys.publicKey, 'a', text)).toString()).toBe(text)
  }
})

test.each([
  ['of the wrong length', Buffer.alloc(31).toString('base64url')],
  ['whose agreement is known to everybody', Buffer.alloc(32).toString('base64url')],
])('a public key %s is refused', (_title, key) => {
  expect(() => createSealer(key)).toThrow()
})
