const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The largest multiple of 62 in a byte; bytes from there on would favour the first letters. */
const unbiased = 248
const length = 16

/**
 * Names one call in its answer, the logs and the audit trail. Always made here: an id that a caller could choose would
 * let it write into other people's log lines.
 */
export const newRequestId = (randomBytes: (size: number) => Uint8Array): string => {
  let id = 'req_'
  while (id.length < 4 + length) {
    for (const byte of randomBytes(24)) {
      if (byte < unbiased && id.length < 4 + length) id += alphabet[byte % 62]
    }
  }
  return id
}
