import type { Effect } from '../../../src/fleet/schema.ts'
import type { ChildView } from '../../../src/keys/children/schema.ts'
import type { RotationView } from '../../../src/keys/rotation/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'

/** What POST /keys, /rotate, /duplicate, /replacement, /children, /apps and their like answer about a fresh secret. */
export type RevealAnswer = {
  readonly key: KeyView
  readonly secret?: string
  /** Of a URL key: the address that holds the secret. */
  readonly url?: string
  /** The key is another member's: a link for him, and no secret for anybody yet. */
  readonly claim?: { readonly url: string; readonly expiresAt: string }
  readonly access_token?: string
  readonly child?: ChildView
  /** Of a rotation: the version that ends, and when. */
  readonly previous?: { readonly version: number; readonly validUntil: string | null } | null
  readonly rotation?: RotationView
  readonly effect?: Effect
}

export type ShownOnce =
  | { readonly kind: 'key' | 'rotated'; readonly text: string }
  | { readonly kind: 'url'; readonly text: string; readonly secret: string }
  | { readonly kind: 'claim' | 'rotatedClaim'; readonly text: string; readonly until: string }
  | { readonly kind: 'token'; readonly text: string; readonly until: string | null }
  /** A replay of an answer that got lost: what was in it once is left out. */
  | { readonly kind: 'lost' }

export function shownOnceOf(answer: RevealAnswer): ShownOnce {
  const { secret, url, claim, access_token: token, child, rotation } = answer
  if (claim?.url !== undefined)
    return { kind: rotation ? 'rotatedClaim' : 'claim', text: claim.url, until: claim.expiresAt }
  if (token !== undefined) return { kind: 'token', text: token, until: child?.expiresAt ?? null }
  if (secret === undefined) return { kind: 'lost' }
  if (url !== undefined) return { kind: 'url', text: url, secret }
  return { kind: rotation ? 'rotated' : 'key', text: secret }
}
