import { createRedact } from '../observe/redact.ts'
import type { Secret } from '../secret.ts'
import type { Posted } from './post.ts'

const lengthAtMost = 200

/**
 * Why an event has not arrived, short enough to keep: one line, without our secrets, should the receiver have written
 * them back.
 */
export function errorText(posted: Posted, secret: Secret): string {
  if (posted.status === null) return shortened(posted.error, secret)
  const said = shortened(posted.text, secret)
  return shortened(said === '' ? `answered ${posted.status}` : `answered ${posted.status}: ${said}`, secret)
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu

const shortened = (text: string, secret: Secret): string => {
  // Without its prefix too: receivers know it as bytes.
  const clean = createRedact([secret])(text).replaceAll(secret.reveal().slice('whsec_'.length), '[redacted]')
  return [...clean.replace(unseen, ' ').trim()].slice(0, lengthAtMost).join('')
}
