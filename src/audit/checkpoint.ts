import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { canonical, type Link } from './chain.ts'

/**
 * A signed statement that the chain of an organization has come to this link. The chain alone can be computed anew by
 * whoever can write the database; the key to this is derived from the root secret, which is not in there.
 */
export type Checkpoint = Link & {
  readonly organization: string
  /** ISO 8601. */
  readonly at: string
  /** Ed25519 public key, 32 bytes, and signature, both in base64url. */
  readonly signingKey: string
  readonly signature: string
}
type Stated = Pick<Checkpoint, 'organization' | 'seq' | 'hash' | 'at'>

export type Signer = {
  readonly publicKey: string
  readonly sign: (stated: Stated) => Checkpoint
}

/** What is signed begins with what it is for, so that no other text of ours can be taken for it. */
const textOf = ({ organization, seq, hash, at }: Stated): Buffer =>
  Buffer.from(`ostiary audit checkpoint 1\n${canonical({ organization, seq, hash, at })}`)

/** `seed`: 32 bytes that nobody else has. */
export const signerOf = (seed: Uint8Array): Signer => {
  const key = privateKeyOf(seed)
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url')
  return {
    publicKey,
    sign: ({ organization, seq, hash, at }) => {
      const stated = { organization, seq, hash, at }
      return { ...stated, signingKey: publicKey, signature: sign(null, textOf(stated), key).toString('base64url') }
    },
  }
}

/** Whether the key that it names has signed it; whose key that is, is another question. */
export const isSigned = (checkpoint: Checkpoint): boolean => {
  const key = publicKeyOf(checkpoint.signingKey)
  return key !== null && verify(null, textOf(checkpoint), key, Buffer.from(checkpoint.signature, 'base64url'))
}

/** RFC 8410: both encodings are a fixed head and the 32 bytes. */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicHead = Buffer.from('302a300506032b6570032100', 'hex')

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([privateHead, seed]), format: 'der', type: 'pkcs8' })

/** Null: not 32 bytes in base64url. */
const publicKeyOf = (text: string): KeyObject | null => {
  if (!isPublicKey(text)) return null
  const key = Buffer.concat([publicHead, Buffer.from(text, 'base64url')])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

export const isPublicKey = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)
