import { hash } from 'node:crypto'

/**
 * A place in an organization's list of events, under the filter that it was given for. Opaque to clients; it opens
 * nothing that the list itself would not.
 */
export const cursorOf = (seq: number, filter: object = {}): string =>
  Buffer.from(`audit:${seq}${markOf(filter)}`).toString('base64url')

/** Null when it is not one of ours, or of another question. */
export const seqOf = (cursor: string, filter: object = {}): number | null => {
  const found = /^audit:([1-9]\d{0,15})\b/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const seq = Number(found?.[1])
  return Number.isSafeInteger(seq) && cursorOf(seq, filter) === cursor ? seq : null
}

const markOf = (filter: object): string => {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  return `:${hash('sha256', JSON.stringify(given.toSorted()), 'base64url').slice(0, 12)}`
}
