import type { Scope } from '../keys/schema.ts'
import { quickKey } from './quick-key.ts'
import { type FleetRecord, type FromControl, type Position, RecordInFrame, RecordKind } from './schema.ts'

/** The two frames that hold records, both ways: as text in parts, and with the scopes back in the keys. */

type Travelling = Extract<FromControl, { type: 'snapshot' | 'changes' }>
type Whole<T> = T extends unknown ? Omit<T, 'scopes' | 'records'> & { readonly records: readonly FleetRecord[] } : never
export type SnapshotFrame = Whole<Extract<FromControl, { type: 'snapshot' }>>
export type ChangesFrame = Whole<Extract<FromControl, { type: 'changes' }>>
/** What control has said, once it was read. */
export type ControlFrame = Exclude<FromControl, Travelling> | SnapshotFrame | ChangesFrame

/** Keys that name the same scope hold the same object. Null: a record is not as it must be, or names no scope. */
export function inWhole(frame: FromControl): ControlFrame | null {
  if (frame.type !== 'snapshot' && frame.type !== 'changes') return frame
  const { scopes, ...rest } = frame
  const records: FleetRecord[] = []
  for (const raw of frame.records) {
    // A newer control may send kinds of records that this program does not know: they concern nothing it does.
    if (!isKnown(raw)) continue
    const record = quickKey(raw, scopes) ?? recordOf(raw, scopes)
    if (record === null) return null
    records.push(record)
  }
  return { ...rest, records }
}

const kinds: ReadonlySet<unknown> = new Set(RecordKind.options)

function isKnown(raw: unknown): raw is Readonly<Record<string, unknown>> {
  if (typeof raw !== 'object' || raw === null || !('kind' in raw)) return false
  // What is gone may be of a kind that is not known here either.
  return raw.kind === 'gone' ? !('of' in raw) || kinds.has(raw.of) : kinds.has(raw.kind)
}

function recordOf(raw: unknown, scopes: readonly Scope[]): FleetRecord | null {
  const { data } = RecordInFrame.safeParse(raw)
  if (data?.kind !== 'key') return data ?? null
  const scope = scopes[data.scope]
  return scope === undefined ? null : { ...data, scope }
}

const maxRecords = 2000
const maxCharacters = 1_000_000

/** What one frame may hold, by count and by size, because one server's record may be large. Texts of JSON. */
type Part = { readonly scopes: Map<string, number>; readonly records: string[]; characters: number }
const newPart = (): Part => ({ scopes: new Map(), records: [], characters: 0 })

function inParts(records: readonly FleetRecord[]): Part[] {
  let part = newPart()
  // At least one: an empty range moves acknowledgements, an empty snapshot says that there is nothing.
  const parts = [part]
  for (const record of records) {
    const scope = record.kind === 'key' ? JSON.stringify(record.scope) : null
    let text = textIn(part, record, scope)
    const size = text.length + (scope === null || part.scopes.has(scope) ? 0 : scope.length)
    if (part.records.length > 0 && (part.records.length >= maxRecords || part.characters + size > maxCharacters)) {
      part = newPart()
      parts.push(part)
      text = textIn(part, record, scope)
    }
    if (scope !== null && !part.scopes.has(scope)) {
      part.scopes.set(scope, part.scopes.size)
      part.characters += scope.length
    }
    part.records.push(text)
    part.characters += text.length
  }
  return parts
}

/** The scope at its place in the part, or at the next one. */
const textIn = ({ scopes }: Part, record: FleetRecord, scope: string | null): string =>
  JSON.stringify(scope === null ? record : { ...record, scope: scopes.get(scope) ?? scopes.size })

type Head<T> = T extends unknown ? Omit<T, 'scopes' | 'records'> : never
/** Scopes and records are text already. */
const frameOf = (head: Head<Travelling>, { scopes, records }: Part): string =>
  `${JSON.stringify(head).slice(0, -1)},"scopes":[${[...scopes.keys()].join()}],"records":[${records.join()}]}`

/** A range of changes as frames. All but the last leave the position where it is. */
export function rangeFrames(
  range: { readonly log: string; readonly after: number; readonly upTo: number },
  records: readonly FleetRecord[],
): string[] {
  const parts = inParts(records)
  return parts.map((part, index) =>
    frameOf({ type: 'changes', ...range, upTo: index === parts.length - 1 ? range.upTo : range.after }, part),
  )
}

export function snapshotFrames(
  { position, era }: { readonly position: Position; readonly era: number },
  records: readonly FleetRecord[],
): string[] {
  const parts = inParts(records)
  return parts.map((part, index) =>
    frameOf({ type: 'snapshot', part: index, last: index === parts.length - 1, position, era }, part),
  )
}
