import type { Span } from './request.ts'

/** One member of an object: its name, and where its value stands. */
export type Member = { readonly name: string; readonly value: Span }
export type Members = {
  readonly members: readonly Member[]
  /** Just after the opening brace. */
  readonly at: number
}

/**
 * Where the members of the object stand that begins at `from`, in one pass. The text has passed `JSON.parse` as UTF-8, so
 * nothing here checks syntax, and a byte of ASCII is never the half of another character.
 */
export function membersOf(bytes: Buffer, from = 0): Members {
  const members: Member[] = []
  let at = skipSpace(bytes, from) + 1
  const inside = at
  for (;;) {
    at = skipSpace(bytes, at)
    if (at >= bytes.length || bytes[at] === closeBrace) return { members, at: inside }
    const nameEnd = endOfString(bytes, at)
    const name = nameOf(bytes.toString('utf8', at, nameEnd + 1))
    const begin = skipSpace(bytes, skipSpace(bytes, nameEnd + 1) + 1)
    const end = endOfValue(bytes, begin)
    members.push({ name, value: { from: begin, to: end } })
    at = skipSpace(bytes, end)
    if (bytes[at] === comma) at += 1
  }
}

/** `names`: members of all objects in it. */
type Size = { readonly depth: number; readonly values: number; readonly names: number }

/** How much stands in these bytes, for refusing it before `JSON.parse`, which cannot be interrupted. */
export function sizeOf(bytes: Buffer): Size {
  let depth = 0
  let deepest = 0
  let values = 1
  let names = 0
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at)
        break
      case openBrace:
      case openBracket:
        depth += 1
        values += 1
        if (depth > deepest) deepest = depth
        break
      case closeBrace:
      case closeBracket:
        depth -= 1
        break
      case comma:
        values += 1
        break
      case colon:
        names += 1
        break
      default:
    }
  }
  return { depth: deepest, values, names }
}

/** Index of the closing quote, or of the end where there is none. Jumps, since strings are nearly all of a long body. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(quote, start + 1)
  while (end !== -1 && isEscaped(bytes, start, end)) end = bytes.indexOf(quote, end + 1)
  return end === -1 ? bytes.length : end
}

/** An odd number of backslashes in front. */
function isEscaped(bytes: Buffer, start: number, at: number): boolean {
  let before = at - 1
  while (before > start && bytes[before] === backslash) before -= 1
  return (at - before) % 2 === 0
}

function endOfValue(bytes: Buffer, begin: number): number {
  const first = bytes[begin]
  if (first === quote) return endOfString(bytes, begin) + 1
  let at = begin
  if (first !== openBrace && first !== openBracket) {
    while (at < bytes.length && !isEndOfScalar(bytes[at] ?? 0)) at += 1
    return at
  }
  let depth = 0
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === quote) at = endOfString(bytes, at)
    else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return at
}

const isEndOfScalar = (byte: number): boolean => byte === comma || byte === closeBrace || isSpace(byte)
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && isSpace(bytes[at] ?? 0)) at += 1
  return at
}

/** `quoted` has its quotes. `\u006d` and `m` are one name. */
function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  const name: unknown = JSON.parse(quoted)
  return typeof name === 'string' ? name.toWellFormed() : quoted
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
