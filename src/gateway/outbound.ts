import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Problem } from '../problems.ts'
import type { Timeouts } from '../servers/schema.ts'
import type { Course } from './course.ts'
import type { ShownTools } from './mcp/shown-tools.ts'
import type { Injected } from './upstream-headers.ts'

/** Where a call goes: one server as it stands, its pool, and the secret that goes into its declared slot. */
export type Upstream = {
  readonly pool: Pick<Dispatcher, 'dispatch'>
  readonly path: string
  readonly injected: Injected | null
  /** Every form of the injected secret; empty without one. */
  readonly secretForms: readonly Buffer[]
  readonly timeouts: Timeouts
}

export type Outbound = {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: IncomingHttpHeaders
  /** The original bytes. */
  readonly body: Buffer | null
  /** The upstream's own session id, unwrapped. */
  readonly sessionId: string | null
  /** Makes the upstream's session id one that we may hand out. */
  readonly wrapSession: (upstreamId: string) => string
  readonly filterFor: ShownTools['filterFor']
  /** A stream of the protocol, which may be silent for hours: once its answer has begun, nobody waits for anything. */
  readonly isStream: boolean
  /** Of a call to an LLM provider; missing: a message to an MCP server. */
  readonly course?: Course
}

/** How it went. `done`: everything but `last` is delivered, and `last` is in hand, not yet released. */
export type Ending =
  | { readonly kind: 'done'; readonly last: Buffer | null }
  /** `isUnsent`: there was no connection for it. */
  | { readonly kind: 'refused'; readonly problem: Problem; readonly isUnsent?: true }
  /** The caller left or was cut; `isUnsent`: before anything of it went out. */
  | { readonly kind: 'gone'; readonly isUnsent?: true }
  /** The upstream broke off in the middle of its answer. */
  | { readonly kind: 'broken' }
