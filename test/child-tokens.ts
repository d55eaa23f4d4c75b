import { createSigner } from '../src/keys/children/signing.ts'
import type { Claims } from '../src/keys/children/token.ts'
import type { KeyRecord } from '../src/keys/schema.ts'
import { newId } from '../src/keys/token.ts'

/** What control does for child tokens, for tests that play control: one signer of this run, and tokens as they are asked for. */

export const issuer = 'https://control.test'
export const signer = createSigner({ seedOf: (epoch) => Buffer.alloc(32, epoch % 256), now: Date.now })

export const signingKeys = (more: { readonly issuer?: string } = {}) => ({
  type: 'signing-keys' as const,
  issuer,
  keys: signer.publicKeys().map(({ kid, publicJwk }) => ({ kid, jwk: { ...publicJwk } })),
  ...more,
})

/** A child of the key for that audience; claims as said, otherwise as control would write them now. */
export async function childToken(
  key: Pick<KeyRecord, 'id' | 'epoch'>,
  audience: string,
  more: Partial<Claims> = {},
  by = signer,
): Promise<{ readonly id: string; readonly token: string }> {
  const iat = Math.floor(Date.now() / 1000)
  const id = newId('chd', (size) => crypto.getRandomValues(new Uint8Array(size)))
  const claims: Claims = {
    iss: issuer,
    aud: [audience],
    sub: key.id,
    client_id: key.id,
    jti: id,
    iat,
    exp: iat + 3600,
    epoch: key.epoch,
    ver: 0,
    narrow: [{}],
    anc: [],
    ...more,
  }
  const signed = await by.sign(claims)
  if (!signed.ok) throw new Error(signed.problem.code)
  return { id: claims.jti, token: signed.value }
}
