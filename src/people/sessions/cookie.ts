import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { stringifySetCookie } from 'cookie'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'

/**
 * `__Host-`: browsers take it over TLS alone (and from localhost), for this very host, for every path (RFC 6265bis
 * §4.1.3.2), so that no neighbour plants one.
 */
export const cookieName = '__Host-ostiary-session'

const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

export const setCookieLine = (value: Secret, maxAgeSeconds: number): string =>
  stringifySetCookie({ name: cookieName, value: value.reveal(), maxAge: maxAgeSeconds, ...attributes })

export const clearingLine = (): string => stringifySetCookie({ name: cookieName, value: '', maxAge: 0, ...attributes })

/** Null: there is none. Two of the name are never right, and which of them counts would be anybody's guess. */
export function presentedCookie(header: string | null | undefined): Result<Secret | null> {
  const values = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${cookieName}=`))
    .map((part) => part.slice(cookieName.length + 1))
  if (values.length > 1) return refuse('not_signed_in', { detail: 'The call carries two session cookies.' })
  return ok(values[0] === undefined ? null : new Secret(values[0], 'session cookie'))
}

/** What stands in the store. */
export const browserHashOf = (cookie: Secret): string => hash('sha256', cookie.reveal(), 'hex')

/** Known to pages of ours alone, for they have asked for it; it says nothing about the cookie that it is made of. */
export const csrfTokenOf = (cookie: Secret): string =>
  createHmac('sha256', cookie.reveal()).update('ostiary-csrf').digest('base64url')

export function isCsrfToken(cookie: Secret, presented: string): boolean {
  const [wanted, given] = [csrfTokenOf(cookie), presented].map((text) => hash('sha256', text, 'buffer'))
  return wanted !== undefined && given !== undefined && timingSafeEqual(wanted, given)
}
