import { hasDuplicateKeys } from './duplicate-keys.ts'
import { type Admits, onlyAdmitted } from './filter-list.ts'
import { excessOf } from './structure.ts'

/**
 * `same`: no list of tools in any reading, so its bytes pass. `broken`: no JSON. `excess`: not worth parsing, which
 * cannot be interrupted (structure.ts).
 */
export type Filtered =
  | { readonly kind: 'same' | 'broken' | 'excess' }
  | { readonly kind: 'rewritten'; readonly text: string }

/** Every spelling of a member that some parser takes for `tools` holds one of the two. */
export const mayHoldList = (bytes: Buffer): boolean => /tool|\\u/i.test(bytes.toString('latin1'))

/**
 * What a key whose tools are restricted may see of one JSON text. A text that could be read as a list is written anew
 * from the value that was decided on: whatever stood in it twice, or spelled oddly, has one reading then.
 */
export function filterText(bytes: Buffer, admits: Admits): Filtered {
  if (excessOf(bytes, most.parsed) !== null) return excess
  const text = bytes.toString('utf8')
  try {
    const value = keepsNumbers(bytes, text) ? JSON.parse(text, keepNumber) : JSON.parse(text)
    const shown = onlyAdmitted(value, admits)
    // Parsers differ about which of two equal members counts; ours has seen the last one only.
    if (shown === value && !hasDuplicateKeys(text)) return same
    return { kind: 'rewritten', text: write(shown) }
  } catch {
    return broken
  }
}

const same: Filtered = { kind: 'same' }
const broken: Filtered = { kind: 'broken' }
const excess: Filtered = { kind: 'excess' }

/** Four times what a call may hold: schemas have a member for every twenty bytes. */
const most = {
  parsed: { depth: 256, members: 200_000, values: 600_000 },
  withNumbers: { depth: 256, members: 50_000, values: 50_000 },
}

// ECMAScript 2026, in Node since 21.
declare global {
  interface JSON {
    rawJSON(text: string): unknown
    parse(
      text: string,
      revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
  }
}

/**
 * Schemas name the bounds of 64-bit integers, which a number of ours would round: such numbers stay as they are written.
 * Being asked about each value costs ten times what parsing does (600,000 of them stopped the loop for more than a
 * second), so in a text of more than any real list it is left.
 */
const keepsNumbers = (bytes: Buffer, text: string): boolean =>
  delicateNumber.test(text) && excessOf(bytes, most.withNumbers) === null

const delicateNumber = /[:,[\s](?:-0|-?\d{16}|-?\d+[.eE])/

const keepNumber = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? JSON.rawJSON(source) : value

/** Some clients end a line of a stream at these too, where the server had written them as `\u2028`. */
const write = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u0080-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
