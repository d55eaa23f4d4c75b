import { secretPatterns } from './secret-patterns.data.ts'
import { parseToken } from './token.ts'

/** Where in a text a secret stands. Pure and linear in the length of the text, however hostile it is. */
export type FoundSecret = {
  readonly kind: SecretKind
  /** Offsets in UTF-16 units, `end` behind the last one. */
  readonly start: number
  readonly end: number
  /** A token of an Ostiary: by its checksum, a child token by its grammar. */
  readonly isOurs: boolean
  /** What may be printed: whose it is, no character of the secret. */
  readonly preview: string
}
export type SecretKind = OwnKind | 'damaged-token' | (typeof secretPatterns)[number]['kind']
export type OwnKind = (typeof ownKinds)[keyof typeof ownKinds] | 'child-token'

const ownKinds = { k: 'key', u: 'url-key', a: 'management-token', g: 'gateway-token' } as const

/** No found token is longer: what is read in pieces has to overlap by that. */
export const longestOwn = 4096

/** Anything that looks like a secret, ours or somebody else's, each place once, in the order of the text. */
export const findSecrets = (text: string): FoundSecret[] =>
  eachPlaceOnce([...opaqueIn(text), ...childrenIn(text), ...damagedIn(text), ...othersIn(text)])

/** Tokens of an Ostiary that are whole: what a scanner may be loud about. */
export const findOwn = (text: string): FoundSecret[] => eachPlaceOnce([...opaqueIn(text), ...childrenIn(text)])

const opaqueLength = 71
/** No word boundaries: the checksum is surer, and in an escaped text the letter of `\n` may touch the token. */
const opaque = /ost[kuag]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}/g

function opaqueIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  const search = new RegExp(opaque)
  for (let match = search.exec(text); match; match = search.exec(text)) {
    const token = parseToken(match[0])
    if (token) {
      const { kind, text: whole } = token
      const preview = whole.slice(0, 21)
      found.push({ kind: ownKinds[kind], start: match.index, end: match.index + opaqueLength, isOurs: true, preview })
    } else search.lastIndex = match.index + 1 // the true one may begin inside of what only looked like one
  }
  return found
}

const childStart = /oste_(?=eyJ)/g
const segment = /[A-Za-z0-9_-]*/y
const signatureLength = 86

/** By hand, because a pattern with two open repeats would look at a run of `oste_` again from each of them. */
function childrenIn(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  const search = new RegExp(childStart)
  for (let match = search.exec(text); match; match = search.exec(text)) {
    const start = match.index
    const header = segmentEnd(text, start)
    const claims = text[header] === '.' && text.startsWith('eyJ', header + 1) ? segmentEnd(text, header + 1) : -1
    const end = claims + 1 + signatureLength
    const isWhole = text[claims] === '.' && segmentEnd(text, claims + 1) >= end && end - start <= longestOwn
    if (isWhole) found.push({ kind: 'child-token', start, end, isOurs: true, preview: 'oste_…' })
    // Whatever begins within this header has the same rest, and fails alike.
    search.lastIndex = isWhole ? end : header
  }
  return found
}

function segmentEnd(text: string, at: number): number {
  segment.lastIndex = at
  segment.exec(text)
  return Math.max(at, segment.lastIndex)
}

/** Cut short, glued to other text or with another checksum: no proof that it is one of ours, but nothing to keep either. */
const damaged = /ost[kuag]_[0-9A-Za-z]{16}_[0-9A-Za-z]{20,64}|oste_[A-Za-z0-9_.-]{20,4096}/g

const damagedIn = (text: string): FoundSecret[] =>
  [...text.matchAll(damaged)].map(({ index, 0: match }) => ({
    kind: 'damaged-token',
    start: index,
    end: index + match.length,
    isOurs: false,
    preview: match.startsWith('oste_') ? 'oste_…' : match.slice(0, 21),
  }))

const othersIn = (text: string): FoundSecret[] =>
  secretPatterns.flatMap(({ kind, pattern, shown }) =>
    [...text.matchAll(pattern)].map(({ index, 0: match }) => ({
      kind,
      start: index,
      end: index + match.length,
      isOurs: false,
      preview: `${match.slice(0, shown)}…`,
    })),
  )

/** Where two overlap the surer one counts: they are given in that order. */
function eachPlaceOnce(found: readonly FoundSecret[]): FoundSecret[] {
  const inOrder = found
    .map((secret, rank) => ({ secret, rank }))
    .sort((a, b) => a.secret.start - b.secret.start || a.rank - b.rank)
  const kept: typeof inOrder = []
  for (const next of inOrder) {
    const last = kept.at(-1)
    if (!last || last.secret.end <= next.secret.start) kept.push(next)
    else if (next.rank < last.rank) kept[kept.length - 1] = next
  }
  return kept.map(({ secret }) => secret)
}
