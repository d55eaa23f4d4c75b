import type { Delivery } from '../answer.ts'
import type { Ending } from '../forward.ts'
import { isEventStream } from '../media-type.ts'
import type { Filter } from './filter-answer.ts'
import type { ShownTools } from './shown-tools.ts'
import type { BridgeAnswer } from './stdio/bridge.ts'
import { unfit } from './unfit.ts'

type Deps = {
  /** Makes the bridge's session id one that we may hand out. */
  readonly wrapSession: (sessionId: string) => string
  readonly filterFor: ShownTools['filterFor']
  /** Takes out what the server was given. */
  readonly clean: (text: string) => string
}
type Lent = { readonly bridgeAnswer: BridgeAnswer; readonly ending: () => Ending }

/** A child does not wait for slow readers; beyond this the reader is cut instead of our memory being filled. */
const waitingLimit = 32 * 1024 * 1024

/**
 * Our answer as the bridge sees it: raw session ids go in, wrapped ones go out, tools that the key may not call stay
 * here, and the last byte stays in hand.
 */
export function lend(deps: Deps, answer: Delivery): Lent {
  let filter: Filter | null = null
  let head: { status: number; headers: string[] } | null = null
  let isStream = false
  let state: 'open' | 'ended' | 'unfit' = 'open'
  let last: Buffer | string | null = null
  const pass = (chunk: Buffer | string) => {
    if (chunk.length === 0) return
    if (!isStream) {
      if (last !== null) answer.write(last)
      last = chunk
      return
    }
    answer.write(chunk)
    if (answer.waitingBytes > waitingLimit) answer.abandon()
  }
  const passFiltered = (chunk: Buffer | null) => {
    if (chunk !== null) return pass(chunk)
    state = 'unfit'
    // What has begun cannot be refused any more, and the child need not go on.
    if (head === null) answer.abandon()
  }
  const bridgeAnswer: BridgeAnswer = {
    start: (status, headers, isWhole = false) => {
      // Taken out of every line before; a line that is written anew may spell one that was hidden by escapes.
      filter = deps.filterFor({ status, contentType: headers['content-type'] }, deps.clean)
      const list = headersFor(headers, deps.wrapSession)
      isStream = !isWhole && isEventStream(headers['content-type'])
      if (filter?.isWhole) head = { status, headers: list }
      else answer.start(status, list, isStream)
    },
    write: (chunk) => {
      if (filter === null) pass(chunk)
      else if (state === 'open') passFiltered(filter.push(Buffer.from(chunk)))
    },
    end: () => {
      if (state !== 'open') return
      state = 'ended'
      if (filter !== null) passFiltered(filter.end())
      if (head !== null && state === 'ended') answer.start(head.status, withLength(head.headers, last), false)
    },
  }
  return { bridgeAnswer, ending: () => endingOf(state, last) }
}

function endingOf(state: 'open' | 'ended' | 'unfit', last: Buffer | string | null): Ending {
  if (state === 'unfit') return { kind: 'refused', problem: unfit }
  if (state === 'open') return { kind: 'broken' }
  return { kind: 'done', last: typeof last === 'string' ? Buffer.from(last) : last }
}

const headersFor = (headers: Record<string, string>, wrapSession: (sessionId: string) => string): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'mcp-session-id' ? [name, wrapSession(value)] : [name, value],
  )

/** The bridge promises a length only where there is no body. */
const withLength = (headers: string[], body: Buffer | string | null): string[] =>
  body === null ? headers : [...headers, 'content-length', String(Buffer.byteLength(body))]
