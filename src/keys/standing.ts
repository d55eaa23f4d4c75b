import type { ProblemCode } from '../problems.ts'
import type { KeyRecord, KeyStatus, SecretVersion } from './schema.ts'

export type Standing = 'usable' | 'suspended' | 'revoked' | 'deleted' | 'expired'

/** Expiry is derived, never stored: a stored "expired" needs a clock that always runs. */
export function standing(key: Pick<KeyRecord, 'state' | 'expiresAt'>, now: number): Standing {
  if (key.state !== 'active') return key.state
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired'
  return 'usable'
}

const refusals = {
  suspended: 'key_inactive',
  expired: 'key_expired',
  revoked: 'key_revoked',
  deleted: 'key_revoked',
} as const satisfies Record<Exclude<Standing, 'usable'>, ProblemCode>
export type KeyRefusal = (typeof refusals)[keyof typeof refusals]

/**
 * Why the holder of the right secret is refused, or null. Ask only after the secret was proved: everybody else learns
 * "not valid" and nothing more. `version` is the one that the secret belongs to.
 */
export function refusalOf(
  key: Pick<KeyRecord, 'state' | 'expiresAt'> & { readonly versions: readonly SecretVersion[] },
  version: number,
  now: number,
): KeyRefusal | null {
  const held = key.versions.find((candidate) => candidate.version === version)
  return refusalOfState(key, now) ?? (isLive(held, now) ? null : 'key_revoked')
}

export function refusalOfState(key: Pick<KeyRecord, 'state' | 'expiresAt'>, now: number): KeyRefusal | null {
  const state = standing(key, now)
  return state === 'usable' ? null : refusals[state]
}

/** A version that rotation has retired is refused from `validUntil` on, to the millisecond. */
export const isLive = (version: Pick<SecretVersion, 'validUntil'> | undefined, now: number): boolean =>
  version !== undefined && (version.validUntil === null || version.validUntil > now)

const statuses = {
  usable: 'active',
  suspended: 'inactive',
  expired: 'expired',
  revoked: 'revoked',
  deleted: 'revoked',
} as const satisfies Record<Standing, KeyStatus>

/** The word that people see. */
export const statusOf = (key: Pick<KeyRecord, 'state' | 'expiresAt'>, now: number): KeyStatus =>
  statuses[standing(key, now)]
