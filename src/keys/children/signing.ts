import { createECDH, createPrivateKey, createPublicKey, hash, hkdfSync, type KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Claims, childPrefix, longestToken } from './token.ts'

/** A key pair of one epoch. Every control derives the same from the root, so any of them signs, and none has to keep it. */
export type SigningKey = { readonly kid: string; readonly publicJwk: PublicJwk; readonly privateKey: KeyObject }
export type PublicJwk = { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }

const hourMs = 3_600_000
const epochMs = 90 * 24 * hourMs
/** Longer than any child lives. */
const overlapMs = 25 * hourMs

export const signingEpoch = (now: number): number => Math.floor(now / epochMs)

export type Signer = {
  readonly sign: (claims: Claims) => Promise<Result<string>>
  /** Changes when `publicKeys` does. */
  readonly turn: () => string
  /** Newest first: the present one, the former for as long as its children live, and the next before its time comes. */
  readonly publicKeys: () => readonly Pick<SigningKey, 'kid' | 'publicJwk'>[]
  /** Of one that is in `publicKeys` now. */
  readonly publicKey: (kid: string) => KeyObject | null
}

type Deps = {
  /** 32 bytes of an epoch, derived from the root. */
  readonly seedOf: (epoch: number) => Buffer
  readonly now: () => number
}

export function createSigner({ seedOf, now }: Deps): Signer {
  const derived = new Map<number, SigningKey>()
  const keyOf = (epoch: number): SigningKey => {
    const held = derived.get(epoch)
    if (held) return held
    const key = signingKey(seedOf(epoch))
    derived.set(epoch, key)
    return key
  }
  /** The next is told beforehand: a gateway that hears of the turn a moment late must not refuse the first tokens after it. */
  const epochs = (): number[] => {
    const at = now()
    return [...new Set([at + overlapMs, at, at - overlapMs].map(signingEpoch))]
  }
  return {
    sign: (claims) => sign(keyOf(signingEpoch(now())), claims),
    turn: () => epochs().join(),
    publicKeys: () => epochs().map(keyOf),
    publicKey: (kid) => {
      const key = epochs()
        .map(keyOf)
        .find((each) => each.kid === kid)
      return key ? createPublicKey(key.privateKey) : null
    },
  }
}

async function sign({ kid, privateKey }: SigningKey, claims: Claims): Promise<Result<string>> {
  const jwt = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .sign(privateKey)
  const text = childPrefix + jwt
  if (text.length > longestToken) return tooLarge
  return ok(text)
}

const tooLarge = refuse('child_too_large', {
  detail: `What the token may do takes more than its ${longestToken} bytes. Name fewer things: narrow to whole servers, or give the owner a catalog that holds no more.`,
})

/** Pure: from a seed to the one key pair that follows from it. */
export function signingKey(seed: Buffer): SigningKey {
  const pair = createECDH('prime256v1')
  const scalar = firstScalar(candidates(seed), pair)
  const point = pair.getPublicKey()
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
  const publicJwk = { kty: 'EC', crv: 'P-256', x, y } as const
  const privateKey = createPrivateKey({ key: { ...publicJwk, d: scalar.toString('base64url') }, format: 'jwk' })
  return { kid: thumbprint(publicJwk), publicJwk, privateKey }
}

/** RFC 7638: the required members in the order of their names. */
const thumbprint = ({ crv, kty, x, y }: PublicJwk): string =>
  hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')

function* candidates(seed: Buffer): Generator<Buffer> {
  for (let attempt = 0; ; attempt += 1)
    yield Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), `ostiary/es256/${attempt}`, 32))
}

/** The first that is a private key of the curve, which one in four billion is not: taken modulo its order, some would be likelier than others. */
export function firstScalar(
  from: Iterable<Buffer>,
  pair: { readonly setPrivateKey: (scalar: Buffer) => unknown },
): Buffer {
  for (const scalar of from) {
    try {
      pair.setPrivateKey(scalar)
      return scalar
    } catch {
      // Zero, or not below the order of the curve.
    }
  }
  throw new Error('no candidate is a private key of the curve')
}
