import type { KeyPolicies } from '../people/policies/schema.ts'
import type { expiryPresets, KeyPatch } from './schema.ts'
import type { Failure } from './scope.ts'

type Preset = (typeof expiryPresets)[number]

const dayMs = 86_400_000
/** How long each preset is; null: without end. */
export const presetMs = {
  never: null,
  '30d': 30 * dayMs,
  '60d': 60 * dayMs,
  '90d': 90 * dayMs,
  '180d': 180 * dayMs,
  '1y': 365 * dayMs,
} as const satisfies Record<Preset, number | null>

type Asked = Pick<KeyPatch, 'expiresAt' | 'expiresIn'>

/** Pure: the instant that was asked for, null for none; `otherwise` where nothing was said. */
export function expiryOf(
  { expiresAt, expiresIn }: Asked,
  otherwise: number | null,
  now: number,
  errors: Failure[],
): number | null {
  if (expiresAt !== undefined && expiresIn !== undefined) {
    errors.push({ pointer: '/expiresIn', detail: 'give expiresAt or expiresIn, not both' })
  }
  if (expiresIn !== undefined) return after(presetMs[expiresIn], now)
  if (expiresAt === undefined) return otherwise
  if (expiresAt === null) return null
  const at = Date.parse(expiresAt)
  if (!(at > now)) errors.push({ pointer: '/expiresAt', detail: 'must lie in the future' })
  return at
}

/** When a key ends that says nothing of it: never later than a key may at most. */
export function standardExpiry(
  { defaultExpiresIn, maxExpiresIn }: Pick<KeyPolicies, 'defaultExpiresIn' | 'maxExpiresIn'>,
  now: number,
): number | null {
  const [standard, longest] = [presetMs[defaultExpiresIn], presetMs[maxExpiresIn]]
  if (standard === null || longest === null) return after(standard ?? longest, now)
  return now + Math.min(standard, longest)
}

const after = (ms: number | null, now: number): number | null => (ms === null ? null : now + ms)
