import { type ControlFrame, inWhole } from './record-frames.ts'
import { FromControl, FromGateway, frameVersions } from './schema.ts'

/** Frames as text, both ways. Unknown kinds and fields are ignored, so that either end may be a release ahead. */

export const fleetPath = '/fleet/v1/feed'

/** Why a socket was closed. From 4000 on the numbers are ours (RFC 6455 §7.4.2). */
export const closing = {
  done: 1000,
  goingAway: 1001,
  malformed: 1008,
  accident: 1011,
  tooSlow: 1013,
  silent: 4408,
  /** The gateway may not come back, and stops deciding at once. */
  revoked: 4403,
  versions: 4426,
} as const

export type Parsed<T> =
  | { readonly kind: 'frame'; readonly frame: T }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed'; readonly reason: string }

const fromGatewayKinds = kindsOf(FromGateway)
const fromControlKinds = kindsOf(FromControl)

function kindsOf(schema: typeof FromGateway | typeof FromControl): ReadonlySet<unknown> {
  return new Set(schema.options.flatMap((option) => [...option.shape.type.values]))
}

export function parseFromGateway(text: string): Parsed<FromGateway> {
  const raw = parseObject(text)
  if (!raw) return { kind: 'malformed', reason: 'not a JSON object' }
  if (!fromGatewayKinds.has(raw['type'])) return { kind: 'unknown' }
  const parsed = FromGateway.safeParse(raw)
  return parsed.success ? { kind: 'frame', frame: parsed.data } : malformed(raw)
}

export function parseFromControl(text: string): Parsed<ControlFrame> {
  const raw = parseObject(text)
  if (!raw) return { kind: 'malformed', reason: 'not a JSON object' }
  if (!fromControlKinds.has(raw['type'])) return { kind: 'unknown' }
  const parsed = FromControl.safeParse(raw)
  const frame = parsed.success ? inWhole(parsed.data) : null
  return frame ? { kind: 'frame', frame } : malformed(raw)
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** Names the kind only: what was in the frame may be a secret. */
const malformed = (raw: Record<string, unknown>): { kind: 'malformed'; reason: string } => ({
  kind: 'malformed',
  reason: `malformed ${String(raw['type'])}`,
})

/** The newest version that both ends speak, or null. */
export function commonVersion(theirs: { readonly oldest: number; readonly newest: number }): number | null {
  const newest = Math.min(theirs.newest, frameVersions.newest)
  return newest >= Math.max(theirs.oldest, frameVersions.oldest) ? newest : null
}

export const frameText = (frame: FromControl | FromGateway): string => JSON.stringify(frame)

export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
