import { type FleetRecord, FromControl, FromGateway, frameVersions, type Position } from './schema.ts'

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
const recordKinds: ReadonlySet<unknown> = new Set(['organization', 'key', 'server', 'gone'])

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

export function parseFromControl(text: string): Parsed<FromControl> {
  const raw = parseObject(text)
  if (!raw) return { kind: 'malformed', reason: 'not a JSON object' }
  if (!fromControlKinds.has(raw['type'])) return { kind: 'unknown' }
  // A newer control may send kinds of records that this program does not know: they concern nothing it does.
  const records = raw['records']
  if (Array.isArray(records)) raw['records'] = records.filter(isKnownRecord)
  const parsed = FromControl.safeParse(raw)
  return parsed.success ? { kind: 'frame', frame: parsed.data } : malformed(raw)
}

const isKnownRecord = (record: unknown): boolean =>
  typeof record === 'object' && record !== null && 'kind' in record && recordKinds.has(record.kind)

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

const maxRecords = 500
const maxCharacters = 1_000_000

/** Cuts records into parts that one frame may hold: by count, and by size, because one server's record may be large. */
export function inParts(records: readonly FleetRecord[]): string[] {
  const parts: string[] = []
  let part: string[] = []
  let characters = 0
  for (const text of records.map((record) => JSON.stringify(record))) {
    if (part.length > 0 && (part.length >= maxRecords || characters + text.length > maxCharacters)) {
      parts.push(part.join(','))
      part = []
      characters = 0
    }
    part.push(text)
    characters += text.length
  }
  // At least one: an empty range moves acknowledgements, an empty snapshot says that there is nothing.
  parts.push(part.join(','))
  return parts
}

type RecordFrame = Extract<FromControl, { type: 'snapshot' | 'changes' }>
/** The records are text already: a record is written once, however many frames are tried. */
const withRecords = (head: DistributiveOmit<RecordFrame, 'records'>, records: string): string =>
  `${JSON.stringify(head).slice(0, -1)},"records":[${records}]}`
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A range of changes as frames. All but the last leave the position where it is. */
export function rangeFrames(range: { log: string; after: number; upTo: number }, records: readonly FleetRecord[]) {
  const parts = inParts(records)
  return parts.map((part, index) =>
    withRecords({ type: 'changes', ...range, upTo: index === parts.length - 1 ? range.upTo : range.after }, part),
  )
}

export function snapshotFrames(
  { position, era }: { position: Position; era: number },
  records: readonly FleetRecord[],
): string[] {
  const parts = inParts(records)
  return parts.map((part, index) =>
    withRecords({ type: 'snapshot', part: index, last: index === parts.length - 1, position, era }, part),
  )
}

export const frameText = (frame: FromControl | FromGateway): string => JSON.stringify(frame)

export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
