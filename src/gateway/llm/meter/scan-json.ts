/** What of a JSON document is wanted. Everything else is passed over and never held. */
export type Sought = {
  /** Paths of member names from the top: their values are kept where they are objects or strings. */
  readonly kept: readonly (readonly string[])[]
  /** Members, wherever they are, whose text is output that somebody reads. */
  readonly texts: ReadonlySet<string>
  /** Members in which all text counts, whatever its names: arguments of tools that are not text themselves. */
  readonly whole: ReadonlySet<string>
  /** A member, wherever it is, that says by being text that the output has ended. */
  readonly finish: string | null
  /** A member at the top: is it a list of nothing? */
  readonly list: string | null
}

type Wanted = { readonly name: string; readonly bytes: Buffer }
/** The same, made ready once for all answers that are read so. */
export type Watch = Sought & {
  /** Its names by their length. */
  readonly wanted: readonly (readonly Wanted[] | undefined)[]
}

export function watching(sought: Sought): Watch {
  const { kept, texts, whole, finish, list } = sought
  const wanted: Wanted[][] = []
  for (const name of new Set([...kept.flat(), ...texts, ...whole, finish ?? '', list ?? '']))
    wanted[name.length] = [...(wanted[name.length] ?? []), { name, bytes: Buffer.from(name) }]
  return { ...sought, wanted }
}

export type Scanned = {
  /** In the order of `Watch.kept`; null: not there, no object or text, or too large to be what is looked for. */
  readonly kept: (unknown | null)[]
  readonly hasFinish: boolean
  readonly isListEmpty: boolean
  /** Bytes of text that counts: ASCII, and others. */
  readonly ascii: number
  readonly wide: number
}

/** A usage object has a few hundred bytes. */
export const keptBytes = 16_384
/** Nobody who answers a call nests deeper; beyond it nothing is found any more. */
const deepest = 512
const longestName = 64

const isPlain = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[-+.0-9a-zA-Z]/.test(String.fromCharCode(byte))))
const [quote, backslash, open, close, openList, closeList, colon, comma] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c,
]

/**
 * Finds a few members in JSON that comes in pieces, by their place and never by how they look: a `usage` inside a text
 * or deeper down is not the one. It holds the names it is in and what it keeps, so an answer of 32 MiB costs as little
 * memory as one of 32 bytes. What is no JSON finds nothing.
 */
export class JsonScan {
  readonly #watch: Watch
  /** By depth: is it an object, which member of it is read, and does all text in it count? */
  readonly #isObject: boolean[] = [false]
  readonly #names: string[] = ['']
  readonly #counts: boolean[] = [false]
  #depth = 0
  #isBroken = false
  #inString = false
  #isEscaped = false
  #isName = false
  #awaitsName = false
  #isTextCounted = false
  #name: Buffer[] = []
  #nameLength = 0
  #hasEscape = false
  /** Which of the kept ones is read, and the depth it began at. */
  #keeping = -1
  #keepDepth = 0
  #pieces: Buffer[] = []
  #size = 0
  #kept: (unknown | null)[]
  #hasFinish = false
  #list: 'none' | 'open' | 'empty' | 'filled' = 'none'
  #ascii = 0
  #wide = 0

  constructor(watch: Watch) {
    this.#watch = watch
    this.#kept = watch.kept.map(() => null)
  }

  push(bytes: Buffer, from: number, to: number): void {
    if (this.#isBroken) return
    // From where on the bytes of this piece belong to what is kept, and to the name that is read.
    let keptFrom = from
    let at = from
    while (at < to) {
      if (this.#inString) {
        at = this.#throughString(bytes, at, to)
        if (!this.#inString && this.#keeping >= 0 && this.#depth === this.#keepDepth && !this.#isName) {
          this.#keep(bytes, keptFrom, at)
          this.#kept[this.#keeping] = this.#parsed()
          this.#keeping = -1
        }
        continue
      }
      const byte = bytes[at] as number
      at += 1
      // Blanks, and what numbers and words are made of: most of a list of embeddings.
      if (byte <= 0x20 || (this.#list !== 'open' && isPlain[byte] === 1)) continue
      const wasKeeping = this.#keeping
      this.#structure(byte)
      if (this.#isBroken) return
      if (wasKeeping < 0 && this.#keeping >= 0) keptFrom = at - 1
      if (wasKeeping >= 0 && (byte === close || byte === closeList) && this.#depth === this.#keepDepth) {
        this.#keep(bytes, keptFrom, at)
        this.#kept[wasKeeping] = this.#parsed()
        this.#keeping = -1
      }
    }
    if (this.#keeping >= 0) this.#keep(bytes, keptFrom, to)
  }

  /** What was found since the last time; another document may begin. */
  take(): Scanned {
    const found = {
      kept: this.#kept,
      hasFinish: this.#hasFinish,
      isListEmpty: this.#list === 'empty',
      ascii: this.#ascii,
      wide: this.#wide,
    }
    this.#kept = this.#watch.kept.map(() => null)
    this.#hasFinish = false
    this.#list = 'none'
    this.#ascii = 0
    this.#wide = 0
    this.#depth = 0
    this.#isBroken = false
    this.#inString = false
    this.#isEscaped = false
    this.#awaitsName = false
    this.#keeping = -1
    this.#pieces = []
    this.#size = 0
    return found
  }

  /** Text so far, without ending the document. */
  text(): { readonly ascii: number; readonly wide: number } {
    return { ascii: this.#ascii, wide: this.#wide }
  }

  /** Just after the closing quote, or the end of the piece. */
  #throughString(bytes: Buffer, from: number, to: number): number {
    let at = from
    let wide = 0
    let [isEscaped, hasEscape] = [this.#isEscaped, this.#hasEscape]
    for (; at < to; at += 1) {
      const byte = bytes[at] as number
      if (isEscaped) isEscaped = false
      else if (byte === backslash) {
        isEscaped = true
        hasEscape = true
      } else if (byte === quote) break
      if (byte >= 0x80) wide += 1
    }
    this.#isEscaped = isEscaped
    this.#hasEscape = hasEscape
    if (this.#isTextCounted) {
      this.#wide += wide
      this.#ascii += at - from - wide
    }
    if (this.#isName) this.#readName(bytes, from, at, at < to)
    if (at === to) return to
    this.#inString = false
    this.#isTextCounted = false
    return at + 1
  }

  /** Most names come in one piece and without escapes: those are compared where they stand. */
  #readName(bytes: Buffer, from: number, to: number, isEnd: boolean): void {
    if (isEnd && this.#nameLength === 0 && !this.#hasEscape) {
      this.#isName = false
      this.#names[this.#depth] = wantedIn(this.#watch.wanted[to - from], bytes, from)
      return
    }
    if (this.#nameLength <= longestName && to > from) {
      this.#nameLength += to - from
      // A copy: the piece belongs to whoever passes it on.
      this.#name.push(Buffer.from(bytes.subarray(from, to)))
    }
    if (!isEnd) return
    this.#isName = false
    this.#names[this.#depth] = this.#nameLength <= longestName ? nameOf(this.#name, this.#hasEscape) : ''
    this.#name = []
  }

  #structure(byte: number): void {
    if (byte === comma) {
      this.#awaitsName = this.#isObject[this.#depth] === true
      return
    }
    if (byte === colon) return
    if (byte === closeList && this.#list === 'open' && this.#depth === 2) this.#list = 'empty'
    if (byte === close || byte === closeList) {
      this.#depth -= 1
      this.#isBroken = this.#depth < 0
      this.#awaitsName = false
      return
    }
    if (this.#list === 'open') this.#list = 'filled'
    if (byte === quote) this.#beginString()
    else if (byte === open || byte === openList) this.#beginInside(byte === open)
  }

  #beginString(): void {
    this.#inString = true
    this.#hasEscape = false
    this.#isName = this.#awaitsName
    if (this.#isName) {
      this.#awaitsName = false
      this.#nameLength = 0
      if (this.#name.length > 0) this.#name = []
      return
    }
    const name = this.#names[this.#depth] as string
    this.#isTextCounted = this.#counts[this.#depth] === true || (name !== '' && this.#watch.texts.has(name))
    if (name !== '' && name === this.#watch.finish) this.#hasFinish = true
    this.#beginKeeping()
  }

  #beginInside(isObject: boolean): void {
    this.#beginKeeping()
    const { depth, name } = { depth: this.#depth + 1, name: this.#names[this.#depth] as string }
    if (depth > deepest) {
      this.#isBroken = true
      return
    }
    if (!isObject && depth === 2 && name !== '' && name === this.#watch.list) this.#list = 'open'
    this.#isObject[depth] = isObject
    this.#awaitsName = isObject
    // Items of a list are called as the list is.
    this.#names[depth] = isObject ? '' : name
    this.#counts[depth] = this.#counts[this.#depth] === true || (name !== '' && this.#watch.whole.has(name))
    this.#depth = depth
  }

  #beginKeeping(): void {
    if (this.#keeping >= 0 || this.#isObject[this.#depth] !== true) return
    this.#keeping = this.#watch.kept.findIndex(
      (path) => path.length === this.#depth && path.every((name, at) => name === this.#names[at + 1]),
    )
    this.#keepDepth = this.#depth
    this.#pieces = []
    this.#size = 0
  }

  /** A copy: the piece belongs to whoever passes it on. */
  #keep(bytes: Buffer, from: number, to: number): void {
    this.#size += to - from
    if (this.#size <= keptBytes) this.#pieces.push(Buffer.from(bytes.subarray(from, to)))
  }

  #parsed(): unknown | null {
    if (this.#size > keptBytes) return null
    try {
      return JSON.parse(Buffer.concat(this.#pieces).toString()) as unknown
    } catch {
      return null
    }
  }
}

/** Nothing where it is none of them. */
function wantedIn(all: readonly Wanted[] | undefined, bytes: Buffer, from: number): string {
  if (all === undefined) return ''
  for (const { name, bytes: wanted } of all) {
    let at = 0
    while (at < wanted.length && wanted[at] === bytes[from + at]) at += 1
    if (at === wanted.length) return name
  }
  return ''
}

function nameOf(pieces: readonly Buffer[], hasEscape: boolean): string {
  const text = pieces.length === 1 ? (pieces[0] as Buffer).toString() : Buffer.concat(pieces).toString()
  if (!hasEscape) return text
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return ''
  }
}
