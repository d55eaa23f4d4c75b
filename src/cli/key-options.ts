import { expiryPresets } from '../keys/schema.ts'
import { usage } from './control.ts'
import { sentences } from './input.ts'
import { type Given, isInstant, isOneOf, wrongExpiry } from './values.ts'

/** What a key has beside its rights, when it is made and when it is changed. */
export type KeyOptions = { readonly expires?: string; readonly description?: string; readonly maxStaleness?: string }

export const keySentences: Readonly<Record<string, string>> = {
  name: sentences.name('The <name>'),
  description: '--description must be 2000 visible characters at most.',
  maxStalenessSeconds: '--max-staleness must be a whole number of seconds from 5 to 86400.',
}

export function keyFields({ expires, description, maxStaleness }: KeyOptions): Given<object> {
  const staleness = wholeNumber(maxStaleness, keySentences['maxStalenessSeconds'])
  if (!staleness.ok) return staleness
  const expiry = expiryFields(expires)
  if (!expiry.ok) return expiry
  return { ok: true, value: { ...expiry.value, description, maxStalenessSeconds: staleness.value } }
}

/** A preset stays one on the wire: control counts from its own clock. */
export function expiryFields(expires: string | undefined): Given<object> {
  if (expires === undefined) return { ok: true, value: {} }
  if (isOneOf(expiryPresets, expires)) return { ok: true, value: { expiresIn: expires } }
  return isInstant(expires) ? { ok: true, value: { expiresAt: expires } } : usage(wrongExpiry(expires))
}

export function wholeNumber(text: string | undefined, sentence = ''): Given<number | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  return /^\d+$/.test(text) ? { ok: true, value: Number(text) } : usage(sentence)
}
