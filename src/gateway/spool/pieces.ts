import { CallRecord, recordsPerFrame } from '../../fleet/records/schema.ts'
import type { Disk } from './disk.ts'
import type { Boot, Segment } from './layout.ts'

/** Place in the files of a boot, from where to read on. */
export type Cursor = { readonly number: number; readonly at: number }
export const atStart: Cursor = { number: 0, at: 0 }

/** Records that follow each other without a gap, as JSON texts. */
export type Piece = {
  readonly first: number
  readonly upTo: number
  readonly records: readonly string[]
  readonly next: Cursor
}

/** Where a line is and what its beginning says: `seq` 0 is an open record, `place` the open record that it is or answers. */
export type Line = { readonly start: number; readonly end: number; readonly seq: number; readonly place: number }

/** More than any line has, and little enough to be looked through at once. */
const pieceBytes = 256 * 1024

/** What is read of a segment: up to where nothing more will change. */
const lengthFrom = ({ durable }: Segment, at: number): number => Math.min(pieceBytes, durable - at)

type Wanted = {
  /** Records up to this one are not wanted. */
  readonly after: number
  /** Written by an earlier process: what the disk has made of it is looked at before it is told. */
  readonly isFormer: boolean
}

/** The next records that are there, or null. `from` moves over what is none. */
export async function nextPiece(disk: Disk, boot: Boot, from: Cursor, wanted: Wanted): Promise<Piece | null> {
  let { number, at } = from
  for (;;) {
    const segment = boot.segments.find((each) => each.number >= number)
    if (segment === undefined) return null
    if (segment.number !== number) [number, at] = [segment.number, 0]
    if (at >= segment.durable) {
      if (segment.durable < segment.bytes || segment === boot.segments.at(-1)) return null
      number += 1
      at = 0
      continue
    }
    const length = lengthFrom(segment, at)
    const buffer = await disk.read(segment.file, at, length)
    if (buffer.length < length) throw new Error('a file of the spool is shorter than it was')
    const taken = takeFrom(buffer, wanted)
    const isRest = at + length >= segment.durable
    // Without the end of a line it is torn, or none of ours.
    const next = { number, at: at + (taken.end > 0 ? taken.end : length) }
    if (taken.records.length > 0)
      return { ...taken, next: taken.isFull || !isRest ? next : { number, at: at + length } }
    at = isRest && !taken.isFull ? at + length : next.at
  }
}

function takeFrom(buffer: Buffer, { after, isFormer }: Wanted) {
  const records: string[] = []
  let [first, upTo, end, isFull] = [0, after, 0, false]
  for (const line of linesOf(buffer)) {
    if (line.seq > upTo) {
      const isGap = records.length > 0 && line.seq !== upTo + 1
      if (records.length === recordsPerFrame || isGap) {
        isFull = true
        break
      }
      const text = buffer.toString('utf8', line.start, line.end)
      if (!isFormer || isSound(text)) {
        if (records.length === 0) first = line.seq
        records.push(text)
        upTo = line.seq
      }
    }
    end = line.end + 1
  }
  return { records, first, upTo, end: isFull ? end : buffer.lastIndexOf(newline) + 1, isFull }
}

/** Lines of ours that end in it. */
export function* linesOf(buffer: Buffer): Generator<Line> {
  let start = 0
  for (let end = buffer.indexOf(newline); end !== -1; end = buffer.indexOf(newline, start)) {
    const line = lineAt(buffer, start, end)
    if (line !== null) yield line
    start = end + 1
  }
}
const newline = 0x0a

function lineAt(buffer: Buffer, start: number, end: number): Line | null {
  if (buffer[end - 1] !== closed) return null
  if (isAt(buffer, start, openHead)) {
    const place = numberAt(buffer, start + openHead.length)
    return place > 0 ? { start, end, seq: 0, place } : null
  }
  if (!isAt(buffer, start, doneHead)) return null
  const seq = numberAt(buffer, start + doneHead.length)
  if (seq === 0) return null
  const more = start + doneHead.length + String(seq).length
  const place = isAt(buffer, more, openedHead) ? numberAt(buffer, more + openedHead.length) : 0
  return { start, end, seq, place }
}
const closed = 0x7d
const [openHead, doneHead, openedHead] = ['{"open":', '{"seq":', ',"opened":'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
]

export const openLine = (place: number, members: string): string => `{"open":${place},${members}`
export const doneLine = (seq: number, place: number, members: string): string =>
  place === 0 ? `{"seq":${seq},${members}` : `{"seq":${seq},"opened":${place},${members}`
/** Members of the open record whose line that is. */
export const membersOf = (line: string, place: number): string => line.slice(openLine(place, '').length)

function isAt(buffer: Buffer, start: number, head: Buffer): boolean {
  for (let at = 0; at < head.length; at += 1) if (buffer[start + at] !== head[at]) return false
  return true
}

/** 0: there stands none. */
function numberAt(buffer: Buffer, start: number): number {
  let number = 0
  for (let at = start; at < start + 15; at += 1) {
    const digit = (buffer[at] ?? 0) - 48
    if (digit < 0 || digit > 9) return number
    number = number * 10 + digit
  }
  return number
}

/** One that control could not read would end the connection, again and again. */
export function isSound(text: string): boolean {
  try {
    return CallRecord.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}
