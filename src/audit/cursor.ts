/** A place in an organization's list of events. Opaque to clients; it opens nothing that the list itself would not. */
export const cursorOf = (seq: number): string => Buffer.from(`audit:${seq}`).toString('base64url')

/** Null when it is not one of ours. */
export const seqOf = (cursor: string): number | null => {
  const found = /^audit:([1-9]\d{0,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const seq = Number(found?.[1])
  return Number.isSafeInteger(seq) && cursorOf(seq) === cursor ? seq : null
}
