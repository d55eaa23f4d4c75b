import type { IncomingHttpHeaders } from 'node:http'
import type { Problem } from '../problems.ts'
import type { Passing } from './upstream-headers.ts'

/** What a call to an LLM provider does otherwise on its way than a message to an MCP server. */
export type Course = {
  /** Which headers pass, either way. */
  readonly passing: Passing
  /** Why an answer with this head is not delivered, or null. Asked before anything of it is. */
  readonly judge: (status: number, headers: IncomingHttpHeaders) => Problem | null
  /** After each piece: may it go on? A promise: it waits. */
  readonly goesOn: () => boolean | Promise<boolean>
  /** Why it does not go on. */
  readonly stopped: () => Problem
  /** Nobody listens any more: is it read all the same, because only its end says what it costs? */
  readonly readsToTheEnd: () => boolean
}
