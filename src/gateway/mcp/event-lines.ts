/** A line of an event stream (HTML, 9.2.6). Content and end of all lines, in a row, are the stream's bytes. */
export type Line = {
  readonly content: Buffer
  /** LF, CR or CRLF; nothing where the stream ended before. */
  readonly end: Buffer
  /** No line: the LF of the CR that ended the chunk before, for which nothing waits. */
  readonly isFeedOnly: boolean
}

export type Lines = {
  /** The lines that this chunk completes. */
  readonly push: (chunk: Buffer) => Line[]
  /** What has no end yet. */
  readonly rest: () => Line
  /** What it costs to hold that. */
  readonly size: () => number
}

const [lineFeed, carriageReturn] = [0x0a, 0x0d]
const ends = { feed: Buffer.from('\n'), back: Buffer.from('\r'), both: Buffer.from('\r\n') }
/** What is held costs more than its bytes, and a server may send one byte at a time. */
export const pieceCost = 256
const nothing = Buffer.alloc(0)

export function createLines(): Lines {
  let unfinished: Buffer[] = []
  let size = 0
  let mayFeed = false
  const finish = (piece: Buffer): Buffer => {
    if (unfinished.length === 0) return piece
    const content = Buffer.concat([...unfinished, piece])
    unfinished = []
    size = 0
    return content
  }
  return {
    push: (chunk) => {
      const lines: Line[] = []
      let at = 0
      if (mayFeed && chunk[0] === lineFeed) {
        lines.push({ content: nothing, end: ends.feed, isFeedOnly: true })
        at = 1
      }
      if (chunk.length > 0) mayFeed = false
      let feed = -1
      let back = -1
      for (;;) {
        // The next of each, looked for again only when it is passed: a chunk may be all of one kind.
        if (feed < at) feed = placeOf(lineFeed, chunk, at)
        if (back < at) back = placeOf(carriageReturn, chunk, at)
        const place = Math.min(feed, back)
        if (place === chunk.length) break
        const end = place === feed ? ends.feed : chunk[place + 1] === lineFeed ? ends.both : ends.back
        lines.push({ content: finish(at === place ? nothing : chunk.subarray(at, place)), end, isFeedOnly: false })
        at = place + end.length
        mayFeed = end === ends.back && at === chunk.length
      }
      if (at < chunk.length) {
        unfinished.push(chunk.subarray(at))
        size += chunk.length - at + pieceCost
      }
      return lines
    },
    rest: () => ({ content: finish(nothing), end: nothing, isFeedOnly: false }),
    size: () => size,
  }
}

/** The length of the chunk where there is none. Most blank lines are near, and to call `indexOf` costs more than to look. */
function placeOf(byte: number, chunk: Buffer, from: number): number {
  const near = Math.min(from + 16, chunk.length)
  for (let place = from; place < near; place += 1) if (chunk[place] === byte) return place
  const place = chunk.indexOf(byte, near)
  return place === -1 ? chunk.length : place
}
