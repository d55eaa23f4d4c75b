import type { Answer } from '../../answer.ts'
import { isEventStream } from '../../media-type.ts'

/** Of answers to a call: everything else that the SDK writes is about a connection which it does not have. */
const delivered = ['content-type', 'mcp-session-id', 'allow'] as const

/**
 * What the SDK has to say waits in its stream without a bound, and servers say as much as they like. So it is written at
 * once, and beyond this a reader that is too slow is cut instead of our memory being filled.
 */
const waitingLimit = 32 * 1024 * 1024

/** An answer of the SDK on its way out, piece by piece. Answers what lets its last byte go. */
export async function deliver(response: Response, answer: Answer, gone: AbortSignal): Promise<() => void> {
  const isStream = isEventStream(response.headers.get('content-type') ?? undefined)
  const headers = ['cache-control', isStream ? 'private, no-cache, no-transform' : 'no-store']
  for (const name of delivered) {
    const value = response.headers.get(name)
    if (value !== null) headers.push(name, value)
  }
  if (isStream) {
    headers.push('x-accel-buffering', 'no')
    answer.start(response.status, headers, true)
    if (response.body !== null) await pour(response.body, answer, gone)
    return () => answer.finish()
  }
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length > 0) headers.push('content-length', String(body.length))
  answer.start(response.status, headers, false)
  return () => answer.finish(body.length > 0 ? body.toString('utf8') : null)
}

async function pour(body: ReadableStream<Uint8Array>, answer: Answer, gone: AbortSignal): Promise<void> {
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => {})
  if (gone.aborted) leave()
  gone.addEventListener('abort', leave, { once: true })
  for (;;) {
    const { done, value } = await reader.read()
    if (done || answer.isOver) return
    if (answer.waitingBytes > waitingLimit) {
      answer.abandon()
      return leave()
    }
    answer.write(Buffer.from(value))
  }
}
