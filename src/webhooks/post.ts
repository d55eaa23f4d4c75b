import { request as plain } from 'node:http'
import { type RequestOptions, request as secure } from 'node:https'
import { type Address, type LookUp, pinnedTo, problemOfAll } from '../http/egress/lookup.ts'
import { hostOf } from '../http/egress/reach.ts'
import { type Ground, problemOfAddress, problemOfDestination } from './destination.ts'

export type PostDeps = {
  readonly ground: Ground
  readonly lookUp: LookUp
  readonly timeoutMs?: number
}
export type Posting = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Ends it before its time. */
  readonly signal?: AbortSignal
}
/** `status` null: there was no answer. `text`: how the answer begins, as it came. */
export type Posted =
  | { readonly status: number; readonly text: string }
  | { readonly status: null; readonly error: string; readonly isLate: boolean }
export type Post = (posting: Posting) => Promise<Posted>

/** What is read of an answer: enough to say what the receiver minded. */
const readAtMost = 4096
const timeoutMs = 10_000

/**
 * One POST, to an address that was judged: a name is looked up once, all that it stands for is judged, and the connection
 * goes to nothing else, so that a name cannot mean another place between the look and the call. (`fetch` looks up by
 * itself.) Redirects are not followed, and no connection is kept.
 */
export const createPost =
  (deps: PostDeps): Post =>
  async (posting) => {
    const { signal, end } = limited(deps.timeoutMs ?? timeoutMs, posting.signal)
    try {
      const url = new URL(posting.url)
      const problem = problemOfDestination(posting.url, deps.ground)
      if (problem !== null) return failed(`The address ${problem}.`)
      const addresses = await within(signal, addressesOf(deps, url))
      const wrong = problemOfAll(addresses, (address) => problemOfAddress(address, url, deps.ground))
      if (wrong !== null) return failed(`The address ${wrong}.`)
      return await send(url, posting, addresses, signal)
    } catch (error) {
      return signal.aborted ? failed('There was no answer in time.', true) : failed(reasonOf(error))
    } finally {
      end()
    }
  }

const failed = (error: string, isLate = false): Posted => ({ status: null, error, isLate })

/** Over the whole of it: the name, the connection, the answer. */
function limited(ms: number, outer?: AbortSignal): { signal: AbortSignal; end: () => void } {
  const limit = new AbortController()
  const stop = (): void => limit.abort()
  const timer = setTimeout(stop, ms)
  outer?.addEventListener('abort', stop, { once: true })
  if (outer?.aborted) stop()
  const end = (): void => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', stop)
  }
  return { signal: limit.signal, end }
}

const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(new Error('too late'))
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}

async function addressesOf({ lookUp }: PostDeps, url: URL): Promise<readonly Address[]> {
  const host = hostOf(url)
  const literal = /^[\d.]+$/.test(host) ? 4 : host.includes(':') ? 6 : null
  const found = literal === null ? await lookUp(host) : [{ address: host, family: literal }]
  if (found.length === 0) throw new Error('The name leads to no address.')
  return found
}

const send = (url: URL, { headers, body }: Posting, addresses: readonly Address[], signal: AbortSignal) => {
  const { promise, resolve, reject } = Promise.withResolvers<Posted>()
  const bytes = Buffer.from(body)
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-length': bytes.length, 'accept-encoding': 'identity', connection: 'close' },
    lookup: pinnedTo(addresses),
    signal,
  }
  const call = (url.protocol === 'https:' ? secure : plain)(url, options)
  call.on('error', reject)
  call.on('response', (answer) => {
    const status = answer.statusCode ?? 0
    const read: Buffer[] = []
    let size = 0
    const done = (): void => {
      resolve({ status, text: Buffer.concat(read).subarray(0, readAtMost).toString('utf8') })
      answer.destroy()
    }
    answer.on('data', (chunk: Buffer) => {
      read.push(chunk)
      size += chunk.length
      if (size >= readAtMost) done()
    })
    // The status has been said: how the body ends changes nothing.
    answer.on('end', done).on('error', done).on('close', done)
  })
  call.end(bytes)
  return promise
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'The call failed.'
  // Of several addresses that refused, each has an error of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message : error.message
}
