import { createLines, type Line, pieceCost } from './event-lines.ts'
import { byteOrderMark, type Filter, type View, withoutMark } from './filter-answer.ts'
import { type Filtered, filterText, mayHoldList } from './filter-text.ts'
import { insteadOf } from './unfit.ts'

/** A line of a stdio server (16 MiB) and its frame: results are large, and what is held is held whole. */
const eventLimit = 17 * 1024 * 1024

/**
 * Server-sent events. An event is held from its first `data` line to its end, before which no client reads it; every
 * other line goes out as soon as it is whole. An event without a list of tools passes byte by byte; one that names tools
 * in what is no JSON is an error to whoever waits for it (unfit.ts); one that is too large ends the stream.
 */
export function createEventFilter(view: View, limit = eventLimit): Filter {
  const lines = createLines()
  let held: Line[] = []
  let heldSize = 0
  let isFirst = true
  let isLeftOut = false
  /** The event is over. False: it is unfit, and so is what would follow. */
  const release = (out: Buffer[]): boolean => {
    const event = held
    held = []
    heldSize = 0
    return event.length === 0 || writeEvent(event, view, out)
  }
  const take = (read: Line, out: Buffer[]): boolean => {
    const line = isFirst ? withoutMarkOf(read, out) : read
    isFirst = false
    isLeftOut = line.isFeedOnly ? isLeftOut : holdsAnother(line)
    if (isLeftOut) return true
    const isBlank = line.content.length === 0 && !line.isFeedOnly
    if (isBlank && !release(out)) return false
    if (held.length === 0 && !isData(line)) {
      pass(line, out)
      return true
    }
    held.push(line)
    heldSize += line.content.length + pieceCost
    return true
  }
  return {
    isWhole: false,
    contentType: 'text/event-stream',
    push: (chunk) => {
      const out: Buffer[] = []
      for (const line of lines.push(chunk)) if (!take(line, out)) return null
      return heldSize + lines.size() > limit ? null : Buffer.concat(out)
    },
    end: () => {
      const out: Buffer[] = []
      // By the standard an event without its blank line is none; not every client knows.
      return take(lines.rest(), out) && release(out) ? Buffer.concat(out) : null
    },
  }
}

function withoutMarkOf(line: Line, out: Buffer[]): Line {
  const content = withoutMark(line.content)
  if (content !== line.content) out.push(byteOrderMark)
  return { ...line, content }
}

function writeEvent(event: readonly Line[], view: View, out: Buffer[]): boolean {
  const data = dataOf(event)
  const filtered: Filtered = mayHoldList(data) ? filterText(data, view.admits()) : { kind: 'same' }
  if (filtered.kind === 'excess') return false
  const instead = filtered.kind === 'broken' ? insteadOf(data) : ''
  if (instead === null) return false
  const said = filtered.kind === 'rewritten' ? filtered.text : instead
  let text = said === '' ? null : `data: ${view.clean(said)}`
  let isLeftOut = false
  for (const line of event) {
    if (filtered.kind === 'same' || !(isData(line) || (isLeftOut && line.isFeedOnly))) {
      pass(line, out)
      isLeftOut = false
      continue
    }
    // All of it in the place of the first line.
    isLeftOut = text === null
    if (text !== null) out.push(Buffer.from(text), line.end)
    text = null
  }
  return true
}

function pass({ content, end }: Line, out: Buffer[]): void {
  if (content.length > 0) out.push(content)
  if (end.length > 0) out.push(end)
}

function dataOf(event: readonly Line[]): Buffer {
  const [first = nothing, ...more] = event.filter(isData).map(textOf)
  return more.length === 0 ? first : Buffer.concat([first, ...more.flatMap((text) => [lineFeed, text])])
}

const nothing = Buffer.alloc(0)
const lineFeed = Buffer.from('\n')
const field = Buffer.from('data')
const [colon, space] = [0x3a, 0x20]

/** Byte by byte: asked of each line, and there may be one for every byte of a stream. */
function isData({ content }: Line): boolean {
  for (let at = 0; at < field.length; at += 1) if (content[at] !== field[at]) return false
  return content.length === field.length || content[field.length] === colon
}

/**
 * For clients that end lines where Unicode does (Python's `splitlines`). Data may hold them: where it is JSON they stand
 * inside of texts, and what begins in the middle of a text is no message.
 */
function holdsAnother(line: Line): boolean {
  const { content } = line
  if (content.length === 0 || isData(line)) return false
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] ?? 0
    if (byte < 0x20 ? otherEnds.has(byte) : byte >= 0xc2 && isWideEnd(byte, content, at)) return true
  }
  return false
}

/** VT, FF, FS, GS, RS. */
const otherEnds: ReadonlySet<number> = new Set([0x0b, 0x0c, 0x1c, 0x1d, 0x1e])

/** U+0085, U+2028 and U+2029. */
function isWideEnd(byte: number, content: Buffer, at: number): boolean {
  if (byte === 0xc2) return content[at + 1] === 0x85
  const last = content[at + 2]
  return byte === 0xe2 && content[at + 1] === 0x80 && (last === 0xa8 || last === 0xa9)
}

const textOf = ({ content }: Line): Buffer =>
  content.subarray(field.length + (content[field.length + 1] === space ? 2 : 1))
