import type { AuditEventView, CheckpointView } from '../../src/audit/schema.ts'

/**
 * How an organization's audit log is chained and signed (docs/audit.md), computed by the browser: who verifies here need
 * not take control's word for it.
 */
export type Link = { readonly seq: number; readonly hash: string }
/** An event and whose it is: an export says that once, at its head. */
export type Chained = AuditEventView & { readonly organization: string }

/** Where the chain of every organization begins. */
export const genesis: Link = { seq: 0, hash: '0'.repeat(64) }

const encoder = new TextEncoder()

export async function hashAfter(previous: string, event: Chained): Promise<string> {
  const { organization, id, seq, at, actor, action, subject, before, after, requestId, address } = event
  const hashed = { organization, id, seq, at, actor, action, subject, before, after, requestId, address }
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(`${previous}\n${canonical(hashed)}`))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** JSON with the members of every object in the order of their names, and without those that are undefined. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`
}

export const isPublicKey = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/** Whether the key that it names has signed it; null: this browser knows no Ed25519. */
export async function isSigned(checkpoint: CheckpointView): Promise<boolean | null> {
  const { organization, seq, hash, at, signingKey, signature } = checkpoint
  const [key, signed] = [bytesOf(signingKey), bytesOf(signature)]
  if (!isPublicKey(signingKey) || key === null || signed === null) return false
  const text = `ostiary audit checkpoint 1\n${canonical({ organization, seq, hash, at })}`
  try {
    const known = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', known, signed, encoder.encode(text))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return null
    return false
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | null {
  try {
    const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  } catch {
    return null
  }
}
