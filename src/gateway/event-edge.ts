/**
 * Where events of a stream end (WHATWG HTML §9.2.5: a blank line), told from the last bytes that went out. Between two of
 * them something of our own may be said; in the middle of one it would become a part of it.
 */
export type EventEdge = {
  readonly push: (chunk: Buffer | string) => void
  readonly isBetween: () => boolean
}

/** Two line ends of at most two characters each. */
const tailLength = 4

export function createEventEdge(): EventEdge {
  let tail = ''
  return {
    push: (chunk) => {
      const from = chunk.length - tailLength
      const end =
        typeof chunk === 'string' ? chunk.slice(Math.max(0, from)) : chunk.toString('latin1', Math.max(0, from))
      tail = from >= 0 ? end : (tail + end).slice(-tailLength)
    },
    isBetween: () => tail === '' || tail.replaceAll(/\r\n|\r/g, '\n').endsWith('\n\n'),
  }
}
