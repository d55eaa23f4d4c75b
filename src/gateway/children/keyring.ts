import { createPublicKey, type KeyObject } from 'node:crypto'
import type { SigningKeys } from '../../fleet/schema.ts'

/** The public keys that control told of last. While it is away they stay: they prove, and permit nothing. */
export type Keyring = {
  readonly learn: (told: SigningKeys) => void
  readonly keyOf: (kid: string) => KeyObject | null
  /** Control's name in tokens; empty before it was told. */
  readonly issuer: () => string
}

type Log = { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }

export function createKeyring({ log }: { readonly log: Log }): Keyring {
  let keys = new Map<string, KeyObject>()
  let issuer = ''
  return {
    learn: (told) => {
      const next = new Map<string, KeyObject>()
      for (const { kid, jwk } of told.keys) {
        const key = imported(jwk)
        if (key === null) log.error({ kid }, 'a key for child tokens could not be read')
        else next.set(kid, key)
      }
      keys = next
      issuer = told.issuer
    },
    keyOf: (kid) => keys.get(kid) ?? null,
    issuer: () => issuer,
  }
}

function imported(jwk: Readonly<Record<string, string>>): KeyObject | null {
  if (jwk['kty'] !== 'EC' || jwk['crv'] !== 'P-256' || jwk['d'] !== undefined) return null
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return null
  }
}
