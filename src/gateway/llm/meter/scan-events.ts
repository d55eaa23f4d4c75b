import { JsonScan, type Scanned, type Watch } from './scan-json.ts'

type Listener = {
  /** An event with data is complete; answers whether the caller may see it. */
  readonly onEvent: (found: Scanned) => boolean
  /** `data: [DONE]`. */
  readonly onDone: () => void
}

const [lineFeed, carriageReturn, colon, space, openList] = [0x0a, 0x0d, 0x3a, 0x20, 0x5b]
const newline = Buffer.from('\n')
const done = '[DONE]'

/** Reads an event stream (HTML, 9.2.6) in whatever pieces it comes, and its data as it comes: it holds no bytes. */
export class EventScan {
  readonly #json: JsonScan
  readonly #listener: Listener
  #field = ''
  #place: 'start' | 'name' | 'gap' | 'data' | 'other' = 'start'
  #hasData = false
  #lead = ''
  /** A CR has ended the line: an LF that follows belongs to it. */
  #mayFeed = false
  /** The next LF and CR of the chunk: looked for again only when it is passed, for a chunk may be all of one kind. */
  #feed = -1
  #back = -1
  /** The last line end has ended an event, and whether that is shown. */
  isBetween = true
  isShown = true

  constructor(watch: Watch, listener: Listener) {
    this.#json = new JsonScan(watch)
    this.#listener = listener
  }

  /** Before anything else is read of a chunk: 1, where it begins with the second half of a line end. */
  begin(chunk: Buffer): 0 | 1 {
    const feeds = this.#mayFeed && chunk[0] === lineFeed
    if (chunk.length > 0) this.#mayFeed = false
    this.#feed = -1
    this.#back = -1
    return feeds ? 1 : 0
  }

  /** Reads on until an event ends (`isBetween`) or the chunk does; answers where that is. */
  next(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      this.isBetween = false
      at = this.#throughLine(chunk, at)
      if (at === chunk.length) return at
      const isBlank = this.#place === 'start'
      const isBoth = chunk[at] === carriageReturn && chunk[at + 1] === lineFeed
      this.#mayFeed = chunk[at] === carriageReturn && at + 1 === chunk.length
      at += isBoth ? 2 : 1
      this.#place = 'start'
      if (isBlank) {
        this.finish()
        return at
      }
    }
    return at
  }

  /** The event ends here, with or without its blank line. */
  finish(): void {
    const isEvent = this.#hasData
    const isDone = this.#lead === done
    this.#hasData = false
    this.#lead = ''
    const found = this.#json.take()
    if (isDone) this.#listener.onDone()
    this.isShown = isEvent && !isDone ? this.#listener.onEvent(found) : true
    this.isBetween = true
  }

  text(): { readonly ascii: number; readonly wide: number } {
    return this.#json.text()
  }

  /** Where the line ends, or the length of the chunk. */
  #throughLine(chunk: Buffer, from: number): number {
    const end = this.#endOfLine(chunk, from)
    let at = from
    if (this.#place === 'start' && at < end) {
      this.#place = 'name'
      this.#field = ''
    }
    if (this.#place === 'name') at = this.#throughName(chunk, at, end)
    if (this.#place === 'gap' && at < end) {
      if (chunk[at] === space) at += 1
      this.#place = 'data'
    }
    if (this.#place === 'data' && at < end) this.#readData(chunk, at, end)
    return end
  }

  /** A name without a colon is a field without a value: it says nothing here. */
  #throughName(chunk: Buffer, from: number, end: number): number {
    let at = from
    for (; at < end && chunk[at] !== colon; at += 1)
      if (this.#field.length < 5) this.#field += String.fromCharCode(chunk[at] as number)
    if (at === end) return at
    this.#place = this.#field === 'data' ? 'gap' : 'other'
    if (this.#place === 'other') return end
    // Several lines of data are one text with a line end between them.
    if (this.#hasData) this.#json.push(newline, 0, 1)
    this.#hasData = true
    return at + 1
  }

  #readData(chunk: Buffer, from: number, to: number): void {
    // What begins otherwise is not it.
    if (this.#lead.length > 0 ? this.#lead.length <= done.length : chunk[from] === openList)
      this.#lead += chunk.toString('latin1', from, Math.min(to, from + done.length + 1))
    this.#json.push(chunk, from, to)
  }

  #endOfLine(chunk: Buffer, from: number): number {
    if (this.#feed < from) this.#feed = placeOf(lineFeed, chunk, from)
    if (this.#back < from) this.#back = placeOf(carriageReturn, chunk, from)
    return Math.min(this.#feed, this.#back)
  }
}

/** The length of the chunk where there is none. */
function placeOf(byte: number, chunk: Buffer, from: number): number {
  const place = chunk.indexOf(byte, from)
  return place === -1 ? chunk.length : place
}
