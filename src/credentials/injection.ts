import type { Concealed } from '../fleet/unsealed/schema.ts'
import { Secret } from '../secret.ts'
import type { Slot } from '../servers/schema.ts'

/** Names that frame the message or belong to the protocol: a credential there would change what is sent, not who sends it. */
const reserved = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])

export const isInjectableName = (name: string): boolean =>
  /^[A-Za-z0-9-]{1,64}$/.test(name) && !reserved.has(name.toLowerCase()) && !name.toLowerCase().startsWith('mcp-')

/**
 * Visible ASCII with spaces inside only. CR and LF would start a header of their own, bytes beyond ASCII mean
 * different things to different servers, and outer spaces are cut off on the way, so that the scanner for the
 * injected secret would look for a text that was never sent.
 */
export const isHeaderValue = (text: string): boolean => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)

/** The header that carries the credential, or null when value and template do not make one. Never in an error's text. */
export function headerFor(slot: Slot, value: Concealed): { readonly name: string; readonly value: Secret } | null {
  const [before, after] = slot.template.split('{value}')
  const secret = value.reveal()
  // Joined, not replaced: `$&` in a secret is a secret, not a pattern.
  const text = `${before ?? ''}${secret}${after ?? ''}`
  if (!isInjectableName(slot.name) || !isHeaderValue(secret) || !isHeaderValue(text)) return null
  return { name: slot.name.toLowerCase(), value: new Secret(text, 'upstream credential') }
}
