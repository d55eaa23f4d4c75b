import { readBody } from '../../http/body.ts'
import { ok, type Result } from '../../problems.ts'
import type { Incoming } from '../incoming.ts'
import { unreadable } from '../mcp/message.ts'
import { sizeOf } from './members.ts'
import type { LlmRoute } from './place.ts'
import { readRequest } from './read-request.ts'
import type { Read, Readers } from './reading/readers.ts'

export const bodyLimit = 32 * 1024 * 1024
const limits = { maxBytes: bodyLimit, idleMs: 30_000 }
/** What is longer is read in a thread of its own, so that nobody waits for it. */
const inThreadFrom = 256 * 1024
/** Parsing costs by the number of values more than by bytes: a body of many short ones is large too. */
const looksHarmless = 65_536
const manyValues = 20_000

export type ReadLlm = (call: Incoming, route: LlmRoute) => Result<Read> | Promise<Result<Read>>

/** No promise where the body is here already, as it is with most calls. */
export const readLlm =
  (readers: Pick<Readers, 'read'>): ReadLlm =>
  ({ request }, route) => {
    const refusal = unreadable(request.headers)
    if (refusal) return refusal
    const read = (body: Result<Buffer>): Result<Read> | Promise<Result<Read>> => {
      if (!body.ok) return body
      const bytes = body.value
      return isLarge(bytes) ? readers.read(bytes, route) : here(bytes, route)
    }
    const body = readBody(request, limits)
    return body instanceof Promise ? body.then(read) : read(body)
  }

const isLarge = (bytes: Buffer): boolean =>
  bytes.length > inThreadFrom || (bytes.length > looksHarmless && sizeOf(bytes).values > manyValues)

function here(bytes: Buffer, route: LlmRoute): Result<Read> {
  const request = readRequest(bytes, route)
  return request.ok ? ok({ request: request.value, bytes }) : request
}
