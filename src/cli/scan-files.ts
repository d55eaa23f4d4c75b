import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { createSearch, type Place } from './scan-search.ts'

export type Finding = Place & { readonly file: string }
export type Skipped = { readonly file: string; readonly reason: 'binary' | 'too large' | 'not readable' }
export type Scanned = {
  readonly found: (finding: Finding) => void
  readonly skipped: (skipped: Skipped) => void
  /** A text was looked at to its end. */
  readonly looked: () => void
}

export const largestBytes = 50 * 1024 * 1024
/** Where NUL decides that a file is no text, as git does it. */
const headLength = 8192

/** Text has no NUL; UTF-16 with its mark is text all the same. */
const isBinary = (head: Buffer): boolean =>
  !(head[0] === 0xff && head[1] === 0xfe) && head.subarray(0, headLength).includes(0)

/** `isGiven`: somebody has named it, so that it may also be a pipe. */
export type Named = { readonly file: string; readonly isGiven: boolean }

/** Everything below a folder in a steady order, or one file. Links are not followed, and `.git` is not entered. */
export function* filesBelow(place: string, skipped: Scanned['skipped']): Generator<Named> {
  if (!statSync(place).isDirectory()) return yield { file: place, isGiven: true }
  const waiting = [place]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const inside = entriesOf(folder, skipped)
    for (const entry of inside) if (entry.isFile()) yield { file: path.join(folder, entry.name), isGiven: false }
    for (const entry of inside.toReversed())
      if (entry.isDirectory() && entry.name !== '.git') waiting.push(path.join(folder, entry.name))
  }
}

function entriesOf(folder: string, skipped: Scanned['skipped']) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    skipped({ file: folder, reason: 'not readable' })
    return []
  }
}

const buffer = Buffer.allocUnsafe(1024 * 1024)

/** Synchronous on purpose: this process does nothing else, and a folder of packages has a hundred thousand files. */
export function scanFile(named: Named, { found, skipped, looked }: Scanned): void {
  const reason = lookInto(named, found)
  if (reason === null) looked()
  else skipped({ file: named.file, reason })
}

/** Null when it was looked at to its end. */
function lookInto({ file, isGiven }: Named, found: Scanned['found']): Skipped['reason'] | null {
  let handle: number | null = null
  try {
    // Whoever has swapped a file for a pipe since it was listed must not keep us waiting.
    handle = openSync(file, constants.O_RDONLY | (isGiven ? 0 : constants.O_NONBLOCK))
    const facts = fstatSync(handle)
    if (!isGiven && !facts.isFile()) return 'not readable'
    if (facts.size > largestBytes) return 'too large'
    const search = createSearch((place) => found({ file, ...place }))
    let read = readSync(handle, buffer)
    if (isBinary(buffer.subarray(0, read))) return 'binary'
    for (; read > 0; read = readSync(handle, buffer)) search.push(buffer.subarray(0, read))
    search.end()
    return null
  } catch {
    return 'not readable'
  } finally {
    if (handle !== null) closeSync(handle)
  }
}

/** A stream of any length. `anyBytes`: it was handed over to be looked at, whether it is text or not. */
export async function scanStream(
  file: string,
  pieces: AsyncIterable<Buffer>,
  { found, skipped, looked }: Scanned,
  { anyBytes = false } = {},
): Promise<void> {
  const search = createSearch((place) => found({ file, ...place }))
  let head: Buffer | null = Buffer.alloc(0)
  let isText = anyBytes
  const begin = (): void => {
    if (head === null) return
    isText ||= !isBinary(head)
    search.push(head)
    head = null
  }
  for await (const piece of pieces) {
    if (head !== null) head = Buffer.concat([head, piece])
    else if (isText) search.push(piece)
    if (head !== null && head.length >= headLength) begin()
  }
  begin()
  if (!isText) return skipped({ file, reason: 'binary' })
  search.end()
  looked()
}
