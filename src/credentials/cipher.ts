import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * The vault's ciphertexts, pure. A value has a data key of its own, wrapped by a key-encryption key that the blob
 * names. Blob: base64 of format(1) | algorithm(1) | length of the key's id(1) | id | wrapped data key(60) | value.
 * Each part is nonce(12) | ciphertext | tag(16).
 */
const format = 1
const aes256gcm = 1
const nonceBytes = 12
const tagBytes = 16
const wrappedBytes = nonceBytes + 32 + tagBytes

/** Where a value belongs. Every part is authenticated: a ciphertext copied to another row does not open there. */
export type Place = {
  readonly purpose: 'credential' | 'server-env' | 'webhook' | 'second-factor' | 'identity-provider' | 'sign-in'
  readonly organization: string
  readonly subject: string
  readonly version: number
  readonly environment: string
}
export type KeyEncryptionKey = { readonly id: string; readonly key: KeyObject }
export type RandomBytes = (size: number) => Uint8Array

/** No text of OpenSSL about what was inside: only where it stood. */
export const vaultError = (what: string): Error =>
  Object.assign(new Error(`The vault cannot open ${what}: it was changed, moved, or written with another key`), {
    code: vaultCode,
  })
export const isVaultError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === vaultCode
const vaultCode = 'vault_unreadable'

export function encryptValue(kek: KeyEncryptionKey, place: Place, plaintext: string, random: RandomBytes): string {
  const dataKey = Buffer.from(random(32))
  const id = Buffer.from(kek.id, 'utf8')
  const wrapped = encrypt(kek.key, dataKey, bind(['data-key', kek.id, ...parts(place)]), random)
  const value = encrypt(
    createSecretKey(dataKey),
    Buffer.from(plaintext, 'utf8'),
    bind(['value', ...parts(place)]),
    random,
  )
  dataKey.fill(0)
  return Buffer.concat([Buffer.from([format, aes256gcm, id.length]), id, wrapped, value]).toString('base64')
}

/** The key-encryption key that opens the blob, so that the caller can fetch it. */
export const keyNameIn = (blob: string): string => split(blob).kekId

export function decryptValue(kek: KeyEncryptionKey, place: Place, blob: string): string {
  const what = `${place.purpose} ${place.subject} version ${place.version}`
  const { kekId, wrapped, value } = split(blob)
  const dataKey = decrypt(kek.key, wrapped, bind(['data-key', kekId, ...parts(place)]), what)
  try {
    return decrypt(createSecretKey(dataKey), value, bind(['value', ...parts(place)]), what).toString('utf8')
  } finally {
    dataKey.fill(0)
  }
}

export function wrapKey(wrapping: KeyObject, name: readonly string[], key: Uint8Array, random: RandomBytes): string {
  const wrapped = encrypt(wrapping, Buffer.from(key), bind(['key', ...name]), random)
  return Buffer.concat([Buffer.from([format, aes256gcm]), wrapped]).toString('base64')
}

export function unwrapKey(wrapping: KeyObject, name: readonly string[], wrapped: string): KeyObject {
  const bytes = Buffer.from(wrapped, 'base64')
  if (bytes.length !== 2 + wrappedBytes || bytes[0] !== format || bytes[1] !== aes256gcm) {
    throw vaultError(`key ${name.at(-1) ?? ''}`)
  }
  const plain = decrypt(wrapping, bytes.subarray(2), bind(['key', ...name]), `key ${name.at(-1) ?? ''}`)
  const key = createSecretKey(plain)
  plain.fill(0)
  return key
}

function split(blob: string): { kekId: string; wrapped: Buffer; value: Buffer } {
  const bytes = Buffer.from(blob, 'base64')
  const start = 3 + (bytes[2] ?? 0)
  if (bytes[0] !== format || bytes[1] !== aes256gcm || bytes.length < start + wrappedBytes + nonceBytes + tagBytes) {
    throw vaultError('an entry of unknown format')
  }
  return {
    kekId: bytes.toString('utf8', 3, start),
    wrapped: bytes.subarray(start, start + wrappedBytes),
    value: bytes.subarray(start + wrappedBytes),
  }
}

const parts = (place: Place): string[] => [
  place.purpose,
  place.organization,
  place.subject,
  String(place.version),
  place.environment,
]

/** Each part with its length before it, so that no two lists of parts read alike. */
function bind(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8')
      const size = Buffer.alloc(4)
      size.writeUInt32BE(bytes.length)
      return [size, bytes]
    }),
  )
}

function encrypt(key: KeyObject, plaintext: Buffer, aad: Buffer, random: RandomBytes): Buffer {
  const nonce = Buffer.from(random(nonceBytes))
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(aad)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: KeyObject, bytes: Buffer, aad: Buffer, what: string): Buffer {
  // Without authTagLength Node takes a tag of four bytes, which can be guessed.
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    throw vaultError(what)
  }
}
