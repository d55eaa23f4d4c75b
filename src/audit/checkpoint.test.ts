import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Checkpoint, isPublicKey, isSigned, signerOf } from './checkpoint.ts'

const stated = {
  organization: 'org_0000000000000001',
  seq: 7,
  hash: 'ab'.repeat(32),
  at: '2026-01-01T00:00:00.000Z',
}

test('M13 what was signed proves itself with the public key alone, and one root always makes one key', () => {
  const seed = randomBytes(32)
  const checkpoint = signerOf(seed).sign(stated)
  expect(isSigned(checkpoint)).toBe(true)
  expect(checkpoint).toEqual({
    ...stated,
    signingKey: signerOf(seed).publicKey,
    signature: expect.stringMatching(/^.{86}$/),
  })
  expect(isPublicKey(checkpoint.signingKey)).toBe(true)
})

test('the key of RFC 8032 §7.1 is the one that its seed makes', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
  const known = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
  expect(Buffer.from(signerOf(seed).publicKey, 'base64url').toString('hex')).toBe(known)
})

test('M13 nothing of a checkpoint can be changed, and nobody else can sign it', () => {
  const checkpoint = signerOf(randomBytes(32)).sign(stated)
  const changed: Partial<Checkpoint>[] = [
    { organization: 'org_0000000000000002' },
    { seq: 8 },
    { hash: 'cd'.repeat(32) },
    { at: '2026-01-01T00:00:00.001Z' },
    { signingKey: signerOf(randomBytes(32)).publicKey },
  ]
  for (const change of changed) expect(isSigned({ ...checkpoint, ...change })).toBe(false)
})

test('text that is no key or no signature is not signed, whatever it is', () => {
  const checkpoint = signerOf(randomBytes(32)).sign(stated)
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('signingKey', 'signature', 'hash', 'at'), (text, field) => {
      fc.pre(text !== checkpoint[field])
      expect(isSigned({ ...checkpoint, [field]: text })).toBe(false)
    }),
  )
})
