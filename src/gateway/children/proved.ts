import { hash } from 'node:crypto'
import type { Child } from '../../keys/children/standing.ts'
import type { ChildToken } from '../../keys/children/token.ts'
import { isSignedWith } from '../../keys/children/verify.ts'
import type { Keyring } from './keyring.ts'

/** A child whose signature was right. It says what it was made with, and permits nothing: the records do, with each call. */
export type ProvedChild = Pick<ChildToken, 'audience' | 'rights'> & { readonly made: Child }

export type ProvedChildren = {
  /** Null: not proved here yet, or with a key that counts no more. */
  readonly warm: (text: string) => ProvedChild | null
  /** Null: the signature is wrong. Several that come at once with one token cost one look at it. */
  readonly prove: (token: ChildToken) => Promise<ProvedChild | null>
  readonly size: () => number
}

type Deps = { readonly keyring: Pick<Keyring, 'keyOf'>; readonly capacity?: number }
type Entry = { readonly kid: string; readonly proved: ProvedChild }

/** By the digest of the whole token: nothing that can be used is kept. Full: the one that was proved first is given up. */
export function createProvedChildren({ keyring, capacity = 50_000 }: Deps): ProvedChildren {
  const known = new Map<string, Entry>()
  const running = new Map<string, Promise<ProvedChild | null>>()
  const audiences = createShared()

  const remember = (digest: string, { kid, audience, child, rights }: ChildToken): ProvedChild => {
    const proved = { made: child, audience: audiences(audience), rights }
    known.set(digest, { kid, proved })
    if (known.size > capacity) for (const oldest of known.keys()) if (known.delete(oldest)) break
    return proved
  }
  const look = async (digest: string, token: ChildToken): Promise<ProvedChild | null> => {
    const key = keyring.keyOf(token.kid)
    return key !== null && (await isSignedWith(key, token)) ? remember(digest, token) : null
  }
  return {
    warm: (text) => {
      const entry = known.get(digestOf(text))
      return entry !== undefined && keyring.keyOf(entry.kid) !== null ? entry.proved : null
    },
    prove: (token) => {
      const digest = digestOf(token.text)
      const held = running.get(digest)
      if (held) return held
      const looking = look(digest, token).finally(() => running.delete(digest))
      running.set(digest, looking)
      return looking
    },
    size: () => known.size,
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'base64url')

/** Thousands of tokens say the same audience. */
function createShared(): (audience: readonly string[]) => readonly string[] {
  let last: { readonly text: string; readonly audience: readonly string[] } = { text: '', audience: [] }
  return (audience) => {
    const text = audience.join(' ')
    if (last.text !== text) last = { text, audience }
    return last.audience
  }
}
