import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Slip } from './schema.ts'

/** One document of a file, as plain values, with the way back to its lines. */
export type Read = {
  readonly file: string
  readonly value: unknown
  /** Of the deepest part of the path that is there. */
  readonly lineOf: (path: readonly PropertyKey[]) => number
  /** Every text in it, keys too. */
  readonly texts: readonly { readonly text: string; readonly line: number }[]
}
export type Reading = { readonly documents: readonly Read[]; readonly slips: readonly Slip[] }

/** The first few of what a parser has to say; behind a slip it stumbles over everything. */
const saidAtMost = 10

export const largestBytes = 20 * 1024 * 1024

/**
 * YAML 1.2 without aliases, tags and merge keys, or JSON: what stands in the file is what is meant, and a small file
 * cannot become a large one. A key that stands twice is refused: readers disagree on which counts.
 */
export function readText(file: string, text: string): Reading {
  const lines = new LineCounter()
  try {
    if (file.endsWith('.json')) JSON.parse(text)
    const options = { lineCounter: lines, uniqueKeys: true, merge: false, version: '1.2', prettyErrors: false } as const
    const parsed = parseAllDocuments(text, options)
    if ('empty' in parsed) return { documents: [], slips: [] }
    const slips: Slip[] = []
    const documents = parsed.flatMap((document) => read(file, document, lines, slips))
    return { documents: slips.length === 0 ? documents : [], slips }
  } catch (error) {
    // Nested too deep for the parser, or no JSON in spite of its name.
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read: is it nested very deep?'
    return { documents: [], slips: [{ file, line: 1, detail: why }] }
  }
}

function read(file: string, document: Document.Parsed, lines: LineCounter, slips: Slip[]): Read[] {
  const at = (offset: number): number => lines.linePos(offset).line
  // A warning is a guess of the parser (a tag that it does not know, say).
  const said = [...document.errors, ...document.warnings].slice(0, saidAtMost)
  for (const { message, pos } of said) slips.push({ file, line: at(pos[0]), detail: firstLine(message) })
  if (slips.length > 0) return []
  const texts: { text: string; line: number }[] = []
  visit(document, {
    Node(_key, node) {
      const detail = refused(node)
      const line = at(node.range?.[0] ?? 0)
      if (detail !== null) slips.push({ file, line, detail })
      else if (isScalar(node) && typeof node.value === 'string') texts.push({ text: node.value, line })
    },
    Pair(_key, { key }) {
      const name = isScalar(key) ? key.value : null
      if (typeof name !== 'string' || name === '__proto__')
        slips.push({ file, line: isNode(key) ? at(key.range?.[0] ?? 0) : 1, detail: 'a key must be a plain word' })
    },
  })
  if (slips.length > 0 || document.contents === null) return []
  return [{ file, value: document.toJS({ maxAliasCount: 0 }), lineOf: (path) => at(offsetOf(document, path)), texts }]
}

function refused(node: { readonly tag?: string; readonly anchor?: string }): string | null {
  if (isAlias(node)) return 'aliases are not read: write it out'
  if (node.anchor !== undefined) return 'anchors are not read: write it out where it is meant'
  return node.tag === undefined ? null : 'tags are not read'
}

/** Never what stands there: it may be a secret. */
const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replace(/:\s*$/, '').replace(/".*"/g, '…')

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = document.contents?.range[0] ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      if (!pair) break
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else break
  }
  return offset
}
