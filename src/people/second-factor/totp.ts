import { Secret as SharedSecret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import type { Secret } from '../../secret.ts'

/** What every authenticator reads: RFC 6238 with its defaults. */
const form = { issuer: 'Ostiary', algorithm: 'SHA1', digits: 6, period: 30 } as const
/** As many bits as the hash has (RFC 4226 §4). */
export const secretBytes = 20
/** The clock of a phone may be off by one step. */
const stepsOff = 1

export const base32Of = (bytes: Uint8Array): string =>
  new SharedSecret({ buffer: Uint8Array.from(bytes).buffer }).base32

/** The 30 seconds that the code belongs to; null: it is of none that counts now. */
export function stepOf(secret: Secret, code: string, now: number): number | null {
  const totp = new TOTP({ ...form, secret: secret.reveal() })
  const delta = totp.validate({ token: code.replaceAll(' ', ''), timestamp: now, window: stepsOff })
  return delta === null ? null : totp.counter({ timestamp: now }) + delta
}

/** What the authenticator reads from the screen; `label` tells several accounts apart. */
export function offered(secret: Secret, label: string): { readonly uri: string; readonly qr: string } {
  const uri = new TOTP({ ...form, label, secret: secret.reveal() }).toString()
  return { uri, qr: renderSVG(uri, { ecc: 'M', border: 4, pixelSize: 4 }) }
}
