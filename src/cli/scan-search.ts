import { type FoundSecret, findOwn, longestOwn } from '../keys/recognise.ts'

/** One token in a text of any length. `column` counts bytes, from 1. */
export type Place = Pick<FoundSecret, 'kind' | 'preview'> & { readonly line: number; readonly column: number }
export type Search = {
  readonly push: (bytes: Buffer) => void
  readonly end: () => void
}

/** So much is looked at together; small pieces wait until there is as much. */
const pieceLength = 262_144

/**
 * Looks for tokens in a text that comes in pieces, however long it is: only the end of the last piece is kept, in which a
 * token may have begun. Bytes are read as Latin-1: a token is ASCII, whatever the rest of the file is.
 */
export function createSearch(found: (place: Place) => void): Search {
  let held = ''
  let isUtf16: boolean | null = null
  let [line, column] = [1, 1]

  /** Moves on to `at` within `held`. */
  const lineAndColumnAt = (from: number, at: number): void => {
    let last = -1
    for (let end = held.indexOf('\n', from); end !== -1 && end < at; end = held.indexOf('\n', end + 1)) {
      line += 1
      last = end
    }
    column = last === -1 ? column + at - from : at - last
  }
  /** What begins before `end`; what begins later may go on in the next piece. */
  const look = (end: number): void => {
    let at = 0
    for (const { kind, preview, start } of findOwn(held)) {
      if (start >= end) break
      lineAndColumnAt(at, start)
      at = start
      found({ kind, preview, line, column })
    }
    lineAndColumnAt(at, end)
    held = held.slice(end)
  }
  return {
    push: (bytes) => {
      isUtf16 ??= bytes[0] === 0xff && bytes[1] === 0xfe
      const text = bytes.toString('latin1')
      held += isUtf16 ? text.replaceAll('\0', '') : text
      if (held.length >= pieceLength) look(held.length - longestOwn)
    },
    end: () => look(held.length),
  }
}
