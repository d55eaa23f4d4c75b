import type { Answer } from '../../answer.ts'
import type { Seat } from '../../duties.ts'
import { isEventStream } from '../../media-type.ts'

/** Of answers to a call: everything else that the SDK writes is about a connection which it does not have. */
const delivered = ['content-type', 'mcp-session-id', 'allow'] as const

/** An answer of the SDK on its way out, piece by piece and no faster than it is read. */
export async function deliver(response: Response, answer: Answer, gone: AbortSignal, seat: Seat): Promise<void> {
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
    seat.settle(() => answer.finish())
    return
  }
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length > 0) headers.push('content-length', String(body.length))
  answer.start(response.status, headers, false)
  seat.settle(() => answer.finish(body.length > 0 ? body.toString('utf8') : null))
}

async function pour(body: ReadableStream<Uint8Array>, answer: Answer, gone: AbortSignal): Promise<void> {
  const reader = body.getReader()
  const left = Promise.withResolvers<void>()
  const leave = () => {
    left.resolve()
    reader.cancel().catch(() => {})
  }
  if (gone.aborted) leave()
  gone.addEventListener('abort', leave, { once: true })
  for (;;) {
    const { done, value } = await reader.read()
    if (done || answer.isOver) return
    if (answer.write(Buffer.from(value))) continue
    const drained = Promise.withResolvers<void>()
    answer.whenDrained(drained.resolve)
    await Promise.race([drained.promise, left.promise])
  }
}
