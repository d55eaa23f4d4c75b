import { URI } from 'otpauth'

/** The codes of one secret, each of half a minute that no code was taken of yet: each works once. */
export function authenticatorOf(secret: string): () => string {
  const uri = URI.parse(`otpauth://totp/Ostiary?secret=${secret}`)
  let steps = 0
  return () => {
    const timestamp = Date.now() + steps * 30_000
    steps += 1
    if ('generate' in uri) return uri.generate({ timestamp })
    throw new Error('no authenticator')
  }
}
