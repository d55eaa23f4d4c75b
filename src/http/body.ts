import type { Readable } from 'node:stream'
import { ok, type Result, refuse } from '../problems.ts'

type Incoming = Readable & { readonly headers: Readonly<Record<string, string | string[] | undefined>> }

/**
 * The whole body in memory, at most `maxBytes` of it, refused as soon as its declared or its seen length is over the
 * cap. `idleMs` is the longest silence between two pieces: a slow body is fine, a stalled one holds memory for nobody.
 */
export const readBody = (
  request: Incoming,
  limits: { readonly maxBytes: number; readonly idleMs: number },
): Promise<Result<Buffer>> => {
  const tooLarge = refuse('too_large', { detail: `The body may hold at most ${limits.maxBytes} bytes.` })
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) return Promise.resolve(tooLarge)
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const settle = (result: Result<Buffer>) => {
      clearTimeout(idle)
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // Unread bytes flow away; node ends the connection when the answer is out before they are.
      if (!result.ok) request.resume()
      resolve(result)
    }
    const idle = setTimeout(() => settle(refuse('request_timeout')), limits.idleMs)
    const onData = (piece: Buffer) => {
      idle.refresh()
      size += piece.length
      if (size > limits.maxBytes) return settle(tooLarge)
      pieces.push(piece)
    }
    const onEnd = () => settle(ok(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size)))
    const onGone = () => settle(refuse('request_timeout', { detail: 'The caller left before the body was whole.' }))
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
