import { request as plain } from 'node:http'
import { type RequestOptions, request as secure } from 'node:https'
import { judgedLookup, type LookUp } from '../../http/egress/lookup.ts'
import { problemOfAddress, problemOfHost, type Reach } from '../../http/egress/reach.ts'

export type Asking = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Where it may lead. */
  readonly reach: Reach
  readonly timeoutMs: number
}
/** `error`: there was no answer, as a sentence. */
export type Got = { readonly status: number; readonly text: string } | { readonly error: string }
export type Get = (asking: Asking) => Promise<Got>

/** A list of a thousand models with what makers write about each. */
const readAtMost = 4 * 1024 * 1024

/**
 * One GET to an address that was judged when it was connected to, as calls through gateways are. Redirects are not
 * followed: the credential is for that host alone.
 */
export const createGet =
  (lookUp: LookUp): Get =>
  async ({ url: text, headers, reach, timeoutMs }) => {
    const url = new URL(text)
    const problem = problemOfHost(url, reach)
    if (problem !== null) return { error: problem }
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), timeoutMs)
    const options: RequestOptions = {
      agent: false,
      headers: { ...headers, accept: 'application/json', 'accept-encoding': 'identity', connection: 'close' },
      lookup: judgedLookup(lookUp, (address) => problemOfAddress(address, reach)),
      signal: limit.signal,
    }
    try {
      return await send(url, options)
    } catch (error) {
      return { error: limit.signal.aborted ? `There was no answer within ${timeoutMs} ms.` : reasonOf(error) }
    } finally {
      clearTimeout(timer)
    }
  }

const send = (url: URL, options: RequestOptions): Promise<Got> => {
  const { promise, resolve, reject } = Promise.withResolvers<Got>()
  const call = (url.protocol === 'https:' ? secure : plain)(url, options)
  call.on('error', reject)
  call.on('response', (answer) => {
    const status = answer.statusCode ?? 0
    const read: Buffer[] = []
    let size = 0
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= readAtMost) read.push(chunk)
      else answer.destroy(new Error(`Its list of models is larger than ${readAtMost} bytes.`))
    })
    answer.on('error', reject)
    answer.on('end', () => resolve({ status, text: Buffer.concat(read).toString('utf8') }))
  })
  call.end()
  return promise
}

const reasonOf = (error: unknown): string => {
  // Of several addresses that refused, each has an error of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error && first.message !== '' ? first.message : 'The call failed.'
}
