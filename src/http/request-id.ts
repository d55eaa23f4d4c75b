const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The largest multiple of 62 in a byte; bytes from there on would favour the first letters. */
const unbiased = 248
const length = 16
const prefix = 'req_'
/** Written in place and read at once: joining sixteen characters leaves half a kilobyte of garbage per call. */
const scratch = Buffer.from(prefix.padEnd(prefix.length + length))
const codes = Buffer.from(alphabet)

/**
 * Names one call in its answer, the logs and the audit trail. Always made here: an id that a caller could choose would
 * let it write into other people's log lines.
 */
export const newRequestId = (randomBytes: (size: number) => Uint8Array): string => {
  let at = prefix.length
  while (at < scratch.length) {
    for (const byte of randomBytes(24)) {
      if (byte >= unbiased || at === scratch.length) continue
      scratch[at] = codes[byte % 62] ?? 0
      at += 1
    }
  }
  return scratch.toString('latin1')
}
