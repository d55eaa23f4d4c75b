import { type Problem, refuse } from '../../problems.ts'
import { depthLimit } from './unambiguous.ts'

type Limits = { readonly depth: number; readonly members: number; readonly values: number }
type Refusal = { readonly ok: false; readonly problem: Problem }

/**
 * What parsing costs goes by the number of values more than by bytes: 4 MiB of `{},` stopped the loop for a second. Real
 * calls are long because of long strings, or of numbers in rows. The most expensive body that is still allowed, 50,000
 * members with escaped names of their own and numbers beside them, takes 95 ms to a message, this pass 5 ms of them.
 */
const most: Limits = { depth: depthLimit, members: 50_000, values: 150_000 }
/** A body of this size cannot hold enough to matter, and nearly every call is far below it. */
const harmless = 65_536

/** Before JSON.parse, which cannot be interrupted: why these bytes are not worth parsing, or null. */
export function excessOf(bytes: Buffer, limits: Limits = most, from = harmless): Refusal | null {
  if (bytes.length <= from) return null
  let depth = 0
  let members = 0
  let values = 0
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at)
        break
      case openBrace:
      case openBracket:
        depth += 1
        values += 1
        if (depth > limits.depth) return tooDeep
        break
      case closeBrace:
      case closeBracket:
        depth -= 1
        break
      case comma:
        values += 1
        break
      case colon:
        members += 1
        break
      default:
    }
    if (values > limits.values || members > limits.members) return tooMany
  }
  return null
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Index of the closing quote, or of the end where there is none: JSON.parse will say so. */
export function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at
}

// The same answer as for a small body that is nested as deeply.
const tooDeep = refuse('message_ambiguous', { detail: `The message is nested deeper than ${depthLimit} levels.` })
const tooMany = refuse('too_large', {
  detail: `The body may hold at most ${most.members} members and ${most.values} values, however short they are.`,
})
