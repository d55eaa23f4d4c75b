import { pieceCost } from './event-lines.ts'
import type { Admits } from './filter-list.ts'
import { filterText } from './filter-text.ts'

/** Takes tools that the key may not call out of one answer, as it passes. */
export type Filter = {
  /** The head waits until the whole body is seen: its length changes, and it may turn out that nothing may pass. */
  readonly isWhole: boolean
  /** The one reading of what comes out, whatever the server called it. */
  readonly contentType: string
  /** What may go out now, may be empty; null: from here on nothing may. */
  readonly push: (chunk: Buffer) => Buffer | null
  /** What was still held. */
  readonly end: () => Buffer | null
}

export type View = {
  /** Asked once for each text, so that every list is decided on with the rights of its moment. */
  readonly admits: () => Admits
  /** Takes the secret out that this call injected. What the scanner saw escaped may be plain once it is written anew. */
  readonly clean: (text: string) => string
}

const bodyLimit = 4 * 1024 * 1024
const nothing = Buffer.alloc(0)

/** A JSON body. What cannot be read is not passed on; of an error the status still says enough. */
export function createBodyFilter(view: View, status: number, limit = bodyLimit): Filter {
  const chunks: Buffer[] = []
  let size = 0
  return {
    isWhole: true,
    contentType: 'application/json',
    push: (chunk) => {
      size += chunk.length + pieceCost
      if (size > limit) return null
      chunks.push(chunk)
      return nothing
    },
    end: () => {
      const body = withoutMark(Buffer.concat(chunks))
      if (body.length === 0) return nothing
      const filtered = filterText(body, view.admits())
      if (filtered.kind === 'same') return body
      if (filtered.kind === 'rewritten') return Buffer.from(view.clean(filtered.text))
      return status >= 400 ? nothing : null
    },
  }
}

export const byteOrderMark = Buffer.from('\ufeff')

/** Clients skip it, `JSON.parse` does not. */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes
