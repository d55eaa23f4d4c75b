import type { IncomingHttpHeaders } from 'node:http'

/** Large bodies that are held at the same time: each stays in memory until its call is over. */
export type Crowd = {
  /** Bytes that it takes for as long as the call runs; null: there is no room. */
  readonly enter: (headers: IncomingHttpHeaders) => number | null
  readonly leave: (bytes: number) => void
}

/** Smaller ones are many and short; the number of connections bounds them. */
const smallBytes = 1024 * 1024

/** A body whose length is not declared counts as the largest that there may be: nobody knows before it is here. */
export function createCrowd({
  mostBytes,
  bodyBytes,
}: {
  readonly mostBytes: number
  readonly bodyBytes: number
}): Crowd {
  let held = 0
  return {
    enter: (headers) => {
      const declared = headers['content-length']
      const bytes = declared === undefined ? bodyBytes : Number(declared)
      // What is no number, or too large, is refused where it is read.
      if (!(bytes > smallBytes) || bytes > bodyBytes) return 0
      if (held + bytes > mostBytes) return null
      held += bytes
      return bytes
    },
    leave: (bytes) => {
      held -= bytes
    },
  }
}
