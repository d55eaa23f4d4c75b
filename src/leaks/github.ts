import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { SignedRequest } from '../http/route.ts'
import type { Secret } from '../secret.ts'
import { GithubAlert } from './schema.ts'

/** `X-Hub-Signature-256`: HMAC-SHA-256 over the bytes of the body, compared in constant time. */
export function isSigned({ bytes, headers }: SignedRequest, secret: Secret): boolean {
  const given = headers['x-hub-signature-256']
  const hex = typeof given === 'string' ? /^sha256=([0-9a-f]{64})$/.exec(given)?.[1] : undefined
  if (hex === undefined) return false
  const right = createHmac('sha256', secret.reveal()).update(bytes).digest()
  return timingSafeEqual(Buffer.from(hex, 'hex'), right)
}

/** Words of GitHub that mean that a secret lies open; the others close an alert or tell of somebody's work on it. */
const telling = new Set(['created', 'reopened', 'publicly_leaked', 'validated'])

/** Null for every other event and action: GitHub sends what its webhook was told to send. */
export function alertIn({ headers }: SignedRequest, body: unknown): GithubAlert | null {
  if (headers['x-github-event'] !== 'secret_scanning_alert') return null
  const alert = GithubAlert.safeParse(body)
  return alert.success && telling.has(alert.data.action) ? alert.data : null
}

export type AskGithub = (alert: GithubAlert) => Promise<string | null>
type Answer = Pick<Response, 'ok' | 'status' | 'json'>
type AskDeps = {
  /** `fetch`. */
  readonly get: (url: string, options: RequestInit) => Promise<Answer>
  readonly apiUrl: string
  /** Null: it was not configured, and nothing is asked. */
  readonly token: Secret | null
}

const StoredAlert = z.object({ secret: z.string().max(8192) })
const waitMs = 10_000

/**
 * What was found: in the delivery, or, as GitHub leaves it out of most of them, from its API. The address is made of the
 * configuration and of two names without a slash, never of an address in the delivery.
 */
export const askGithub =
  ({ get, apiUrl, token }: AskDeps): AskGithub =>
  async ({ alert: { number, secret }, repository: { full_name: repository } }) => {
    if (secret !== undefined) return secret
    if (token === null || repository.split('/').some((part) => /^\.+$/.test(part))) return null
    const answer = await get(`${apiUrl}/repos/${repository}/secret-scanning/alerts/${number}`, {
      headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/vnd.github+json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(waitMs),
    })
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status} for the secret of an alert`)
    const stored = StoredAlert.safeParse(await answer.json())
    return stored.success ? stored.data.secret : null
  }
