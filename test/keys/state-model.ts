import type { KeyStatus } from '../../src/keys/schema.ts'

/** What a key is, as simply as it can be said: the promises about its states, without a database. */

export type Version = { readonly version: number; readonly validUntil: number | null }
export type ModelKey = {
  readonly state: 'active' | 'suspended' | 'revoked' | 'deleted'
  readonly name: string
  readonly tags: readonly string[]
  readonly reason: string | null
  readonly expiresAt: number | null
  readonly createdAt: number
  readonly revision: number
  readonly versions: readonly Version[]
  /** Actions of its audit events, oldest first. */
  readonly events: readonly string[]
}
export type Outcome = { readonly code: string } | { readonly key: ModelKey }

export const bornAt = (
  now: number,
  { name, active, expiresAt }: { name: string; active: boolean; expiresAt: number | null },
): ModelKey => ({
  state: active ? 'active' : 'suspended',
  name,
  tags: [],
  reason: null,
  expiresAt,
  createdAt: now,
  revision: 1,
  versions: [{ version: 1, validUntil: null }],
  events: ['key.created'],
})

export const statusAt = ({ state, expiresAt }: ModelKey, now: number): KeyStatus => {
  if (state === 'suspended') return 'inactive'
  if (state === 'revoked' || state === 'deleted') return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

/** What the holder of a secret is told; null: he is let in. */
export const toldAt = (key: ModelKey, { validUntil }: Version, now: number): string | null => {
  const codes = { inactive: 'key_inactive', expired: 'key_expired', revoked: 'key_revoked', active: null } as const
  const code = codes[statusAt(key, now)]
  return code ?? (validUntil !== null && validUntil <= now ? 'key_revoked' : null)
}

type Change = { readonly name?: string; readonly tags?: readonly string[]; readonly expiresAt?: number | null }
const missing: Outcome = { code: 'not_found' }
const final: Outcome = { code: 'key_is_revoked' }

const changed = (key: ModelKey, fields: Partial<ModelKey>, ...events: string[]): ModelKey => ({
  ...key,
  ...fields,
  revision: key.revision + 1,
  events: [...key.events, ...events],
})

/** What a verb that is not stale does. */
export const verbs = {
  suspend: (key: ModelKey, reason: string | null): Outcome =>
    refusalOf(key) ??
    (key.state === 'suspended' ? { key } : { key: changed(key, { state: 'suspended', reason }, 'key.suspended') }),
  resume: (key: ModelKey): Outcome =>
    refusalOf(key) ??
    (key.state === 'active' ? { key } : { key: changed(key, { state: 'active', reason: null }, 'key.resumed') }),
  revoke: (key: ModelKey, reason: string | null): Outcome => {
    if (key.state === 'deleted') return missing
    if (key.state === 'revoked') return { key }
    return { key: changed(key, { state: 'revoked', reason: reason ?? key.reason }, 'key.revoked') }
  },
  remove: (key: ModelKey): Outcome =>
    key.state === 'deleted' ? missing : { key: changed(key, { state: 'deleted' }, 'key.deleted') },
  rotate: (key: ModelKey, now: number, graceMs: number): Outcome =>
    refusalOf(key) ?? { key: changed(key, { versions: rotatedAt(key.versions, now, graceMs) }, 'key.rotated') },
  patch: (key: ModelKey, fields: Change, active: boolean | null): Outcome => {
    const refused = refusalOf(key)
    if (refused) return refused
    const isTouched = Object.keys(fields).length > 0 || active === null
    const state = active === null ? key.state : active ? 'active' : 'suspended'
    const isTurned = state !== key.state
    if (!isTouched && !isTurned) return { key }
    const events = [
      ...(isTouched ? ['key.updated'] : []),
      ...(isTurned ? [active ? 'key.resumed' : 'key.suspended'] : []),
    ]
    return { key: changed(key, { ...fields, state, ...(isTurned ? { reason: null } : {}) }, ...events) }
  },
} as const

const refusalOf = ({ state }: ModelKey): Outcome | null => {
  if (state === 'deleted') return missing
  return state === 'revoked' ? final : null
}

/** Of two that live at most one is the next. */
const rotatedAt = (versions: readonly Version[], now: number, graceMs: number): Version[] => {
  const newest = versions.at(-1)?.version
  const end = (each: Version): number => {
    const latest = each.version === newest ? now + graceMs : now
    return Math.min(each.validUntil ?? latest, latest)
  }
  return [
    ...versions.map((each) => ({ ...each, validUntil: end(each) })),
    { version: (newest ?? 0) + 1, validUntil: null },
  ]
}
