import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/**
 * Sealing to one gateway: ephemeral X25519, HKDF-SHA-256, AES-256-GCM. Whoever reads the feed, a proxy that ends its
 * TLS included, sees no secret; only the process whose public key stood in `hello` opens it.
 *
 * Sealed text: base64url of format(1) | ephemeral public key(32) | nonce(12) | ciphertext | tag(16).
 * Randomness comes from node:crypto itself: OpenSSL takes none from outside for a key pair.
 */
const format = 1
const tagBytes = 16
const head = 1 + 32 + 12

export type SealingKeys = { readonly publicKey: string; readonly privateKey: KeyObject }
export type Seal = (aad: string, plaintext: Buffer | string) => string
export type Unseal = (aad: string, sealed: string) => Buffer

export function newSealingKeys(): SealingKeys {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { publicKey: rawPublic(publicKey).toString('base64url'), privateKey }
}

/** Throws on anything but 32 raw bytes of a public key. */
export function createSealer(publicKey: string): Seal {
  const recipient = publicFrom(Buffer.from(publicKey, 'base64url'))
  const ephemeral = generateKeyPairSync('x25519')
  const mark = rawPublic(ephemeral.publicKey)
  // One agreement for a connection, not one a record: 10,000 servers would cost seconds of control's loop.
  const key = agree(ephemeral.privateKey, recipient, mark, rawPublic(recipient))
  return (aad, plaintext) => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    cipher.setAAD(Buffer.from(aad, 'utf8'))
    const text = [cipher.update(plaintext), cipher.final()]
    return Buffer.concat([Buffer.from([format]), mark, nonce, ...text, cipher.getAuthTag()]).toString('base64url')
  }
}

export function createUnsealer(keys: SealingKeys): Unseal {
  const own = Buffer.from(keys.publicKey, 'base64url')
  let known: { readonly mark: Buffer; readonly key: KeyObject } | null = null
  return (aad, sealed) => {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < head + tagBytes || bytes[0] !== format) throw new Error('Not a sealed text of this format')
    const mark = bytes.subarray(1, 33)
    if (!known?.mark.equals(mark)) {
      known = { mark: Buffer.from(mark), key: agree(keys.privateKey, publicFrom(mark), mark, own) }
    }
    const decipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(33, head), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(aad, 'utf8'))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(head, -tagBytes)), decipher.final()])
  }
}

export const seal = (publicKey: string, aad: string, plaintext: Buffer | string): string =>
  createSealer(publicKey)(aad, plaintext)

export function unseal(privateKey: KeyObject, aad: string, sealed: string): Buffer {
  return createUnsealer({ publicKey: rawPublic(createPublicKey(privateKey)).toString('base64url'), privateKey })(
    aad,
    sealed,
  )
}

function agree(privateKey: KeyObject, publicKey: KeyObject, ephemeral: Buffer, recipient: Buffer): KeyObject {
  // Both public keys are the salt: a sealed text is bound to the pair that made it. OpenSSL refuses an all-zero secret.
  const shared = diffieHellman({ privateKey, publicKey })
  const salt = Buffer.concat([ephemeral, recipient])
  return createSecretKey(Buffer.from(hkdfSync('sha256', shared, salt, 'ostiary/seal/1', 32)))
}

/** DER of an X25519 SubjectPublicKeyInfo up to the 32 raw bytes (RFC 8410 §4). */
const spki = Buffer.from('302a300506032b656e032100', 'hex')

function publicFrom(raw: Buffer): KeyObject {
  if (raw.length !== 32) throw new Error('A sealing key is 32 bytes')
  return createPublicKey({ key: Buffer.concat([spki, raw]), format: 'der', type: 'spki' })
}

const rawPublic = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(-32)
