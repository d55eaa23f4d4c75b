import { hash } from 'node:crypto'

/**
 * The browser in which a sign-in began: nobody finishes in his own what somebody else began (RFC 9700 §4.7.1), nor makes
 * somebody else finish his. Lax, because the browser comes back from the provider's site.
 */
export const cookieName = '__Host-ostiary-sign-in'
export const validMs = 10 * 60_000

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'
export const browserLine = (value: string): string => `${cookieName}=${value}; Max-Age=${validMs / 1000}; ${attributes}`
export const clearingLine = (): string => `${cookieName}=; Max-Age=0; ${attributes}`

/** Null: there is none of ours, or two, of which nobody knows which counts. */
export function browserIn(header: string | null): string | null {
  const values = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${cookieName}=`))
    .map((part) => part.slice(cookieName.length + 1))
  const [value = ''] = values
  return values.length === 1 && /^[0-9A-Za-z]{43}$/.test(value) ? value : null
}

/** Of the cookie and of the state: what stands in the store opens nothing. */
export const hashOf = (value: string): string => hash('sha256', value, 'hex')
