import type { EventScan } from './scan-events.ts'

/** An event that is there for its usage alone is smaller; what is larger passes as it comes. */
const heldBytes = 32_768
/** What is held costs more than its bytes, and a provider may send one byte at a time: so many pieces become one. */
const heldPieces = 64
const nothing = Buffer.alloc(0)

/**
 * Passes a stream on without the events that its caller must not see: those that are shown pass byte for byte, and no
 * byte of an event passes before its end, because what it is shows only there.
 */
export class HiddenEvents {
  readonly #scan: EventScan
  #held: Buffer[] = []
  #size = 0
  /** The event that is read is too large to be hidden: what comes of it goes on. */
  #isPassing = false

  constructor(scan: EventScan) {
    this.#scan = scan
  }

  push(chunk: Buffer): Buffer {
    const shown: Buffer[] = []
    let at: number = this.#scan.begin(chunk)
    // Of the chunk: from where on it is shown, and from where on it belongs to the event that is read.
    let [shownFrom, from] = [0, 0]
    // The second half of the line end of an event that is over goes where the first one went.
    if (at === 1 && this.#scan.isBetween) {
      from = 1
      if (!this.#scan.isShown) shownFrom = 1
    }
    while (at < chunk.length) {
      at = this.#scan.next(chunk, at)
      if (!this.#scan.isBetween) break
      if (this.#scan.isShown || this.#isPassing) {
        if (this.#held.length > 0) shown.push(...this.#held)
      } else {
        if (from > shownFrom) shown.push(chunk.subarray(shownFrom, from))
        shownFrom = at
      }
      this.#drop()
      from = at
    }
    if (from > shownFrom) shown.push(shownFrom === 0 && from === chunk.length ? chunk : chunk.subarray(shownFrom, from))
    if (from < chunk.length) this.#hold(chunk.subarray(from), shown)
    const only = shown[0]
    if (only === undefined) return nothing
    return shown.length === 1 ? only : Buffer.concat(shown)
  }

  end(): Buffer {
    if (!this.#scan.isBetween) this.#scan.finish()
    const rest = this.#scan.isShown ? Buffer.concat(this.#held) : nothing
    this.#drop()
    return rest
  }

  #hold(piece: Buffer, shown: Buffer[]): void {
    if (this.#isPassing) {
      shown.push(piece)
      return
    }
    this.#held.push(piece)
    if (this.#held.length > heldPieces) this.#held = [Buffer.concat(this.#held)]
    this.#size += piece.length
    if (this.#size <= heldBytes) return
    shown.push(...this.#held)
    this.#drop()
    this.#isPassing = true
  }

  #drop(): void {
    this.#held = []
    this.#size = 0
    this.#isPassing = false
  }
}
